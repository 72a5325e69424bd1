"""The form as it is shown: every fact of the dictionary, the most deciding sections first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.facts import OUTCOMES, PURPOSES
from myopathway.render.words import called, capital, fact_value, listed, small, source_words
from myopathway.web.entries import ADD, NONE, SOME, TREATMENTS, glance, nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from myopathway.errors import Fault
    from myopathway.facts import Fact, Record
    from myopathway.guideline.model import Guideline
    from myopathway.web.entries import Entries
    from myopathway.web.filled import Filled

_OPEN: Final = 4  # sections that lie open; the rest opens when something in it is given or wrong
_FEW: Final = 4
_PICKED: Final = 1  # the last regimen: the one that is being entered
_SHORT: Final = 16  # characters of a value
_LONG: Final = 12  # a section of more facts than these asks by lists to choose from, not buttons


@dataclass(frozen=True, slots=True)
class Field:
    """A fact in the form: what it holds, in what unit, from where, and what is wrong with it.

    ``buttons`` says that its few values lie open side by side.
    """

    name: str
    type: str
    label: str
    help: str
    unit: str
    values: dict[str, str]
    held: tuple[str, ...]
    fault: str
    source: str
    buttons: bool

    @property
    def wide(self) -> bool:
        """Say whether its values are too long to lie side by side."""
        return any(len(label) > _SHORT for label in self.values.values())

    @property
    def text(self) -> str:
        """Give what the field holds as one text."""
        return ", ".join(self.held)


@dataclass(frozen=True, slots=True)
class Row:
    """A regimen in the form, ``number`` from 1 on; with ``chips`` its drugs are picked."""

    number: int
    held: dict[str, tuple[str, ...]]
    faults: dict[str, str]
    source: str
    open: bool
    chips: bool

    def one(self, key: str) -> str:
        """Give a field that holds one text."""
        return next(iter(self.held.get(key, ())), "")


@dataclass(frozen=True, slots=True)
class Section:
    """Facts that belong together; ``nothing`` is the label of the control that denies all."""

    id: str
    title: str
    about: str
    fields: tuple[Field, ...]
    given: int
    open: bool
    nothing: str
    denied: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole form; ``rows`` are the regimens, a blank one at the end where one is wanted."""

    sections: tuple[Section, ...]
    rows: tuple[Row, ...]
    drugs: tuple[tuple[str, str], ...]
    purposes: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str], ...]
    faults: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same for every patient: the sections in their order, with their facts."""

    sections: tuple[tuple[str, tuple[Fact, ...]], ...]
    units: dict[str, str]
    drugs: tuple[tuple[str, str], ...]
    private: frozenset[str]


def plan(guideline: Guideline, asked: Sequence[str]) -> Plan:
    """Put the sections in order: those first of which ``asked`` (most deciding first) speaks.

    What is easy to say comes before what takes longer; within a section the dictionary's order
    stands, which keeps together what belongs together.
    """
    facts = guideline.vocabulary.facts
    rank: dict[str, tuple[int, int]] = {}
    for place, name in enumerate(asked):
        fact = facts.get(name)
        if fact is not None:
            rank[fact.section] = min(rank.get(fact.section, (9, place)), (fact.ease, place))
    names = dict.fromkeys(one.section for one in facts.values())
    order = sorted(names, key=lambda name: rank.get(name, (10, 0)))
    sections = tuple(
        (name, tuple(one for one in facts.values() if one.section == name)) for name in order
    )
    units = {
        name: fact_value(guideline, name, 0).removeprefix("0").strip()
        for name, fact in facts.items()
        if fact.type == "number"
    }
    drugs = tuple((name, one.title) for name, one in guideline.drugs.items())
    # A day of birth may name a person: it never stands in an address.
    private = frozenset(one.from_date for one in facts.values() if one.from_date)
    return Plan(sections, units, drugs, private)


def sheet(
    guideline: Guideline,
    laid_out: Plan,
    filled: Filled,
    record: Record,
    *,
    private: bool,
    pressed: Entries,
) -> Sheet:
    """Fill in the form for one patient; without ``private`` no field may name a person."""
    sections: list[Section] = []
    for place, (name, facts) in enumerate(laid_out.sections):
        shown = [one for one in facts if private or one.name not in laid_out.private]
        long = len(shown) > _LONG
        fields = tuple(_field(guideline, laid_out, one, filled, record, long=long) for one in shown)
        given = sum(bool(one.held) for one in fields)
        faulty = any(one.fault for one in fields)
        deniable = glance(shown, name)
        sections.append(
            Section(
                name.replace(" ", "-"),
                capital(name),
                _about(shown),
                fields,
                given,
                place < _OPEN or given > 0 or faulty,
                nothing(deniable) if deniable else "",
                bool(deniable) and all(filled.shown.get(one.name) == ["no"] for one in deniable),
            )
        )
    return Sheet(
        tuple(sections),
        tuple(_rows(guideline, filled, record, pressed)),
        laid_out.drugs,
        tuple((one, capital(one)) for one in PURPOSES),
        tuple((one, capital(one.replace("-", " "))) for one in OUTCOMES),
        len(filled.faults),
    )


def _field(
    guideline: Guideline,
    laid_out: Plan,
    fact: Fact,
    filled: Filled,
    record: Record,
    *,
    long: bool,
) -> Field:
    held = tuple(filled.shown.get(fact.name, ()))
    if fact.type == "boolean":
        held = tuple({"true": "yes", "false": "no"}.get(one, one) for one in held)
    if fact.name == TREATMENTS and not held and filled.rows:
        held = (SOME,)
    known = record.facts.get(fact.name)
    source = known.source if known is not None and known.source.kind != "stated" else None
    return Field(
        fact.name,
        fact.type,
        capital(fact.says.partition(";")[0]),
        fact.help if fact.type == "boolean" else "",
        laid_out.units.get(fact.name, ""),
        fact.values,
        held,
        told(filled.faults.get(fact.name), fact.unit, laid_out.units.get(fact.name, "")),
        source_words(guideline, source),
        not long and (fact.type == "boolean" or 0 < len(fact.values) < _FEW) and fact.type != "set",
    )


def told(fault: Fault | None, code: str = "", unit: str = "") -> str:
    """Say a fault beside its field, a unit in words instead of its code."""
    if fault is None:
        return ""
    text = f"{capital(fault.found)}."
    wanted = fault.accepted.replace(code, unit) if code and unit else fault.accepted
    return f"{text} Wanted: {wanted}." if wanted else text


def _rows(guideline: Guideline, filled: Filled, record: Record, pressed: Entries) -> Iterable[Row]:
    regimens = {one.index: one for one in record.regimens or ()}
    for number, typed in enumerate(filled.rows, 1):
        regimen = regimens.get(number - 1)
        fhir = regimen is not None and regimen.source.kind != "stated"
        faults = {
            name.removeprefix(f"t{number}_"): told(one)
            for name, one in filled.faults.items()
            if name.startswith(f"t{number}_")
        }
        yield Row(
            number,
            {key: _canonical(guideline, key, held) for key, held in typed.items()},
            faults,
            source_words(guideline, regimen.source) if regimen is not None and fhir else "",
            open=False,
            chips=number > len(filled.rows) - _PICKED,
        )
    wanted = filled.shown.get(TREATMENTS) == [SOME] and not filled.rows
    if ADD in pressed or wanted:
        yield Row(len(filled.rows) + 1, {}, {}, "", open=True, chips=True)


def _canonical(guideline: Guideline, key: str, held: list[str]) -> tuple[str, ...]:
    if key not in {"drugs", "intolerant_of"}:
        return tuple(held)
    parts = (part.strip() for text in held for part in text.split(","))
    return tuple(guideline.vocabulary.drug(one) or one for one in parts if one)


def _about(facts: Sequence[Fact]) -> str:
    """Name what a closed section is about."""
    names = [small(called(one.says)) for one in facts if one.name != TREATMENTS]
    if not names:
        return ""
    if len(names) <= _FEW:
        return capital(listed(names))
    return f"{capital(', '.join(names[: _FEW - 1]))} and {len(names) - _FEW + 1} more"


__all__ = ["NONE", "Field", "Plan", "Row", "Section", "Sheet", "plan", "sheet", "told"]
