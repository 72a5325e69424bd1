"""Of several values of a fact the one that counts: the newest, a stated judgement first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    among,
    both,
    equals,
    known,
    number,
    op,
    path,
    record,
    some,
    text,
    unknown,
)
from myopathway.export.cql.syntax import (
    Alias,
    Call,
    Case,
    Expression,
    If,
    Items,
    Null,
    Op,
    Query,
    Ref,
)
from myopathway.export.names import AS_OF
from myopathway.export.reading import RESULTS, STATEMENTS, unit_name
from myopathway.fhir.codes import LOINC

if TYPE_CHECKING:
    from myopathway.facts import Coding, Fact

_UNITLESS: Final = frozenset({"", "a", "{grade}"})
_ROW: Final = Alias("Row")


def newest(fact: Fact) -> Expression:
    """Give the newest value; for a judgement a stated one before what codes show."""
    stated = _stated(fact)
    if fact.name == "as_of":
        return op("Coalesce", _last([stated]), op("Today"))
    shown = [*_of_person(fact), *_shown(fact)]
    if not shown:
        return _last([stated])
    if fact.judgement:
        return op("Coalesce", _last([stated]), _last(shown))
    return _last([stated, *shown])


def _of_person(fact: Fact) -> list[Expression]:
    """Give the row of the Patient resource, which states two facts."""
    person = Ref("Patient")
    match fact.name:
        case "sex":
            said = path(person, "gender", "value")
            value: Expression = If(among(said, fact.values), said, Null("String"))
        case "birth_date":
            born = path(person, "birthDate", "value")
            whole = both(known(op("day", born)), op("LessOrEqual", born, Ref(AS_OF)))
            value = If(whole, born, Null("Date"))
        case _:
            return []
    source = op(
        "Concatenate", text("Patient "), op("Coalesce", path(person, "id", "value"), text(""))
    )
    row = record(at=text(""), source=source, value=value)
    return [Items((row,), "Tuple")]


def _last(sources: list[Expression]) -> Expression:
    rows = sources[0] if len(sources) == 1 else Op("Union", tuple(sources))
    ordered = Query(
        rows,
        "Row",
        known(path(_ROW, "value")),
        record(place=_key(_ROW), value=path(_ROW, "value")),
        sort_by="place",
    )
    return path(op("Last", ordered), "value")


def _key(row: Expression) -> Expression:
    return op("Concatenate", path(row, "at"), text(" "), path(row, "source"))


def _stated(fact: Fact) -> Expression:
    row = Alias("Statement")
    so = equals(path(row, "fact"), fact.name)
    if fact.name != "as_of":
        so = both(so, op("LessOrEqual", path(row, "dated"), Ref("Day decided for")))
    return Query(
        Ref(STATEMENTS),
        "Statement",
        so,
        record(at=path(row, "at"), source=path(row, "source"), value=_value(fact, row)),
    )


def _value(fact: Fact, row: Expression) -> Expression:
    """Give a stated value as the dictionary takes it; null where it does not."""
    word = path(row, "word")
    match fact.type:
        case "boolean":
            return path(row, "yes")
        case "choice":
            return If(among(word, fact.values), word, Null("String"))
        case "date":
            moment = path(row, "moment")
            whole = known(op("day", moment))
            return If(whole, op("DateFrom", moment), Null("Date"))
        case "grade":
            figure = _in_range(fact, op("Coalesce", path(row, "count"), _measured(fact, row)))
            return op("Coalesce", figure, Call("Grade", (word,)))
        case _:
            return _in_range(fact, op("Coalesce", path(row, "count"), _measured(fact, row)))


def _measured(fact: Fact, row: Expression) -> Expression:
    amount, unit = path(row, "amount"), path(row, "unit")
    converted = Call(unit_name(fact.unit), (amount, unit))
    return If(unknown(unit), amount, converted) if fact.unit in _UNITLESS else converted


def _in_range(fact: Fact, amount: Expression) -> Expression:
    bounds = []
    if fact.low is not None:
        bounds.append(op("GreaterOrEqual", amount, number(fact.low)))
    if fact.high is not None:
        bounds.append(op("LessOrEqual", amount, number(fact.high)))
    return If(both(*bounds), amount, Null("Decimal")) if bounds else amount


def _shown(fact: Fact) -> list[Expression]:
    """Give the rows by which codes of others show a fact."""
    found: list[Expression] = []
    if fact.type in {"number", "grade"}:
        found += [_laboratory(fact, one) for one in fact.observations if not one.doubt]
    elif fact.type in {"boolean", "choice"}:
        found += [_called(fact, one) for one in fact.observations if not one.doubt]
    if any(not one.doubt for one in fact.conditions):
        value = Ref(f"{fact.name} by conditions")
        found.append(value)
    return found


def _carries(row: Expression, coding: Coding) -> Expression:
    so = both(
        equals(path("Coded", "system", "value"), LOINC),
        among(path("Coded", "code", "value"), coding.loinc),
    )
    dated = op("LessOrEqual", path(row, "dated"), Ref("Day decided for"))
    return both(some(path(row, "codes"), "Coded", so), dated)


def _laboratory(fact: Fact, coding: Coding) -> Expression:
    row = Alias("Result")
    measured = _measured(fact, row)
    if fact.unit in _UNITLESS:
        measured = op("Coalesce", path(row, "count"), measured)
    value = _in_range(fact, measured)
    return Query(
        Ref(RESULTS),
        "Result",
        _carries(row, coding),
        record(at=path(row, "at"), source=path(row, "source"), value=value),
    )


def _called(fact: Fact, coding: Coding) -> Expression:
    row = Alias("Result")
    positive = Call("Verdict of", (path(row, "verdicts"),))
    if coding.value:
        value: Expression = If(positive, text(coding.value), Null("String"))
    elif fact.type == "boolean":
        value = positive
    else:
        value = Case(
            ((positive, text("positive")), (op("IsFalse", positive), text("negative"))),
            Null("String"),
        )
    return Query(
        Ref("Called results"),
        "Result",
        _carries(row, coding),
        record(at=path(row, "at"), source=path(row, "source"), value=value),
    )
