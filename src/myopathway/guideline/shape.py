"""Shapes: what keys an entry of the content has, in which order, of which kind.

The loader checks files against them (``Shape.check``) and the editors' JSON Schema is made from
them, so that neither can know a key that the other does not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from myopathway.errors import nearest, shown

if TYPE_CHECKING:
    from myopathway.yamltext import Path, YamlText


class Key(msgspec.Struct, frozen=True):
    """One key of a shape.

    ``kind``: text, texts, number, integer, flag, words (a text out of ``words``), entry (of
    ``shape``), entries (a list), named (a mapping from a name to an entry), criterion, dose,
    labels (a mapping from a word to a text).
    """

    name: str
    kind: str
    says: str
    required: bool = True
    words: tuple[str, ...] = ()
    shape: Shape | None = None


class Shape(msgspec.Struct, frozen=True):
    """The keys of an entry in their fixed order: reason first, machine part after."""

    name: str
    keys: tuple[Key, ...]

    def check(self, text: YamlText, path: Path, value: object) -> None:
        """Note every unknown, missing or misplaced key and every value of the wrong kind."""
        if not isinstance(value, dict):
            want = "an entry with the keys " + ", ".join(key.name for key in self.keys)
            text.fault(path, f"found {shown(value)}", want)
            return
        known = {key.name: key for key in self.keys}
        for name in value:
            if name not in known:
                hint = nearest(name, known)
                text.fault((*path, name), f"no such key {shown(name)}{hint}", ", ".join(known))
        order = [name for name in value if name in known]
        wanted = [name for name in known if name in value]
        if order != wanted:
            text.fault((*path, order[0]), "keys in another order", ", ".join(wanted))
        for key in self.keys:
            if key.name in value:
                _check(key, text, (*path, key.name), value[key.name])
            elif key.required:
                text.fault(path, f"the key {key.name!r} is missing", key.says)


def _check(key: Key, text: YamlText, path: Path, value: Any) -> None:  # noqa: ANN401, PLR0912, C901
    match key.kind:
        case "text" if isinstance(value, str) and value.strip():
            if any(word in value for word in ("TODO", "FIXME", "{{")):
                text.fault(path, "placeholder text", "the finished text")
        case "texts" if isinstance(value, list):
            for place, member in enumerate(value):
                if not isinstance(member, str | int) or isinstance(member, bool):
                    text.fault((*path, place), f"found {shown(member)}", key.says)
        case "number" if isinstance(value, int | Decimal) and not isinstance(value, bool):
            pass
        case "integer" if isinstance(value, int) and not isinstance(value, bool):
            pass
        case "flag" if isinstance(value, bool):
            pass
        case "words" if isinstance(value, str) and value in key.words:
            pass
        case "labels" if isinstance(value, dict):
            for name, label in value.items():
                if not isinstance(label, str):
                    text.fault((*path, name), f"found {shown(label)}", "a text")
        case "entry" if key.shape is not None:
            key.shape.check(text, path, value)
        case "entries" if isinstance(value, list) and key.shape is not None:
            for place, member in enumerate(value):
                key.shape.check(text, (*path, place), member)
        case "named" if isinstance(value, dict) and key.shape is not None:
            for name, member in value.items():
                key.shape.check(text, (*path, name), member)
        case "criterion" | "facts":
            pass  # read by guideline.sentences and by the vocabulary, which note their faults
        case "doses" if isinstance(value, list) and all(isinstance(one, str) for one in value):
            pass
        case _:
            want = ", ".join(key.words) if key.words else key.says
            text.fault(path, f"{key.name}: found {shown(value)}", want)
