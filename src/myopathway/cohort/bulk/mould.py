"""The mould of a line: the bytes that lines of one kind share, and the holes between them.

A line that has the bytes of a mould, and in its holes only what cannot change how it is taken
apart (digits for digits, plain characters for those of a text), says what that line said from which
the mould was taken, but for what stands in the holes: so it need not be parsed. In what the reader
looks at there are holes for the id, the patient, days with their times, and one number.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np

from myopathway.cohort.bulk.arrays import Bytes, Truths
from myopathway.cohort.bulk.columns import LAYOUTS
from myopathway.cohort.bulk.parts import Parts, Scalar, Span
from myopathway.fhir.plain import day_of

_Sort: TypeAlias = tuple[int, int]

WORD: Final = 8  # bytes
DAY: Final = 10  # characters
_DATE: Final = re.compile(rb"\d{4}-\d\d-\d\d(?:T[#-\[\]-~]*)?\Z")
# Characters from # to ~ but the backslash: none of them ends a text or changes the next one.
_PLAIN: Final = re.compile(rb"([#-\[\]-~]{1,64})\Z")
# Of these the ones that no reference takes for more than a part of an id.
_OWNER: Final = re.compile(rb"Patient/([0-\[\]-~.-]{1,64})\Z")
_NUMBER: Final = re.compile(rb"-?(\d+)(?:\.(\d+))?\Z")
MOST_DIGITS: Final = 9  # of a value
_ESCAPED: Final = re.compile(rb"\\(?:u....|.)")
_BACKSLASH: Final = ord("\\")
# What may stand in a hole: a character, and how many that follow it.
_TEXT: Final = (ord("#"), ord("~") - ord("#"))
_NAME: Final = (ord("0"), ord("~") - ord("0"))  # no / among them
_DIGIT: Final = (ord("0"), 9)
_FIRST: Final = (ord("1"), 8)
_ID: Final = ("id",)
_VALUE: Final = ("valueQuantity", "value")
_BORN: Final = "birthDate"
_DOSAGE: Final = "dosageInstruction"
_DOSE: Final = (_DOSAGE, 0, "text")
_LOOKED_AT: Final = frozenset({"text", "route"})  # of a dosage


class Mould(msgspec.Struct, frozen=True, eq=False):
    """Byte by byte the least that a line of this length has, and how much more it may be.

    ``holes`` are the places that are not fixed. Of the spans ``id`` and ``owner`` name resource
    and patient, ``dates`` stand in the order of the layout (None where there is none; of a Patient
    it is the date of birth). ``digits`` are the places of the digits of the value, if it is part of
    the form; ``said`` is what the form is made of beside it.
    """

    length: int
    low: Bytes
    more: Bytes
    holes: Truths
    id: Span
    owner: Span
    dates: tuple[Span | None, ...]
    digits: tuple[int, ...]
    said: tuple[object, ...]


def mould_of(kind: str, line: bytes, parts: Parts, *, is_mute: bool) -> Mould | None:
    """Make the mould of a line of JSON; None where such lines have to be looked at one by one.

    ``is_mute`` says that no fact is read from it, whatever it says beside its code.
    """
    if not parts.is_fine or not _is_ordinary(kind, parts, line, is_mute=is_mute):
        return None
    made = _Maker(kind, line, is_mute=is_mute)
    return made.mould(parts) if all(map(made.take, parts.scalars)) else None


class _Maker:
    """A mould in the making."""

    def __init__(self, kind: str, line: bytes, *, is_mute: bool) -> None:
        """Begin with a line in which all is fixed."""
        layout = LAYOUTS[kind]
        self._line = line
        self._owner = (layout.owner, "reference") if layout.owner else _ID
        self._dates = () if is_mute else layout.dates if layout.owner else (_BORN,)
        self._read = {"resourceType", layout.code}
        if not is_mute:
            self._read |= {*layout.texts, *self._dates, *layout.more}
            self._read |= {_DOSAGE} if layout.dosed else set()
        width = len(line) + -len(line) % WORD
        self._low, self._more = np.zeros((2, width), np.uint8)
        self._low[: len(line)] = np.frombuffer(line, np.uint8)
        self._more[len(line) :] = 255
        self._holes = np.zeros(width, bool)
        self._spans: dict[Any, Span] = {}
        self._digits: list[int] = []
        self._is_escaped = b"\\" in line

    def take(self, one: Scalar) -> bool:
        """Open holes in a scalar; False where lines with it have no mould."""
        top, text = one.path[0], self._line[one.start : one.end]
        if one.path == self._owner:
            return self._name(one, _PLAIN if self._owner == _ID else _OWNER, _NAME)
        if one.path == _ID:
            return self._name(one, _PLAIN, _TEXT)
        if top in self._dates:
            return self._date(one, text)
        if top not in self._read or (top == _DOSAGE and one.path[2] not in _LOOKED_AT):
            if one.is_text:
                self._open(one.start, one.end, _TEXT)
            elif number := _NUMBER.match(text):
                self._number(one.start, number)
        elif one.path == _VALUE:
            number = None if one.is_text else _NUMBER.match(text)
            if number is None:
                return False
            self._number(one.start, number)
            self._digits = [place for place in range(one.start, one.end) if self._holes[place]]
            return len(self._digits) <= MOST_DIGITS
        return True

    def _name(self, one: Scalar, pattern: re.Pattern[bytes], sort: _Sort) -> bool:
        found = pattern.match(self._line[one.start : one.end]) if one.is_text else None
        if found is None:
            return False
        span = (one.start + found.start(1), one.end)
        self._spans[one.path] = span
        self._open(*span, sort)
        return True

    def _date(self, one: Scalar, text: bytes) -> bool:
        fits = one.is_text and len(one.path) == 1 and _DATE.match(text)
        if not fits or not day_of(text.decode()) or (one.path[0] == _BORN and len(text) > DAY):
            return False
        self._spans[one.path[0]] = (one.start, one.end)
        self._open(one.start, one.start + DAY, _DIGIT)
        self._open(one.start + DAY + 1, one.end, _TEXT)
        return True

    def _number(self, start: int, number: re.Match[bytes]) -> None:
        """Open holes for digits; where more than one stands before the point the first is no 0."""
        begin, end = (start + at for at in number.span(1))
        self._open(begin, begin + 1, _FIRST if end - begin > 1 else _DIGIT)
        self._open(begin + 1, end, _DIGIT)
        if number.group(2) is not None:
            self._open(start + number.start(2), start + number.end(2), _DIGIT)

    def _open(self, start: int, end: int, sort: _Sort) -> None:
        """Open a hole, but where characters of another sort stand or such as are escaped."""
        escaped = {
            place
            for found in _ESCAPED.finditer(self._line, start, end)
            for place in range(*found.span())
        } if self._is_escaped else ()  # fmt: skip
        for place in range(start, end):
            if sort[0] <= self._line[place] <= sum(sort) and place not in escaped:
                self._low[place], self._more[place] = sort
                self._holes[place] = True

    def mould(self, parts: Parts) -> Mould | None:
        """Give the mould; None where the line names no patient or has no id."""
        if not self._spans.keys() >= {_ID, self._owner}:
            return None
        dates = tuple(self._spans.get(name) for name in self._dates)
        said: list[object] = [one is None for one in dates]
        for name in sorted((self._read & parts.members.keys()) - {*self._dates}):
            start, end = parts.members[name]
            shown = bytearray(self._line[start:end])
            for place in self._digits:
                if start <= place < end:
                    shown[place - start] = ord("0")
            said += [name, bytes(shown)]
        return Mould(
            len(self._line), self._low, self._more, self._holes, self._spans[_ID],
            self._spans[self._owner], dates, tuple(self._digits), tuple(said),
        )  # fmt: skip


def _is_ordinary(kind: str, parts: Parts, line: bytes, *, is_mute: bool) -> bool:
    """Say whether nothing stands in a line for which lines are looked at one by one."""
    layout, members = LAYOUTS[kind], parts.members
    if is_mute:
        return "component" not in members
    rest = {*layout.rest} - {_BORN, *layout.more}
    if rest & members.keys():
        return False
    if any(line[slice(*members[name])] == b"null" for name in members.keys() & layout.columns):
        return False
    if not layout.dosed or _DOSAGE not in members:
        return True
    dosage = [one for one in parts.scalars if one.path[0] == _DOSAGE]
    return (
        bool(dosage)
        and all(one.path[1:2] == (0,) and len(one.path) >= len(_DOSE) for one in dosage)
        and all(one.is_text for one in dosage if one.path == _DOSE)
        and b"boundsPeriod" not in line[slice(*members[_DOSAGE])]
    )
