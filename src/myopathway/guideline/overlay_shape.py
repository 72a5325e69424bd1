"""The shape of a site's overlay: its keys, their order, and what an editor says of each."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from myopathway.guideline.shape import Key, Shape

FILE: Final = "overlay.yaml"
Level: TypeAlias = Literal["info", "warning", "critical"]
Effect: TypeAlias = Literal["block", "hold", "warn"]
EFFECTS: Final[dict[str, Effect]] = {"excluded": "block", "caution": "hold"}
EXAMPLE: Final = "prednisolone at most 60 mg/day"

_ID = Key("id", "text", "its id: LOCAL- and what follows", form=r"LOCAL-[A-Z0-9-]+")
_SAYS = Key("says", "text", "what it says to the reader", slots=())
_DRUG = Key("drug", "text", "the drug", of="drugs")
_WHEN = Key("when", "criterion", "for whom; left out, for all", required=False)
_OF_OPTION = Key("when", "rule criterion", "for whom; left out, for all", required=False)
_GROUPS = Key("groups", "texts", "only in these groups", required=False, of="groups", least=1)
_NODES = Key("nodes", "texts", "only in these nodes", required=False, of="nodes", least=1)

UNAVAILABLE: Final = Shape(
    "unavailable drug",
    (
        _ID,
        _DRUG,
        _SAYS,
        Key("verdict", "words", "excluded (it cannot be had) or caution (on application)",
            words=tuple(EFFECTS)),
        _GROUPS,
        _NODES,
        _OF_OPTION,
    ),
)  # fmt: skip
ROUTE: Final = Shape(
    "preferred route",
    (_ID, _DRUG, _SAYS, Key("prefer", "texts", "routes that the guideline gives", least=1)),
)
MAXIMUM: Final = Shape(
    "lower maximum",
    (_ID, _SAYS, Key("limit", "text", f"the maximum in one sentence, such as: {EXAMPLE}")),
)
NOTE: Final = Shape(
    "local note",
    (
        _ID,
        _SAYS,
        Key("level", "words", "how urgent it is", words=("info", "warning", "critical")),
        Key("drugs", "texts", "said with options of these drugs, and nowhere else",
            required=False, of="drugs", least=1),
        _GROUPS,
        _NODES,
        _WHEN,
    ),
)  # fmt: skip
OVERLAY: Final = Shape(
    "overlay",
    (
        Key("id", "text", "the overlay's id", form=r"[a-z][a-z0-9-]*"),
        Key("guideline", "text", "the id of the guideline that it goes on"),
        Key("title", "text", "the site, as readers know it"),
        Key("date", "text", "its date, such as '2026-03-31'", form=r"\d{4}-\d{2}-\d{2}"),
        Key("url", "text", "where the site keeps its own rules"),
        Key("contact", "text", "whom to call, said in every answer", required=False, slots=()),
        Key("unavailable", "entries", "drugs that the site does not have", required=False,
            shape=UNAVAILABLE),
        Key("routes", "entries", "routes that the site prefers", required=False, shape=ROUTE),
        Key("maxima", "entries", "maxima below those of the guideline", required=False,
            shape=MAXIMUM),
        Key("notes", "entries", "what the site adds in words", required=False, shape=NOTE),
    ),
)  # fmt: skip
