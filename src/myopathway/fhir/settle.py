"""Of several values of a fact the one that counts, and what is said of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.facts import Known, Source, Unread
from myopathway.fhir.finding import unread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.fhir.finding import Finding

# The subtype that only says that none was stated: a stated one tells more, whatever its date.
_UNSPECIFIC: Final = "unspecified-iim"
# An allergy does not pass because a list says that there is none.
_LASTING: Final = "AllergyIntolerance"
_DAY: Final = 10  # characters of 2026-03-31


def settle(findings: Iterable[Finding], out: list[Unread]) -> dict[str, Known]:
    """Give each fact its value; what disagrees with it goes to ``out``."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        fact = finding.fact
        if finding.negative and fact.type != "set":
            continue  # that it is not this value does not say which one it is
        group = groups.get(fact.name)
        if group is None:
            groups[fact.name] = [finding]
        else:
            group.append(finding)
    settled: dict[str, Known] = {}
    for name, group in groups.items():
        if group[0].fact.type in {"set", "names"}:
            known = _members(group, out)
        elif len(group) == 1:
            known = group[0].known
        else:
            known = _newest(group, out)
        if known is not None:
            settled[name] = known
    return settled


def _newest(group: list[Finding], out: list[Unread]) -> Known:
    fact = group[0].fact
    stated = [one for one in group if one.stated]
    counting = stated if fact.judgement and stated else group
    if not stated and fact.type == "choice":
        counting = [one for one in counting if one.known.value != _UNSPECIFIC] or counting
    winner = _latest(counting)
    if fact.type in {"boolean", "choice", "date"}:
        out.extend(
            unread(one.entry, _disagrees(one, winner))
            for one in group
            if one.known.value != winner.known.value and _worth_telling(one, winner)
        )
    return winner.known


def _latest(findings: list[Finding]) -> Finding:
    latest = findings[0]
    for one in findings[1:]:
        if _is_later(one, latest):
            latest = one
    return latest


def _is_later(one: Finding, other: Finding) -> bool:
    # Most are told apart by their days, unless a zone may shift one of them.
    if one.day != other.day and _in_utc(one.when) and _in_utc(other.when):
        return one.day > other.day
    return one.order > other.order


def _in_utc(when: str) -> bool:
    return len(when) <= _DAY or when[-1] == "Z"


def _worth_telling(one: Finding, winner: Finding) -> bool:
    """Leave out what merely was so before: an older statement, an older result, a vaguer code."""
    if one.stated != winner.stated:
        return True
    return one.entry.kind == "Condition" and one.known.value != _UNSPECIFIC


def _disagrees(one: Finding, winner: Finding) -> str:
    name = one.fact.name
    says = f"{one.known.source.detail} says {name} {_shown(one)}"
    counts = f"{winner.entry.label} says {_shown(winner)}"
    if winner.stated and one.fact.judgement:
        return f"{says}; it disagrees with the stated fact ({counts}), and the stated one counts"
    return f"{says}; it disagrees with {counts}, which counts"


def _shown(finding: Finding) -> str:
    value = finding.known.value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _members(group: list[Finding], out: list[Unread]) -> Known | None:
    """Give the members of a list that still stand.

    A newer ``none`` clears a member; so does a newer negative result of the same code, or, for a
    stated member, of any code.
    """
    nones = [one for one in group if one.known.value == ()]
    cleared = _latest(nones) if nones else None
    negatives = [one for one in group if one.negative]
    kept = []
    for one in group:
        if one.negative or one.known.value == ():
            continue
        if cleared is not None and one.day < cleared.day and one.entry.kind != _LASTING:
            beaten: Finding | None = cleared
        else:
            beaten = _contradicted(one, negatives)
        if beaten is None:
            kept.append(one)
        elif beaten.stated != one.stated:
            what = f"{one.fact.name} {_named(one)}"
            out.append(unread(one.entry, f"{what}: {beaten.entry.label} is newer and says no"))
    if cleared is not None and any(one.entry.kind == _LASTING for one in kept):
        out.append(unread(cleared.entry, f"{cleared.fact.name} none, but one is on record"))
    if kept:
        return _together(kept)
    return None if cleared is None else cleared.known


def _together(kept: list[Finding]) -> Known:
    newest = _latest(kept).known
    if len(kept) == 1:
        return newest
    members = {str(member) for one in kept for member in _as_tuple(one.known)}
    details = ", ".join(sorted({one.known.source.detail for one in kept}))
    said = newest.source
    return Known(tuple(sorted(members)), Source(said.kind, said.reference, said.date, details))


def _as_tuple(known: Known) -> tuple[object, ...]:
    return known.value if isinstance(known.value, tuple) else (known.value,)


def _contradicted(one: Finding, negatives: list[Finding]) -> Finding | None:
    newer = [
        other for other in negatives
        if other.known.value == one.known.value and other.day > one.day
        and (one.stated or other.known.source.detail == one.known.source.detail)
    ]  # fmt: skip
    return _latest(newer) if newer else None


def _named(finding: Finding) -> str:
    return ", ".join(str(member) for member in _as_tuple(finding.known))
