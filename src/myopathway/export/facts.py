"""Each fact of the dictionary as one definition: what the record states and shows, the newest."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    FALSE,
    TRUE,
    among,
    both,
    either,
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
    Define,
    Expression,
    If,
    Items,
    Literal,
    Null,
    Op,
    Operand,
    Query,
    Ref,
)
from myopathway.export.lists import listed
from myopathway.export.names import AS_OF, fact_name, stated_name
from myopathway.export.reading import RESULTS, STATEMENTS, unit_name
from myopathway.fhir.codes import LOINC
from myopathway.fhir.results import INTERPRETATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.facts import Coding, Fact
    from myopathway.guideline.model import Guideline

SECTION: Final = "Facts"
TYPES: Final = {
    "boolean": "Boolean",
    "number": "Decimal",
    "grade": "Decimal",
    "choice": "String",
    "date": "Date",
    "set": "List<String>",
    "names": "List<String>",
}
_UNITLESS: Final = frozenset({"", "a", "{grade}"})
_GRADES: Final = tuple(
    [f"{whole}{sign}" for whole in "1234" for sign in ("", "-", "+")] + ["0", "5", "5-"]
)
_ROW: Final = Alias("Row")
_SAID: Final = ("positive", "pos", "detected", "reactive", "present")
_DENIED: Final = (
    "negative", "neg", "not detected", "non-detected", "non-reactive", "nonreactive",
    "non reactive", "not reactive", "none detected", "absent", "not present", "undetected",
)  # fmt: skip


class FactBook:
    """Writes the facts of one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        """Note which facts follow from others."""
        self._guideline = guideline
        self._facts = guideline.vocabulary.facts

    def derived(self) -> frozenset[str]:
        """Name the facts that more than their own record decides."""
        names = {name for one in self._guideline.implications for name in (one.given, one.then)}
        for name, fact in self._facts.items():
            if fact.from_date:
                names |= {name, fact.from_date}
        return frozenset(names)

    def defines(self) -> Iterator[Define]:
        """Define every fact but the treatments: as recorded, then with what follows."""
        yield from _helpers()
        yield from self._names()
        derived = self.derived()
        for name, fact in self._facts.items():
            if fact.type == "treatments":
                continue
            if fact.type in {"set", "names"}:
                yield from listed(fact)
                continue
            says = (f"{fact.says}. {fact.question}",)
            body = _newest(fact)
            if name in derived:
                yield Define(stated_name(name), body, says, section=SECTION)
            else:
                yield Define(fact_name(name), body, says, section=SECTION)
        yield from self._following()

    def _following(self) -> Iterator[Define]:
        """Define what follows from what: the age from the date, one yes or no from another."""
        current: dict[str, Expression] = {}
        remarks: dict[str, list[str]] = {}
        for name in self.derived():
            current[name] = Ref(stated_name(name))
        for name, fact in self._facts.items():
            if fact.from_date:
                stated, since = Ref(stated_name(name)), Ref(stated_name(fact.from_date))
                years = Call("Years between", (since, Ref(AS_OF)))
                lower = op("Less", years, stated)
                current[name] = If(
                    both(known(years), either(unknown(stated), lower)), years, stated
                )
                remarks[name] = ["Worked out from the date where that is lower or alone known."]
        for one in self._guideline.implications:
            given = If(current[one.given], TRUE, Null("Boolean"))
            current[one.then] = _coalesced(current[one.then], given)
            remarks.setdefault(one.then, []).append(f"{one.says} [{', '.join(one.cites)}]")
        for one in self._guideline.implications:
            denied = If(op("IsFalse", Ref(fact_name(one.then))), FALSE, Null("Boolean"))
            current[one.given] = _coalesced(current[one.given], denied)
            remarks.setdefault(one.given, []).append(f"{one.says} [{', '.join(one.cites)}]")
        for name in self._facts:
            if name in current:
                says = tuple(remarks.get(name, ()))
                yield Define(fact_name(name), current[name], says, section="What follows from what")

    def broken(self) -> Expression:
        """Say that stated facts break an implication."""
        return either(
            *(
                both(
                    op("IsTrue", Ref(fact_name(one.given))),
                    op("IsFalse", Ref(stated_name(one.then))),
                )
                for one in self._guideline.implications
            )
        )

    def _names(self) -> Iterator[Define]:
        spelt = self._guideline.vocabulary.drug_names
        rows = tuple((text(one), text(name)) for one, name in spelt.items() if one != name)
        lower = op("Lower", Operand("name"))
        yield Define(
            "Drug",
            Case(rows, lower, lower),
            ("The name under which the guideline knows a drug; another drug keeps its own.",),
            (("name", "String"),),
            SECTION,
        )


def _coalesced(first: Expression, then: Expression) -> Expression:
    if isinstance(first, Op) and first.kind == "Coalesce":
        return Op("Coalesce", (*first.operands, then))
    return op("Coalesce", first, then)


def _helpers() -> Iterator[Define]:
    rows = [(text(one), number(_grade(one))) for one in _GRADES]
    yield Define(
        "Grade",
        Case(tuple(rows), Null("Decimal"), Operand("word")),
        ("An MRC grade on a line: a minus lies below, a plus above the whole grade.",),
        (("word", "String"),),
        SECTION,
    )
    # A result that is called positive or negative, by its interpretation or in words.
    codings = op(
        "Flatten",
        Query(
            Operand("readings"),
            "Reading",
            known(path("Reading", "coding")),
            path("Reading", "coding"),
        ),
    )
    marks = Query(
        codings,
        "Mark",
        equals(path("Mark", "system", "value"), INTERPRETATION),
        Case(
            tuple(
                [(text(one), TRUE) for one in ("POS", "DET", "RR")]
                + [(text(one), FALSE) for one in ("NEG", "ND", "NR")]
            ),
            Null("Boolean"),
            path("Mark", "code", "value"),
        ),
    )
    yield Define(
        "Marks",
        marks,
        ("What the interpretation of a result says, by its codes.",),
        (("readings", "List<FHIR.CodeableConcept>"),),
        SECTION,
    )
    said = op("Lower", Operand("word"))
    yield Define(
        "In words",
        Case(
            ((among(said, _SAID), TRUE), (among(said, _DENIED), FALSE)),
            Null("Boolean"),
        ),
        takes=(("word", "String"),),
        section=SECTION,
    )
    row = Alias("Result")
    told = path(row, "yes")
    concept = path(row, "concept")
    texts_of = op(
        "Coalesce",
        path(concept, "text", "value"),
        op(
            "First",
            Query(path(concept, "coding"), "Worded", returns=path("Worded", "display", "value")),
        ),
        path(row, "word"),
    )
    marked = Call("Marks", (path(row, "readings"),))
    found = Items((told, Call("In words", (texts_of,))), "Boolean")
    every = op("Union", Query(found, "Told", known(Alias("Told"))), marked)
    yield Define(
        "Called results",
        Query(
            Ref(RESULTS),
            "Result",
            returns=record(
                codes=path(row, "codes"),
                dated=path(row, "dated"),
                source=path(row, "source"),
                verdicts=op("Distinct", every),
            ),
        ),
        ("Results with all that calls them positive (true) or negative (false).",),
        section=SECTION,
    )

    verdicts = Operand("verdicts")
    yield Define(
        "Verdict of",
        If(equals(op("Count", verdicts), Literal(1)), op("First", verdicts), Null("Boolean")),
        ("Positive or negative; null where the result is called neither, or both.",),
        (("verdicts", "List<Boolean>"),),
        SECTION,
    )


def _grade(one: str) -> Decimal:
    step = {"-": Decimal("-0.3"), "+": Decimal("0.3")}.get(one[-1], Decimal(0))
    return Decimal(one[0]) + step


def _newest(fact: Fact) -> Expression:
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
    row = record(dated=text(""), source=source, value=value)
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
    return op("Concatenate", path(row, "dated"), text(" "), path(row, "source"))


def _stated(fact: Fact) -> Expression:
    row = Alias("Statement")
    so = equals(path(row, "fact"), fact.name)
    if fact.name != "as_of":
        so = both(so, op("LessOrEqual", path(row, "dated"), Ref("Day decided for")))
    return Query(
        Ref(STATEMENTS),
        "Statement",
        so,
        record(dated=path(row, "dated"), source=path(row, "source"), value=_value(fact, row)),
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
        record(dated=path(row, "dated"), source=path(row, "source"), value=value),
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
        record(dated=path(row, "dated"), source=path(row, "source"), value=value),
    )
