"""What the engine, not a fact of the patient, finds worth a message: each with its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from myopathway.engine.history import INADEQUATE, INTOLERANCE
from myopathway.engine.options import exhausted
from myopathway.engine.outcome import TherapyAnswer
from myopathway.engine.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from myopathway.engine.outcome import DrugDose
    from myopathway.guideline.model import Notice

Therapies: TypeAlias = tuple[TherapyAnswer, ...]


class Occasion(msgspec.Struct, frozen=True):
    """What an answer may give occasion to: the patient, the therapies, what the record was."""

    situation: Situation
    therapies: Therapies
    named: tuple[str, ...]


def texts(notice: Notice, seen: Occasion) -> list[str]:
    """Give the notice's text for each time that its occasion arises."""
    occasion = notice.occasion
    if occasion in _NAMING:
        names = _NAMING[occasion](seen.situation, seen.therapies)
        return [notice.says.replace("{drugs}", ", ".join(names))] if names else []
    if occasion == "exhausted":
        return [
            notice.says.replace("{therapy}", ", ".join([option.id for option in one.options]))
            for one in seen.therapies
            if exhausted(one)
        ]
    if occasion == "implied":
        implied = seen.situation.implied
        return [notice.says.replace("{implication}", one.says) for one in implied]
    if occasion in seen.named:
        return [notice.says]
    plain = _PLAIN.get(occasion)
    return [notice.says] if plain is not None and plain(seen.situation, seen.therapies) else []


def _titles(situation: Situation, names: Iterable[str]) -> list[str]:
    drugs = situation.guideline.drugs
    return [drugs[name].title for name in dict.fromkeys(names)]


def _drugs(therapies: Therapies) -> Iterator[DrugDose]:
    """Walk the drugs of options that are not excluded."""
    for therapy in therapies:
        for option in therapy.options:
            if option.verdict != "excluded":
                yield from option.drugs


def _working(situation: Situation, therapies: Therapies) -> list[str]:
    """Give the drugs that are being given or worked and are in no option."""
    listed = {
        drug.drug for therapy in therapies for option in therapy.options for drug in option.drugs
    }
    history = situation.history
    found = [
        drug
        for one in (history.regimens if history is not None else ())
        if one.regimen.outcome in ("ongoing", "adequate-response")
        for drug in one.drugs
        if drug not in listed and drug in one.counts
    ]
    return _titles(situation, found)


def _held(situation: Situation, therapies: Therapies) -> list[str]:
    """Give the drugs of which an end of the dose is held at the ceiling."""
    held = [one.drug for one in _drugs(therapies) if any(part.capped for part in one.calculated)]
    return _titles(situation, held)


def _unrecorded(situation: Situation, _: Therapies) -> list[str]:
    """Give the regimens whose outcome or purpose is not recorded."""
    regimens = situation.history.regimens if situation.history is not None else ()
    return [
        situation.told(one.regimen)
        for one in regimens
        if one.regimen.outcome is None or one.regimen.purpose is None
    ]


def _not_counted(situation: Situation, _: Therapies) -> list[str]:
    """Give the drugs of regimens that ended badly for which that end does not count."""
    found: list[str] = []
    for one in situation.history.regimens if situation.history is not None else ():
        counted = {INADEQUATE: one.counts, INTOLERANCE: one.intolerant}.get(
            one.regimen.outcome or "", frozenset(one.drugs)
        )
        found += [drug for drug in one.drugs if drug not in counted]
    return _titles(situation, found)


def _no_figure(_: Situation, therapies: Therapies) -> bool:
    """Say whether a drug of the answer has no dose worked out."""
    return any(not one.calculated for one in _drugs(therapies))


def _adjusted(situation: Situation, therapies: Therapies) -> bool:
    """Say whether a drug is dosed by another weight than the first one asks for."""
    for one in _drugs(therapies):
        weights = situation.guideline.drugs[one.drug].dose_weight
        if len(weights) > 1 and one.calculated and situation.value(weights[0]) is not None:
            return True
    return False


def _lower_age(situation: Situation, _: Therapies) -> bool:
    """Say whether another age is used than the one stated."""
    age = situation.guideline.adult.fact
    stated, used = situation.stated.get(age), situation.known.get(age)
    return stated is not None and used is not None and stated.value != used.value


_NAMING: Final[dict[str, Callable[[Situation, Therapies], list[str]]]] = {
    "works-but-not-listed": _working,
    "unrecorded": _unrecorded,
    "not-counted": _not_counted,
    "held": _held,
}
_PLAIN: Final[dict[str, Callable[[Situation, Therapies], bool]]] = {
    "no-figure": _no_figure,
    "adjusted-weight": _adjusted,
    "lower-age": _lower_age,
}
