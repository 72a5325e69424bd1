"""Shapes: what keys an entry of the content has, in which order, of which kind.

The loader checks files against them (``guideline.check``) and the editors' JSON Schema is made
from them, so that neither can know a key that the other does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from myopathway.guideline.check import Checker

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from myopathway.yamltext import Path, YamlText


class Key(msgspec.Struct, frozen=True):
    """One key of a shape.

    ``kind``: text, texts, number, numbers, integer, flag, words (a text out of ``words``), entry
    (of ``shape``), entries (a list), named (a mapping from a name to an entry), criterion, rule
    criterion (it may speak of the option that is judged), doses, labels (a mapping from a word
    to a text), facts (a facts document), expectation (of a vignette).

    ``of`` names a list of words made of the content itself (its drugs, its nodes, ...) out of
    which a text, texts or numbers must come. ``slots`` are the ``{words}`` that the engine fills
    in; None allows any. ``least`` is the least number of members, ``form`` the regular
    expression of a text, or of the members' names.
    """

    name: str
    kind: str
    says: str
    required: bool = True
    words: tuple[str, ...] = ()
    of: str = ""
    shape: Shape | None = None
    slots: tuple[str, ...] | None = None
    least: int = 0
    form: str = ""


class Shape(msgspec.Struct, frozen=True):
    """The keys of an entry in their fixed order: reason first, machine part after."""

    name: str
    keys: tuple[Key, ...]

    def check(
        self,
        text: YamlText,
        path: Path,
        value: object,
        words: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Note every unknown, missing or misplaced key and every value of the wrong kind."""
        Checker(text, words or {}).entry(self, path, value)
