"""Where treatment departs from the guideline: the file, and what is read of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from myopathway.criteria import ALWAYS
from myopathway.errors import nearest, shown
from myopathway.guideline.model import Departure
from myopathway.guideline.shape import Key, Shape

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from myopathway.guideline.sentences import Reader
    from myopathway.yamltext import Path, YamlText

FILE: Final = "departures.yaml"
ABOVE: Final = Shape(
    "dose",
    (
        Key("drug", "text", "the drug", of="drugs"),
        Key("amount", "number", "mg a day; more departs"),
    ),
)
DEPARTURE: Final = Shape(
    "departure",
    (
        Key("id", "text", "a short name of its own"),
        Key("says", "text", "what it says to the reader, in our own words", slots=()),
        Key("cites", "texts", "statements, interpretations or rows", least=1),
        Key("groups", "texts", "where it counts", required=False, of="groups", least=1),
        Key("nodes", "texts", "where it counts", required=False, of="nodes", least=1),
        Key("when", "criterion", "for whom; left out, for all", required=False),
        Key("given", "texts", "drugs or classes, one of which is given", required=False, least=1),
        Key("not_given", "texts", "drugs or classes, none of which is", required=False, least=1),
        Key("given_above", "entry", "the dose that departs", required=False, shape=ABOVE),
        Key("given_excluded", "flag", "a drug of an excluded option is given", required=False),
        Key("not_on_record", "text", "a measurement that the record lacks", required=False),
    ),
)
DEPARTURES: Final = Shape(
    "departures",
    (Key("departures", "entries", "where treatment departs", shape=DEPARTURE),),
)


def departures(
    text: YamlText, reader: Reader, drugs: Mapping[str, Collection[str]], known: Collection[str]
) -> tuple[Departure, ...]:
    """Read the file, whose shape was checked.

    ``drugs`` are the drugs under each name that may stand for some: their own and their classes';
    ``known`` are the ids that may be cited.
    """
    found: list[Departure] = []
    for place, one in enumerate(text.value["departures"]):
        path: Path = ("departures", place)
        for number, cite in enumerate(one["cites"]):
            _resolve(text, (*path, "cites", number), cite, known)
        if one["id"] in {other.id for other in found}:
            text.fault((*path, "id"), f"a second departure {one['id']!r}", "each id once")
        above = one.get("given_above")
        when = one.get("when")
        found.append(
            Departure(
                one["id"],
                one["says"].strip(),
                tuple(one["cites"]),
                ALWAYS if when is None else reader.criterion((*path, "when"), when),
                tuple(one.get("groups", ())),
                tuple(one.get("nodes", ())),
                _drugs(text, (*path, "given"), one.get("given", ()), drugs),
                _drugs(text, (*path, "not_given"), one.get("not_given", ()), drugs),
                (above["drug"], Decimal(str(above["amount"]))) if above else None,
                bool(one.get("given_excluded", False)),
                one.get("not_on_record", ""),
            )
        )
    return tuple(found)


def _drugs(
    text: YamlText, path: Path, names: Collection[str], drugs: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    found: dict[str, Any] = {}
    for place, name in enumerate(names):
        _resolve(text, (*path, place), name, drugs)
        found.update(dict.fromkeys(sorted(drugs.get(name, ()))))
    return tuple(found)


def _resolve(text: YamlText, path: Path, name: str, known: Collection[str]) -> None:
    if name not in known:
        text.fault(path, f"{shown(name)} resolves to nothing{nearest(name, known)}",
                   "a name that the content gives")  # fmt: skip
