"""What a submitted form holds, as text by field; buttons that answer a question are pressed here.

Field names are those of the facts; ``t1_drugs`` is the drugs of the first regimen. A fact whose
field is blank or absent is not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from myopathway.facts import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.facts import Fact, Vocabulary

Entries: TypeAlias = dict[str, list[str]]

SET: Final = "set"  # a button that answers a question: fact:value
NOW: Final = "now."  # a field beside a question: its text counts before the form's own
NONE_OF: Final = "none_of"  # says no to every yes-or-no fact of a section
ADD: Final = "add"
DROP: Final = "drop"
NONE: Final = "none"
SOME: Final = "some"
TREATMENTS: Final = "treatments"
MOST_ROWS: Final = 40
MOST_CHARACTERS: Final = 2_000
_COUNTS: Final = ("", "", "two", "three", "four", "five", "six")
_ROW: Final = re.compile(rf"t(\d{{1,3}})_({'|'.join(KEYS)})")
_ASKED: Final = re.compile(r"treatments\[(\d{1,3})\]\.(outcome|purpose)")


def entries(pairs: Iterable[tuple[str, str]]) -> Entries:
    """Collect the fields that hold something, in the order given."""
    found: Entries = {}
    for name, value in pairs:
        text = value.strip()[:MOST_CHARACTERS]
        if text:
            own = found.setdefault(name, [])
            if text not in own:
                own.append(text)
    return found


def pressed(found: Entries, vocabulary: Vocabulary) -> Entries:
    """Carry out what the buttons of the page say; what no button of ours says is left alone."""
    facts = vocabulary.facts
    done = {name: list(held) for name, held in found.items() if not _of_button(name)}
    for section in found.get(NONE_OF, []):
        for fact in glance(facts.values(), section):
            done[fact.name] = ["no"]
    for name, held in found.items():
        if name.startswith(NOW):
            _put(done, facts, name.removeprefix(NOW), held)
    for one in found.get(SET, []):
        name, _, value = one.partition(":")
        _put(done, facts, name, [value] if value else [])
    _drop(done, found.get(DROP, []))
    return done


MOST_AT_A_GLANCE: Final = 6


def glance(facts: Iterable[Fact], section: str) -> tuple[Fact, ...]:
    """Give the yes-or-no facts of a section that one person can deny in one breath.

    Empty where there are more of them than can be taken in at a glance, or fewer than two: a
    single control may then not deny them all.
    """
    own = tuple(one for one in facts if one.section == section and one.type == "boolean")
    return own if 2 <= len(own) <= MOST_AT_A_GLANCE else ()  # noqa: PLR2004 - one has its own No


def nothing(facts: Iterable[Fact]) -> str:
    """Name the control that denies facts which can be taken in at a glance."""
    return f"None of these {_COUNTS[len(tuple(facts))]}"


def rows(found: Entries) -> tuple[Entries, ...]:
    """Give the regimens as typed, without those of which nothing was said."""
    numbered: dict[int, Entries] = {}
    for name, held in found.items():
        if match := _ROW.fullmatch(name):
            numbered.setdefault(int(match[1]), {})[match[2]] = held
    return tuple(own for _, own in sorted(numbered.items()))[:MOST_ROWS]


def is_row(name: str) -> bool:
    """Say whether a field belongs to a regimen."""
    return _ROW.fullmatch(name) is not None


def _of_button(name: str) -> bool:
    return name in {SET, NONE_OF, ADD, DROP} or name.startswith(NOW)


def _put(done: Entries, facts: dict[str, Fact], name: str, held: list[str]) -> None:
    if match := _ASKED.fullmatch(name):
        _put_row(done, int(match[1]), match[2], held)
    elif name in facts:
        if name == TREATMENTS:
            _drop(done, [str(number) for number in _numbers(done)])
        done[name] = held


def _put_row(done: Entries, place: int, key: str, held: list[str]) -> None:
    numbers = _numbers(done)
    if place < len(numbers):
        done[f"t{numbers[place]}_{key}"] = held


def _drop(done: Entries, numbers: Iterable[str]) -> None:
    for number in numbers:
        for key in KEYS:
            done.pop(f"t{number}_{key}", None)


def _numbers(found: Entries) -> list[int]:
    return sorted({int(match[1]) for name in found if (match := _ROW.fullmatch(name))})
