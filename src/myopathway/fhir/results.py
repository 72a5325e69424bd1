"""The result of a laboratory test that is positive or negative, however it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.errors import Fault, InputError
from myopathway.fhir.codes import FACTS
from myopathway.fhir.plain import as_map, as_maps, as_text, brief, codes_of, words_of
from myopathway.fhir.values import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.facts import Fact
    from myopathway.fhir.plain import Resource

INTERPRETATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_BY_CODE: Final = {
    "POS": True,
    "DET": True,
    "RR": True,
    "NEG": False,
    "ND": False,
    "NR": False,
    "E": None,
    "IND": None,
    "WR": None,
}
_POSITIVE: Final = frozenset({"positive", "pos", "detected", "reactive", "present"})
_NEGATIVE: Final = frozenset(
    {
        "negative", "neg", "not detected", "non-detected", "non-reactive", "nonreactive",
        "non reactive", "not reactive", "none detected", "absent", "not present", "undetected",
    }
)  # fmt: skip
_WEAK: Final = (
    "weak", "equivocal", "borderline", "indeterminate", "inconclusive", "low", "trace", "doubtful",
    "intermediate", "grey zone", "gray zone", "invalid", "possible",
)  # fmt: skip
_WORDED: Final = ("valueCodeableConcept", "valueString", "valueBoolean")
# What a terminology appends to the name of a value.
_TAG: Final = " (qualifier value)"


def is_positive(fact: Fact, carrier: Resource) -> bool:
    """Say whether a result is positive; raises ``InputError`` where it is in doubt."""
    if carrier.get("dataAbsentReason") is not None:
        raise InputError([Fault(fact.name, "no value")])
    verdicts = set(_interpreted(carrier))
    words = ""
    if not verdicts or any(carrier.get(key) is not None for key in _WORDED):
        name, raw = value_of(fact, carrier)
        match name:
            case "valueBoolean" if isinstance(raw, bool):
                verdicts.add(raw)
            case "valueString":
                texts = [as_text(raw)]
                verdicts |= set(_worded(texts))
                words = brief(texts[0])
            case "valueCodeableConcept":
                texts = [*words_of(raw), *codes_of(raw, FACTS)]
                verdicts |= set(_worded(texts))
                codes = [as_text(one.get("code")) for one in as_maps(as_map(raw).get("coding"))]
                words = brief(next((one for one in (*texts, *codes) if one), ""))
            case _:
                pass
    if len(verdicts) == 1 and (verdict := verdicts.pop()) is not None:
        return verdict
    if len(verdicts) > 1 and None not in verdicts:
        found = "a result that is called positive and negative"
    elif verdicts or words:
        found = f"an uncertain result {words!r}" if words else "an uncertain result"
    else:
        found = "a number without a reading, which needs the laboratory's own limit"
    raise InputError([Fault(fact.name, found, "positive or negative")])


def _interpreted(carrier: Resource) -> Iterator[bool | None]:
    for concept in as_maps(carrier.get("interpretation")):
        codes = codes_of(concept, INTERPRETATION)
        known = [_BY_CODE[code] for code in codes if code in _BY_CODE]
        yield from known or _worded(words_of(concept))


def _worded(texts: list[str]) -> Iterator[bool | None]:
    """Read whole texts; what only qualifies (``weak``) makes the result uncertain."""
    for text in texts:
        folded = " ".join(text.lower().removesuffix(_TAG).rstrip(".").split())
        if folded in _POSITIVE:
            yield True
        elif folded in _NEGATIVE:
            yield False
        elif any(word in folded for word in _WEAK):
            yield None
