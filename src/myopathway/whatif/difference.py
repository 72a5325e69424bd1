"""What two answers for one patient tell apart: place, verdicts, doses, messages, questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.engine.outcome import Missing, NoticeAnswer, Reason
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.outcome import Answer, Calculated, DrugDose, OptionAnswer

ABSENT: Final = "absent"


class PlaceChange(msgspec.Struct, frozen=True):
    """Another status, node, or set of nodes that stay possible, and the criteria behind it."""

    status: tuple[str, str]
    node: tuple[str | None, str | None]
    possible: tuple[tuple[str, ...], tuple[str, ...]]
    reasons: tuple[Reason, ...]


class VerdictChange(msgspec.Struct, frozen=True):
    """An option's verdict before and after; ``absent`` where it is no option.

    ``reasons`` are those that only the second answer gives, ``gone`` those that it gives no more.
    """

    option: str
    before: str
    after: str
    reasons: tuple[Reason, ...]
    gone: tuple[Reason, ...]


class DoseChange(msgspec.Struct, frozen=True):
    """A drug's dose in an option before and after, in figures (else in words), and its basis."""

    option: str
    drug: str
    kind: str
    before: str
    after: str
    basis: str


class CheckChange(msgspec.Struct, frozen=True):
    """A check before the first dose of a drug; an empty state: it is not asked for."""

    drug: str
    text: str
    before: str
    after: str
    basis: str


class Difference(msgspec.Struct, frozen=True):
    """All that differs between two answers; ``wording``: something else that only words say."""

    place: PlaceChange | None
    verdicts: tuple[VerdictChange, ...]
    doses: tuple[DoseChange, ...]
    notices: tuple[NoticeAnswer, ...]
    notices_gone: tuple[NoticeAnswer, ...]
    missing: tuple[Missing, ...]
    missing_gone: tuple[Missing, ...]
    checks: tuple[CheckChange, ...]
    wording: bool

    @property
    def clinical(self) -> bool:
        """Say whether place, a verdict or a dose differs."""
        return self.place is not None or bool(self.verdicts) or bool(self.doses)

    @property
    def told(self) -> bool:
        """Say whether a message, a question or a check differs."""
        parts = (self.notices, self.notices_gone, self.missing, self.missing_gone, self.checks)
        return any(parts)

    @property
    def empty(self) -> bool:
        """Say whether the answers are the same, whichever content gave them."""
        return not (self.clinical or self.told or self.wording)


def difference(before: Answer, after: Answer) -> Difference:
    """Tell two answers for one patient apart; which content gave them does not count."""
    told, asked = set(before.notices), {one.fact for one in before.missing}
    still, asks = set(after.notices), {one.fact for one in after.missing}
    found = Difference(
        place=_place(before, after),
        verdicts=tuple(_verdicts(before, after)),
        doses=tuple(_doses(before, after)),
        notices=tuple(one for one in after.notices if one not in told),
        notices_gone=tuple(one for one in before.notices if one not in still),
        missing=tuple(one for one in after.missing if one.fact not in asked),
        missing_gone=tuple(one for one in before.missing if one.fact not in asks),
        checks=tuple(_checks(before, after)),
        wording=False,
    )
    if not found.empty:
        return found
    same = msgspec.structs.replace(after, guideline=before.guideline)
    return msgspec.structs.replace(found, wording=same != before)


def _place(before: Answer, after: Answer) -> PlaceChange | None:
    status, node = (before.status, after.status), (before.node, after.node)
    possible = (before.possible, after.possible)
    if all(old == new for old, new in (status, node, possible)):
        return None
    return PlaceChange(status, node, possible, tuple(_steps(before, after)))


def _steps(before: Answer, after: Answer) -> Iterator[Reason]:
    """Say which criteria came out otherwise, and what now contradicts itself."""
    known = {one.criterion: one.value for one in before.trace}
    turned = [one for one in after.trace if known.get(one.criterion, one.value) != one.value]
    for one in turned:
        yield Reason(f"{one.criterion}: {known[one.criterion]}, then {one.value}", one.basis)
    if not turned:  # the two places ask different things
        for one in after.trace:
            if one.criterion not in known and one.value == "true":
                yield Reason(f"{one.criterion}: {one.value}", one.basis)
    if after.status == "conflict":
        for told in after.notices:
            if told.level == "critical" and told not in before.notices:
                yield Reason(told.text, told.basis)


def _options(answer: Answer) -> dict[str, OptionAnswer]:
    """Give the options of an answer by id; an id stands once in a node."""
    return {option.id: option for part in answer.therapies for option in part.options}


def _pairs(
    before: Answer, after: Answer
) -> Iterator[tuple[str, OptionAnswer | None, OptionAnswer | None]]:
    old, new = _options(before), _options(after)
    for name in dict.fromkeys((*new, *old)):
        yield name, old.get(name), new.get(name)


def _verdicts(before: Answer, after: Answer) -> Iterator[VerdictChange]:
    for name, old, new in _pairs(before, after):
        was, now = old.verdict if old else ABSENT, new.verdict if new else ABSENT
        if was != now:
            told = old.reasons if old else ()
            tells = new.reasons if new else ()
            yield VerdictChange(name, was, now, _without(tells, told), _without(told, tells))


def _without(these: Iterable[Reason], those: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(one for one in these if one not in those)


def _doses(before: Answer, after: Answer) -> Iterator[DoseChange]:
    for name, old, new in _pairs(before, after):
        if old is None or new is None or "excluded" in {old.verdict, new.verdict}:
            continue  # what is no option, or is excluded, has no dose
        drugs = {one.drug: one for one in old.drugs}
        for drug in new.drugs:
            if drug.drug in drugs:
                yield from _dose(name, drugs[drug.drug], drug)


def _dose(option: str, old: DrugDose, new: DrugDose) -> Iterator[DoseChange]:
    was = {one.kind: _figure(one) for one in old.calculated}
    now = {one.kind: _figure(one) for one in new.calculated}
    found = [
        DoseChange(option, new.drug, kind, was.get(kind, ""), now.get(kind, ""), new.basis)
        for kind in dict.fromkeys((*now, *was))
        if was.get(kind) != now.get(kind)
    ]
    yield from found
    if not found and (old.dose, old.route) != (new.dose, new.route):
        yield DoseChange(option, new.drug, "", _said(old), _said(new), new.basis)


def _said(one: DrugDose) -> str:
    return one.dose if not one.route else f"{one.dose} ({' or '.join(one.route)})"


def _figure(one: Calculated) -> str:
    span = plain(one.low) if one.low == one.high else f"{plain(one.low)} to {plain(one.high)}"
    return f"{span} {one.unit}{', held at the maximum' if one.capped else ''}"


def _checks(before: Answer, after: Answer) -> Iterator[CheckChange]:
    old = {
        (drug.drug, one.text, one.basis): one.state
        for drug in before.before_start
        for one in drug.checks
    }
    new = {
        (drug.drug, one.text, one.basis): one.state
        for drug in after.before_start
        for one in drug.checks
    }
    for key in dict.fromkeys((*new, *old)):
        if old.get(key) != new.get(key):
            drug, text, basis = key
            yield CheckChange(drug, text, old.get(key, ""), new.get(key, ""), basis)
