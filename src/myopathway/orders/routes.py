"""Routes of an order: the words people use for the routes that the sources name."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = {
    "oral": {"oral", "orally", "po", "mouth", "peroral"},
    "subcutaneous": {"subcutaneous", "subcutaneously", "subcut", "sc", "sq"},
    "intramuscular": {"intramuscular", "intramuscularly", "im"},
    "intravenous": {"intravenous", "intravenously", "iv"},
}  # fmt: skip
_WORD: Final = re.compile(r"[a-z]+")


def route_of(texts: list[str]) -> str:
    """Give the route that these texts name; one that is not known stays as written."""
    for text in texts:
        words = set(_WORD.findall(text.lower()))
        found = [route for route, known in _WORDS.items() if not known.isdisjoint(words)]
        if len(found) == 1:
            return found[0]
    return " ".join(texts[0].split()) if texts else ""
