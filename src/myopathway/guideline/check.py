"""Content held against its shapes: every key that is unknown, missing, misplaced or ill filled."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.errors import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from myopathway.guideline.shape import Key, Shape
    from myopathway.yamltext import Path, YamlText

Value: TypeAlias = Any  # whatever YAML can hold

PLACEHOLDERS: Final = ("TODO", "FIXME", "{{")
_SLOT: Final = re.compile(r"\{(\w*)\}")
_FEW: Final = 20


class Checker:
    """Checks the values of one file; notes a fault at the line of each that is wrong.

    ``words`` holds the content's own lists of words (see ``Key.of``); a list that is not known,
    because its file is broken, is not asked.
    """

    def __init__(self, text: YamlText, words: Mapping[str, Collection[str]]) -> None:
        """Check this file, with these words."""
        self._text = text
        self._words = words

    def entry(self, shape: Shape, path: Path, value: Value) -> None:
        """Check an entry: its keys, their order, and what each holds."""
        if not isinstance(value, dict):
            want = "an entry with the keys " + ", ".join(key.name for key in shape.keys)
            self._text.fault(path, f"found {told(value)}", want)
            return
        known = {key.name: key for key in shape.keys}
        for name in value:
            if name not in known:
                found = f"no such key {shown(name)}{nearest(name, known)}"
                self._text.fault((*path, name), found, ", ".join(known))
        order = [name for name in value if name in known]
        wanted = [name for name in known if name in value]
        for name, right in zip(order, wanted, strict=True):
            if name != right:
                self._text.fault((*path, name), "keys in another order", ", ".join(wanted))
                break
        for key in shape.keys:
            if key.name in value:
                self.value(key, (*path, key.name), value[key.name])
                self._swallowed(key, shape, (*path, key.name), value[key.name])
            elif key.required:
                self._text.fault(path, f"the key {key.name!r} is missing", key.says)

    def value(self, key: Key, path: Path, value: Value) -> None:
        """Check what a key holds."""
        if key.shape is not None:
            self._nested(key, key.shape, path, value)
        elif not _KINDS[key.kind](value) or (key.words and value not in key.words):
            self._odd(key, path, value)
        elif key.kind not in _SENTENCES:
            if isinstance(value, list) and len(value) < key.least:
                self._text.fault(path, f"{key.name}: nothing in the list", key.says)
            for place, member in _members(value):
                self._member(key, path if place is None else (*path, place), member)
                if place and key.of and isinstance(value, list) and member in value[:place]:
                    self._text.fault((*path, place), f"{shown(member)} stands twice", "each once")

    def _nested(self, key: Key, shape: Shape, path: Path, value: Value) -> None:
        if key.kind == "entry":
            self.entry(shape, path, value)
        elif not isinstance(value, list if key.kind == "entries" else dict):
            self._text.fault(path, f"{key.name}: found {told(value)}", key.says)
        elif len(value) < key.least:
            self._text.fault(path, f"{key.name}: nothing in it", key.says)
        else:
            for place, member in _members(value):
                if key.form and not re.fullmatch(key.form, str(place)):
                    want = f"a name of the form {key.form}"
                    self._text.fault((*path, place), f"{shown(place)} is no name here", want)
                self.entry(shape, (*path, place), member)

    def _odd(self, key: Key, path: Path, value: Value) -> None:
        """Note a value of the wrong kind; of a list, at each member that is."""
        single = _SINGLE.get(key.kind)
        if single is not None and isinstance(value, list | dict):
            odd = [place for place, member in _members(value) if not single(member)]
            for place in odd:
                self._text.fault((*path, place), f"found {told(value[place])}", key.says)
            if odd:
                return
        hint = nearest(value, key.words) if isinstance(value, str) else ""
        want = ", ".join(key.words) or key.says
        self._text.fault(path, f"{key.name}: found {told(value)}{hint}", want)

    def _member(self, key: Key, path: Path, member: Value) -> None:
        """Note a word that the content does not know, and a text that is not finished."""
        known = self._words.get(key.of) if key.of else None
        if known is not None and str(member) not in known:
            want = ", ".join(sorted(known)) if len(known) <= _FEW else f"one of the {key.of}"
            found = f"{shown(member)} resolves to nothing{nearest(str(member), known)}"
            self._text.fault(path, found, want)
        if not isinstance(member, str):
            return
        if key.kind == "text" and key.form and not re.fullmatch(key.form, member):
            self._text.fault(path, f"{key.name}: found {told(member)}", key.says)
        if any(word in member for word in PLACEHOLDERS):
            self._text.fault(path, "placeholder text", "the finished text")
        elif key.slots is not None:
            for slot in _SLOT.findall(member):
                if slot not in key.slots:
                    want = ", ".join(f"{{{one}}}" for one in key.slots) or "a text without {...}"
                    self._text.fault(path, f"nothing fills in {{{slot}}}", want)

    def _swallowed(self, key: Key, shape: Shape, path: Path, value: Value) -> None:
        """Note a key that stands too far in, and so became a part of the text above it."""
        if not isinstance(value, str):
            return
        for other in shape.keys:
            if re.search(rf"(?:^|\s){re.escape(other.name)}:\s", value):
                want = f"{other.name} on a line of its own, as far in as {key.name}"
                self._text.fault(path, f"the key {other.name!r} inside a text", want)


def told(value: Value) -> str:
    """Show a found value as YAML writes it, not as Python does."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, Decimal) else shown(value)


def _members(value: Value) -> list[tuple[Any, Value]]:
    """Give the members of a list or mapping by their place; of a single value, itself."""
    if isinstance(value, list):
        return list(enumerate(value))
    return list(value.items()) if isinstance(value, dict) else [(None, value)]


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_integer(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _all(single: Callable[[Value], bool], kind: type) -> Callable[[Value], bool]:
    return lambda value: (
        isinstance(value, kind) and all(single(member) for _, member in _members(value))
    )


# Sentences, facts documents and expectations are read by their own grammar, which notes its faults.
_SENTENCES: Final = ("criterion", "rule criterion", "facts", "expectation", "open")
_SINGLE: Final[dict[str, Callable[[Value], bool]]] = {
    "texts": _is_text,
    "doses": _is_text,
    "labels": _is_text,
    "numbers": _is_integer,
}
_KINDS: Final[dict[str, Callable[[Value], bool]]] = {
    "text": _is_text,
    "words": _is_text,
    "texts": _all(_is_text, list),
    "doses": _all(_is_text, list),
    "labels": _all(_is_text, dict),
    "integer": _is_integer,
    "number": lambda value: isinstance(value, Decimal) or _is_integer(value),
    "numbers": _all(_is_integer, list),
    "flag": lambda value: isinstance(value, bool),
    **dict.fromkeys(_SENTENCES, lambda _: True),
}
