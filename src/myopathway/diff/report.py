"""A comparison in sentences, section by section: what every form of it is written from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.quantity import plain
from myopathway.render.words import capital
from myopathway.whatif.difference import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.diff.outcome import Change, Comparison, Dosed, Group, Judged, Person, Placed
    from myopathway.whatif.difference import Difference

MOST_PERSONS: Final = 25
_NONE: Final = "(none)"
_TITLES: Final = {
    "option": "Options", "dose": "Doses", "condition": "Conditions", "verdict": "Verdicts",
    "place": "Places", "drug": "Drugs", "fact": "Facts", "message": "Messages",
    "monitoring": "Monitoring", "order": "Orders", "wording": "Wording", "citation": "Citations",
    "code": "Codes", "content": "Other content",
}  # fmt: skip


class Row(msgspec.Struct, frozen=True):
    """One line, where it is found, and what is said beneath it."""

    text: str
    where: str = ""
    beneath: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """A heading, what is said of all its rows, and the rows."""

    title: str
    intro: str
    rows: tuple[Row, ...] = ()


def headline(found: Comparison) -> str:
    """Say the whole in one sentence."""
    count = len(found.changes)
    parts = [f"{count} {'change' if count == 1 else 'changes'} in the content"]
    moved = found.places.changed
    parts.append(f"{_many(moved)} of {_many(found.places.combinations)} combinations placed"
                 " otherwise")  # fmt: skip
    parts += [
        f"{_many(len(one.changed))} of {_many(one.patients)} {_called(one)} answered otherwise"
        f" ({_many(len(one.clinical))} in place, verdict or dose)"
        for one in found.groups
        if one.patients
    ]
    return f"{'; '.join(parts)}."


def sections(found: Comparison) -> Iterator[Section]:
    """Give the sections in their order; those with nothing to say are left out."""
    yield from _content(found.changes)
    yield _places(found.places)
    if found.options:
        yield _options(found.options)
    if found.doses:
        yield _doses(found.doses)
    for group in found.groups:
        yield _group(group)


def _content(changes: tuple[Change, ...]) -> Iterator[Section]:
    if not changes:
        yield Section("What changed", "Nothing in the content that anyone reads.")
    for kind in dict.fromkeys(one.kind for one in changes):
        rows = tuple(_change(one) for one in changes if one.kind == kind)
        yield Section(f"What changed: {_TITLES[kind].lower()}", "", rows)


def _change(one: Change) -> Row:
    if one.before is None:
        return Row(f"{one.what} added: {one.after}", one.where)
    if one.after is None:
        return Row(f"{one.what} taken away: {one.before}", one.where)
    before, after = (value or _NONE for value in (one.before, one.after))
    return Row(f"{one.what}: {before} → {after}", one.where)


def _places(found: Placed) -> Section:
    told = (
        f"Every combination of the facts that place a patient ({', '.join(found.facts)}) with each"
        f" of {_many(found.histories)} kinds of history: {_many(found.combinations)} combinations,"
        f" of which {_many(found.changed) if found.changed else 'none'} end elsewhere."
    )
    rows = tuple(
        Row(f"{one.before} → {one.after}: {_many(one.combinations)} combinations", "",
            (_smallest(one.patient),))
        for one in found.moves
    )  # fmt: skip
    return Section("Who is placed otherwise", told, rows)


def _options(found: tuple[Judged, ...]) -> Section:
    rows = []
    for option in found:
        facts = ", ".join(option.facts) or "whatever is known"
        told = f"{option.changed} of {option.combinations} combinations of {facts}"
        if not option.whole:
            told += " (too many for all: each fact by itself)"
        beneath = [told]
        beneath += [
            f"{one.before} → {one.after} ({one.combinations}); {_smallest(one.patient)}"
            for one in option.reversals
        ]
        rows.append(Row(option.option, option.node, tuple(beneath)))
    told = (
        "For each option whose rules differ: every combination, unknown included, of the facts"
        " that the differing rules read."
    )
    return Section("Whose options are judged otherwise", told, tuple(rows))


def _doses(found: tuple[Dosed, ...]) -> Section:
    rows = tuple(_dosed(one) for one in found)
    told = "Every weight that the dictionary allows, a tenth of a kilogram apart."
    return Section("Whose doses come out otherwise", told, rows)


def _dosed(one: Dosed) -> Row:
    if one.lightest is None or one.heaviest is None:
        text = f"{one.drug} {one.kind}: {one.before[0]} → {one.after[0]}, whatever the weight"
        return Row(text, one.node)
    span = f"{plain(one.lightest)} to {plain(one.heaviest)} kg"
    text = f"{one.drug} {one.kind}, at {span}: "
    ends = [f"{was} → {now}" for was, now in zip(one.before, one.after, strict=True)]
    return Row(text + " … ".join(dict.fromkeys(ends)), one.node)


def _group(group: Group) -> Section:
    changed = group.changed
    kinds = {
        "place": sum(1 for one in changed if one.difference.place is not None),
        "a verdict": sum(1 for one in changed if one.difference.verdicts),
        "a dose": sum(1 for one in changed if one.difference.doses),
        "a message, a question or a check": sum(1 for one in changed if one.difference.told),
        "wording alone": sum(1 for one in changed if one.difference.wording),
    }
    told = f"{_many(len(changed))} of {_many(group.patients)} are answered otherwise"
    told += f" ({', '.join(f'{what}: {count}' for what, count in kinds.items() if count)})." if (
        changed) else "."  # fmt: skip
    if group.unread:
        told += f" {len(group.unread)} cannot be read by both versions."
    rows = [Row(one.id, "", tuple(_person(one))) for one in changed[:MOST_PERSONS]]
    rest = len(changed) - len(rows)
    if rest > 0:
        rows.append(Row(f"and {_many(rest)} more"))
    rows += [Row(name, "", (why,)) for name, why in group.unread[:MOST_PERSONS]]
    return Section(f"{capital(_called(group))}", told, tuple(rows))


def _person(person: Person) -> Iterator[str]:
    found = person.difference
    place = found.place
    if place is not None:
        before, after = (
            node or status for status, node in zip(place.status, place.node, strict=True)
        )
        moved = f"{before} → {after}"
        if before == after:
            moved = " → ".join(", ".join(one) or "nowhere" for one in place.possible)
        yield f"place: {moved}{_basis(place.reasons)}"
    for verdict in found.verdicts:
        told = f"{verdict.option}: {verdict.before} → {verdict.after}"
        # What merely comes or goes with the place needs no reason of its own.
        goes = {(ABSENT, "offered"), ("offered", ABSENT)}
        why = () if (verdict.before, verdict.after) in goes else verdict.reasons or verdict.gone
        yield f"{told}{_basis(why)}"
    for dose in found.doses:
        before, after = dose.before or "no figure", dose.after or "no figure"
        yield f"{dose.drug}{f' {dose.kind}' if dose.kind else ''}: {before} → {after}"
    yield from _told(found)


def _told(found: Difference) -> Iterator[str]:
    for sign, notices in (("+", found.notices), ("-", found.notices_gone)):
        yield from (f"message {sign} {one.level}: {one.text} [{one.basis}]" for one in notices)
    if found.missing or found.missing_gone:
        asked = [f"+{one.fact}" for one in found.missing]
        asked += [f"-{one.fact}" for one in found.missing_gone]
        yield f"questions: {', '.join(asked)}"
    if found.checks:
        drugs = dict.fromkeys(one.drug for one in found.checks)
        yield f"checks before the first dose of {', '.join(drugs)}: {len(found.checks)} differ"
    if found.wording:
        yield "wording, reasons or citations alone"


def _basis(reasons: tuple[Any, ...]) -> str:
    return f" [{reasons[0].basis}]" if reasons else ""


def _smallest(patient: dict[str, Any]) -> str:
    """Write the smallest patient as a facts document on one line, which is JSON and YAML."""
    if not patient:
        return "no patient of either version shows it alone"
    return f"smallest patient: {json.dumps(patient, ensure_ascii=False)}"


def _called(group: Group) -> str:
    return "vignettes" if group.name == "vignettes" else f"patients of {group.name}"


def _many(count: int) -> str:
    return f"{count:,}"
