"""What the engine, not a fact of the patient, finds worth a message: each with its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.engine.counted import INADEQUATE, INTOLERANCE
from myopathway.engine.options import exhausted
from myopathway.facts import plain_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.engine.served import Served
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Notice

OTHER_DRUGS: Final = "other_drugs"


class Occasion:
    """What an answer may give occasion to: the patient, the therapies, what the record was."""

    def __init__(
        self, situation: Situation, served: Served, named: tuple[str, ...], spoken: frozenset[str]
    ) -> None:
        """See the patient and the therapies.

        ``named`` are occasions that the reader noted, ``spoken`` the drugs of which rules speak.
        """
        self.spoken = spoken
        self.situation = situation
        self.therapies = served.therapies
        self.named = named
        self.regimens = situation.history.regimens if situation.history is not None else ()
        # The drugs of options that are not excluded.
        self.drugs = served.open


def teller(notice: Notice) -> Callable[[Occasion], list[str]]:
    """Give what gives the notice's text for each time that its occasion arises."""
    occasion, says = notice.occasion, notice.says
    if occasion in _NAMING:
        naming = _NAMING[occasion]

        def named(seen: Occasion) -> list[str]:
            names = naming(seen)
            return [says.replace("{drugs}", ", ".join(names))] if names else []

        return named
    if occasion == "exhausted":
        return lambda seen: [
            says.replace("{therapy}", ", ".join([option.id for option in one.options]))
            for one in seen.therapies
            if exhausted(one)
        ]
    if occasion == "implied":
        return lambda seen: [
            says.replace("{implication}", one.says) for one in seen.situation.implied
        ]
    plain = _PLAIN.get(occasion)
    if plain is None:
        return lambda seen: [says] if occasion in seen.named else []
    return lambda seen: [says] if occasion in seen.named or plain(seen) else []


def _titles(seen: Occasion, names: list[str]) -> list[str]:
    drugs = seen.situation.guideline.drugs
    return [drugs[name].title for name in dict.fromkeys(names)] if names else names


def _working(seen: Occasion) -> list[str]:
    """Give the drugs that are being given or worked and are in no option."""
    found = [
        drug
        for one in seen.regimens
        if one.regimen.outcome in ("ongoing", "adequate-response")
        for drug in one.drugs
        if drug in one.counts
    ]
    if not found:
        return found
    listed = {
        drug.drug
        for therapy in seen.therapies
        for option in therapy.options
        for drug in option.drugs
    }
    return _titles(seen, [drug for drug in found if drug not in listed])


def _held(seen: Occasion) -> list[str]:
    """Give the drugs of which an end of the dose is held at the ceiling."""
    held = [one.drug for one in seen.drugs for part in one.calculated if part.capped]
    return _titles(seen, held)


def _unrecorded(seen: Occasion) -> list[str]:
    """Give the regimens whose outcome or purpose is not recorded."""
    return [
        seen.situation.told(one.regimen)
        for one in seen.regimens
        if one.regimen.outcome is None or one.regimen.purpose is None
    ]


def _not_counted(seen: Occasion) -> list[str]:
    """Give the drugs of regimens that ended badly for which that end does not count."""
    found: list[str] = []
    for one in seen.regimens:
        if one.regimen.outcome == INADEQUATE:
            found += [drug for drug in one.drugs if drug not in one.counts]
        elif one.regimen.outcome == INTOLERANCE:
            found += [drug for drug in one.drugs if drug not in one.intolerant]
    return _titles(seen, found)


def _unknown(seen: Occasion) -> list[str]:
    """Give the other drugs that are taken and of which no rule speaks."""
    taken = seen.situation.value(OTHER_DRUGS)
    names = taken if isinstance(taken, tuple) else ()
    return [name for name in names if isinstance(name, str) and plain_name(name) not in seen.spoken]


def _no_figure(seen: Occasion) -> bool:
    """Say whether a drug of the answer has no dose worked out."""
    return () in [one.calculated for one in seen.drugs]


def _adjusted(seen: Occasion) -> bool:
    """Say whether a drug is dosed by another weight than the first one asks for."""
    for one in seen.drugs:
        weights = seen.situation.guideline.drugs[one.drug].dose_weight
        if len(weights) > 1 and one.calculated and seen.situation.value(weights[0]) is not None:
            return True
    return False


def _lower_age(seen: Occasion) -> bool:
    """Say whether another age is used than the one stated."""
    situation = seen.situation
    age = situation.guideline.adult.fact
    stated, used = situation.stated.get(age), situation.known.get(age)
    return stated is not None and used is not None and stated.value != used.value


_NAMING: Final[dict[str, Callable[[Occasion], list[str]]]] = {
    "works-but-not-listed": _working,
    "unrecorded": _unrecorded,
    "not-counted": _not_counted,
    "held": _held,
    "unknown-drugs": _unknown,
}
_PLAIN: Final[dict[str, Callable[[Occasion], bool]]] = {
    "no-figure": _no_figure,
    "adjusted-weight": _adjusted,
    "lower-age": _lower_age,
}
