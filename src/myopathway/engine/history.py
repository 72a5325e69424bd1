"""The treatments so far, as the rules count them: what each regimen says of each of its drugs.

What is not recorded stays open: a regimen without an outcome may have ended in any way.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final, get_args

from myopathway.criteria import Held, OptionEvent, OptionEventName
from myopathway.engine.counted import INADEQUATE, INTOLERANCE, Counted
from myopathway.engine.words import dated, regimen_said
from myopathway.truth import Truth, all_of, any_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.facts import Regimen
    from myopathway.guideline.model import Guideline

EVENTS: Final = tuple(OptionEvent(name) for name in get_args(OptionEventName))
MOST_KEPT: Final = 50_000
NO_EVENTS: Final = (Truth.FALSE,) * len(EVENTS)
# What an unrecorded outcome may have been: of the ends that change nothing, one stands for all.
COMPLETIONS: Final = ("completed", INADEQUATE, INTOLERANCE)


class History:
    """All regimens of one patient; every question about them is answered in three values."""

    def __init__(self, reader: RegimenReader, regimens: Iterable[Regimen], unstated: Truth) -> None:
        """Read the regimens; ``unstated`` says whether an unstated purpose is known (and which)."""
        self._reader = reader
        known = unstated is Truth.TRUE
        counted = [reader.counted(regimen, known=known) for regimen in regimens]
        self.regimens = tuple([one for one in counted if one.drugs])
        # Histories alike have equal keys.
        self.keys = tuple([one.key for one in self.regimens])
        self._by_drug: dict[str, list[Counted]] = {}
        self._held_by: dict[tuple[str, ...], tuple[Counted, ...]] = {}
        for one in self.regimens:
            for drug in one.drugs:
                self._by_drug.setdefault(drug, []).append(one)

    def being_given(self) -> frozenset[str]:
        """Give the drugs of regimens that go on."""
        return frozenset(
            [
                drug
                for one in self.regimens
                if one.regimen.outcome == "ongoing"
                for drug in one.drugs
            ]
        )

    def held_by(self, drugs: tuple[str, ...]) -> tuple[Counted, ...]:
        """Give the regimens that held one of the drugs, in their order."""
        found = self._held_by.get(drugs)
        if found is None:
            found = self._held_by[drugs] = self._holding(drugs)
        return found

    def _holding(self, drugs: tuple[str, ...]) -> tuple[Counted, ...]:
        touching = [self._by_drug[drug] for drug in drugs if drug in self._by_drug]
        if len(touching) <= 1:
            return tuple(touching[0]) if touching else ()
        held = {one.regimen.index for found in touching for one in found}
        return tuple([one for one in self.regimens if one.regimen.index in held])

    def held(self, leaf: Held) -> Truth:
        """Say whether some regimen of this purpose held the drug."""
        return any_of(self._held(leaf, one) for one in self.held_by((leaf.drug,)))

    @staticmethod
    def _held(leaf: Held, one: Counted) -> Truth:
        if leaf.purpose == "unknown":
            return Truth.of(one.purpose is None)
        return one.had_purpose(leaf.purpose)

    def events(self, drugs: tuple[str, ...], purpose: str) -> tuple[Truth, ...]:
        """Say what became of the drugs of an option, in a node of this purpose, per event."""
        touching = self.held_by(drugs)
        return self._reader.events(touching, drugs, purpose) if touching else NO_EVENTS

    def open_questions(
        self, leaf: OptionEvent | Held, drugs: tuple[str, ...], purpose: str
    ) -> Iterator[str]:
        """Walk what is not recorded and keeps the leaf unknown: ``treatments[1].outcome``."""
        wanted = (leaf.drug,) if isinstance(leaf, Held) else drugs
        for one in self.held_by(wanted):
            truth = (
                self._held(leaf, one)
                if isinstance(leaf, Held)
                else event(leaf, one, drugs, purpose)
            )
            if isinstance(leaf, OptionEvent) and leaf.event == "no-outcome":
                wanted_truth = Truth.TRUE
            else:
                wanted_truth = Truth.UNKNOWN
            if truth is not wanted_truth:
                continue
            place = f"treatments[{one.regimen.index}]"
            if one.regimen.outcome is None and isinstance(leaf, OptionEvent):
                yield f"{place}.outcome"
            if one.purpose is None and (isinstance(leaf, Held) or leaf.event == "inadequate"):
                yield f"{place}.purpose"

    def regimens_for(
        self, leaf: OptionEvent | Held, drugs: tuple[str, ...], purpose: str
    ) -> tuple[Counted, ...]:
        """Give the regimens that make the leaf true."""
        if isinstance(leaf, Held):
            return self.held_by((leaf.drug,))
        return tuple(
            one for one in self.held_by(drugs) if event(leaf, one, drugs, purpose) is Truth.TRUE
        )


class RegimenReader:
    """Reads the regimens of one guideline; remembers what regimens alike say."""

    def __init__(self, guideline: Guideline) -> None:
        """Note which drugs stay in the background or are supplements, and the unstated purpose."""
        classes = guideline.drug_classes.values()
        self._background = frozenset(
            drug for one in classes if one.background for drug in guideline.drugs_of(one.name)
        )
        self._supplements = {name for name, drug in guideline.drugs.items() if drug.supplement}
        self._unstated = guideline.unstated_purpose.purpose
        self._keys = count(1)
        self._kept: dict[object, Counted] = {}
        self._events: dict[object, tuple[Truth, ...]] = {}
        self._guideline = guideline
        self._said: dict[object, str] = {}

    def told(self, regimen: Regimen) -> str:
        """Say a regimen in words."""
        same = (regimen.drugs, regimen.intolerant_of, regimen.purpose, regimen.outcome)
        said = self._said.get(same)
        if said is None:
            if len(self._said) >= MOST_KEPT:
                self._said.clear()
            said = self._said[same] = regimen_said(self._guideline, regimen)
        return dated(said, regimen)

    def counted(self, regimen: Regimen, *, known: bool) -> Counted:
        """Read a regimen; ``known`` says that an unstated purpose is the one of the content."""
        purpose = regimen.purpose or (self._unstated if known else None)
        same = (regimen.drugs, regimen.intolerant_of, purpose, regimen.outcome)
        kept = self._kept.get(same)
        if kept is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            # A key is never given twice: what is remembered under it elsewhere stays true.
            kept = self._kept[same] = self._counted(regimen, purpose, next(self._keys))
        return Counted(regimen, kept.drugs, kept.counts, kept.intolerant, kept.blamed, purpose,
                       kept.key)  # fmt: skip

    def _counted(self, regimen: Regimen, purpose: str | None, key: int) -> Counted:
        drugs = tuple(name for name in regimen.drugs if name not in self._supplements)
        others = [name for name in drugs if name not in self._background]
        counts = frozenset(others or drugs)
        named = frozenset(name for name in regimen.intolerant_of if name in drugs)
        blamed = bool(named) or len(others) <= 1
        return Counted(regimen, drugs, counts, named or counts, blamed, purpose, key)

    def events(
        self, touching: tuple[Counted, ...], drugs: tuple[str, ...], purpose: str
    ) -> tuple[Truth, ...]:
        """Say what these regimens tell of an option's drugs, per event."""
        key = (drugs, purpose, tuple([one.key for one in touching]))
        found = self._events.get(key)
        if found is None:
            if len(self._events) >= MOST_KEPT:
                self._events.clear()
            found = self._events[key] = tuple(
                any_of([event(leaf, one, drugs, purpose) for one in touching]) for leaf in EVENTS
            )
        return found


def event(leaf: OptionEvent, one: Counted, drugs: tuple[str, ...], purpose: str) -> Truth:
    """Say what one regimen tells of an option's drugs."""
    outcome = one.regimen.outcome
    match leaf.event:
        case "not-tolerated" | "perhaps-not-tolerated":
            if one.intolerant.isdisjoint(drugs):
                return Truth.FALSE
            if leaf.event == "not-tolerated" and one.regimen.intolerant_of and one.blamed:
                # A drug named as not tolerated is believed, whatever outcome stands beside it.
                return Truth.TRUE
            wanted = leaf.event == "not-tolerated"
            return one.ended(INTOLERANCE) if one.blamed is wanted else Truth.FALSE
        case "inadequate":
            if not one.counts.issuperset(drugs):
                return Truth.FALSE
            return all_of((one.ended(INADEQUATE), one.had_purpose(purpose)))
        case "inadequate-elsewhere":
            if not one.counts.issuperset(drugs):
                return Truth.FALSE
            elsewhere = one.purpose is None or one.purpose != purpose
            return all_of((one.ended(INADEQUATE), Truth.of(elsewhere)))
        case "no-outcome":
            counted = one.counts | one.intolerant
            return Truth.of(outcome is None and not counted.isdisjoint(drugs))
        case "ongoing":
            return Truth.of(outcome == "ongoing")
        case "worked":
            worked = outcome == "adequate-response"
            return Truth.of(worked and not one.counts.isdisjoint(drugs))
        case _:
            return Truth.FALSE
