"""What if: the present answer beside the answer with one fact changed, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.engine.outcome import Reason
from myopathway.render.views import therapy_views
from myopathway.render.words import (
    LEVELS,
    capital,
    fact_says,
    fact_value,
    listed,
    node_title,
    small,
)
from myopathway.web.screen import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.render.views import OptionView
    from myopathway.web.reading import Reading

FACT: Final = "if"  # the form's field: which fact is changed
VALUE: Final = "if.to"
_ABSENT: Final = "not an option here"
_MOST_PLACES: Final = 4


@dataclass(frozen=True, slots=True)
class Side:
    """What one answer says of one thing."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the two answers differ, and the reasons that only the second gives."""

    about: str
    now: Side
    then: Side
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers side by side."""

    name: str
    value: str
    label: str
    was: str
    becomes: str
    fault: str
    differences: tuple[Difference, ...]
    steps: tuple[tuple[str, str, str, str], ...]
    same: int


def compare(reading: Reading, name: str, value: str) -> Comparison:
    """Change one fact and give what differs; a value that cannot be read is a fault."""
    then = reading.answered(name, value)
    label, was = _said(reading, name)
    becomes = _said(then, name)[1]
    fault = next((one for field, one in then.filled.faults.items()
                  if field not in reading.filled.faults), None)  # fmt: skip
    if fault is not None:
        told = f"{capital(fault.found)}. Wanted: {fault.accepted}."
        return Comparison(name, value, label, was, value, told, (), (), 0)
    found = list(_options(reading, then))
    differences = [one for one in found if one.now != one.then]
    place = _place(reading, then)
    notices = list(_notices(reading.answer, then.answer))
    return Comparison(
        name, value, label, was, becomes, "",
        (*place, *differences, *notices),
        tuple(_steps(reading.answer, then.answer)),
        len(found) - len(differences),
    )  # fmt: skip


def _said(reading: Reading, name: str) -> tuple[str, str]:
    """Say what the fact is and its value."""
    guideline = reading.guideline
    fact, dot, key = name.partition("].")
    if dot:
        held = reading.filled.rows
        place = int(fact.partition("[")[2])
        text = next(iter(held[place].get(key, ())), "") if place < len(held) else ""
        label = f"{fact_says(guideline, f'{fact}]')}, {'how it ended' if key == 'outcome' else key}"
        return label, text.replace("-", " ") or "not known"
    shown = next((one.value for one in reading.answer.facts if one.fact == name), None)
    return fact_says(guideline, name), fact_value(guideline, name, shown)


def _place(reading: Reading, then: Reading) -> Iterator[Difference]:
    now_words, then_words = _standing(reading), _standing(then)
    if now_words != then_words:
        yield Difference("Place", Side("", now_words), Side("", then_words), ())


def _standing(reading: Reading) -> str:
    answer = reading.answer
    if answer.status != "needs-information":
        return answer.about.title
    if len(answer.possible) > _MOST_PLACES:
        return f"{answer.about.title}: {len(answer.possible)} places possible"
    titles = (small(node_title(reading.guideline, one)) for one in answer.possible)
    return f"{answer.about.title}: {listed(titles, 'or')}"


def _options(reading: Reading, then: Reading) -> Iterator[Difference]:
    """Set each option beside itself, by its therapy's role and its drugs."""
    old, new = _by_name(reading), _by_name(then)
    for key in dict.fromkeys((*new, *old)):
        before, after = old.get(key), new.get(key)
        one = after or before
        if one is None:
            continue
        told = before.answer.reasons if before is not None else ()
        lead = (*after.lead, *after.standing) if after is not None else ()
        why = tuple(reason for reason in lead if reason not in told)
        yield Difference(one.title, _side(before), _side(after), why)


def _by_name(reading: Reading) -> dict[tuple[str, str], OptionView]:
    views = therapy_views(reading.answer, reading.guideline)
    return {(view.answer.role, one.answer.id): one for view in views for one in view.options}


def _side(option: OptionView | None) -> Side:
    if option is None:
        return Side("", _ABSENT)
    word = VERDICTS[option.answer.verdict][1] or "Offered"
    if option.excluded:
        return Side(word, "")
    several = len(option.lines) > 1
    doses = [
        f"{small(one.title) + ': ' if several else ''}{one.amount or one.rest}"
        for one in option.lines
    ]
    return Side(word, capital("; ".join(doses)))


def _notices(now: Answer, then: Answer) -> Iterator[Difference]:
    old = {(one.level, one.text): one for one in now.notices if one.level != "info"}
    new = {(one.level, one.text): one for one in then.notices if one.level != "info"}
    for key in dict.fromkeys((*new, *old)):
        if (key in old) is not (key in new):
            level, text = key
            side = Side(LEVELS[level].capitalize(), text)
            gone = Side("", "not said")
            basis = (new.get(key) or old[key]).basis
            yield Difference("Message", side if key in old else gone,
                             side if key in new else gone, (Reason("", basis),))  # fmt: skip


def _steps(now: Answer, then: Answer) -> Iterator[tuple[str, str, str, str]]:
    """Give the criteria whose truth changed: what, before, after, and the id it rests on."""
    words = {"true": "yes", "false": "no", "unknown": "not known"}
    old = {one.criterion: one.value for one in now.trace}
    for one in then.trace:
        before = old.get(one.criterion)
        if before is not None and before != one.value:
            yield one.criterion, words[before], words[one.value], one.basis
