"""What the engine, not a fact of the patient, finds worth a message: each with its own words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myopathway.engine.history import INADEQUATE, INTOLERANCE
from myopathway.engine.options import exhausted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.outcome import DrugDose, TherapyAnswer
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Notice


def texts(
    notice: Notice,
    situation: Situation,
    therapies: tuple[TherapyAnswer, ...],
    occasions: tuple[str, ...],
) -> Iterator[str]:
    """Give the notice's text for each time that its occasion arises."""
    match notice.occasion:
        case "exhausted":
            for therapy in therapies:
                if exhausted(therapy):
                    names = ", ".join(option.id for option in therapy.options)
                    yield notice.says.replace("{therapy}", names)
        case "works-but-not-listed":
            yield from _naming(notice, _working(situation, therapies))
        case "unrecorded":
            yield from _naming(notice, _unrecorded(situation))
        case "not-counted":
            yield from _naming(notice, _not_counted(situation))
        case "held":
            held = [
                one.drug for one in _drugs(therapies) if any(part.capped for part in one.calculated)
            ]
            yield from _naming(notice, _titles(situation, held))
        case "no-figure":
            silent = [one.drug for one in _drugs(therapies) if not one.calculated]
            if silent:
                yield notice.says
        case "adjusted-weight":
            if any(_adjusted(situation, one) for one in _drugs(therapies)):
                yield notice.says
        case "lower-age":
            age = situation.guideline.adult.fact
            stated, used = situation.stated.get(age), situation.known.get(age)
            if stated is not None and used is not None and stated.value != used.value:
                yield notice.says
        case "implied":
            for one in situation.implied:
                yield notice.says.replace("{implication}", one.says)
        case occasion if occasion in occasions:
            yield notice.says
        case _:
            return


def _naming(notice: Notice, names: list[str]) -> Iterator[str]:
    if names:
        yield notice.says.replace("{drugs}", ", ".join(names))


def _titles(situation: Situation, names: Iterable[str]) -> list[str]:
    drugs = situation.guideline.drugs
    return [drugs[name].title for name in dict.fromkeys(names)]


def _drugs(therapies: tuple[TherapyAnswer, ...]) -> Iterator[DrugDose]:
    """Walk the drugs of options that are not excluded."""
    for therapy in therapies:
        for option in therapy.options:
            if option.verdict != "excluded":
                yield from option.drugs


def _working(situation: Situation, therapies: tuple[TherapyAnswer, ...]) -> list[str]:
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


def _unrecorded(situation: Situation) -> list[str]:
    """Give the regimens whose outcome or purpose is not recorded."""
    regimens = situation.history.regimens if situation.history is not None else ()
    return [
        situation.told(one.regimen)
        for one in regimens
        if one.regimen.outcome is None or one.regimen.purpose is None
    ]


def _not_counted(situation: Situation) -> list[str]:
    """Give the drugs of regimens that ended badly for which that end does not count."""
    found: list[str] = []
    for one in situation.history.regimens if situation.history is not None else ():
        counted = {INADEQUATE: one.counts, INTOLERANCE: one.intolerant}.get(
            one.regimen.outcome or "", frozenset(one.drugs)
        )
        found += [drug for drug in one.drugs if drug not in counted]
    return _titles(situation, found)


def _adjusted(situation: Situation, one: DrugDose) -> bool:
    """Say whether a drug is dosed by another weight than the first one asks for."""
    weights = situation.guideline.drugs[one.drug].dose_weight
    return (
        len(weights) > 1
        and bool(one.calculated)
        and isinstance(situation.value(weights[0]), Decimal)
    )
