"""The next questions, as buttons: what each would decide, and where each answer leads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.facts import OUTCOMES, PURPOSES
from myopathway.render.words import (
    called,
    capital,
    decided,
    listed,
    node_title,
    small,
    titles_listed,
)
from myopathway.web.entries import NONE, NONE_OF, SET, TREATMENTS, glance, nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.outcome import Answer, Missing
    from myopathway.facts import Fact
    from myopathway.guideline.model import Guideline
    from myopathway.web.reading import Reading

MOST_ASKED: Final = 3
_MOST_TRIED: Final = 5  # of more answers than these nobody would read where each leads
_FEW: Final = 3  # options named; who needs them all opens the reasons
_REGIMEN: Final = re.compile(r"treatments\[\d+\]\.(outcome|purpose)")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that a button gives: ``name`` and ``sets`` are what the button sends."""

    label: str
    sets: str
    leads: str
    name: str = SET


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: with ``replies`` it is answered by a button, else by a field of its own.

    ``field`` is the name of the form's field that holds the answer; ``unit`` that of a number.
    """

    fact: str
    question: str
    decides: str
    replies: tuple[Reply, ...]
    typed: bool
    unit: str
    field: str


def asks(reading: Reading, units: dict[str, str], most: int = MOST_ASKED) -> tuple[Ask, ...]:
    """Give the most deciding questions that are open, each answer tried out beforehand."""
    facts = reading.guideline.vocabulary.facts
    open_facts = [facts[one.fact] for one in reading.answer.missing if one.fact in facts]
    found: dict[str, Ask] = {}
    for one in reading.answer.missing:
        fact = facts.get(one.fact)
        same = [other for other in open_facts if fact and other.section == fact.section]
        deniable = glance(facts.values(), fact.section) if fact is not None else ()
        together = tuple(other for other in same if other in deniable)
        if reading.answer.node is None and fact in together and len(together) > 1:
            section = together[0].section
            if section not in found:
                found[section] = _any_of(reading, one, section, together)
        else:
            found[one.fact] = _ask(reading, units, one)
        if len(found) == most:
            break
    return tuple(found.values())


def _any_of(reading: Reading, missing: Missing, section: str, facts: tuple[Fact, ...]) -> Ask:
    """Ask in one what can be denied in one breath: which of these, or none."""
    replies = [
        Reply(
            capital(called(one.says)),
            f"{one.name}:yes",
            _leads(reading, reading.answer_if(one.name, "yes")),
        )
        for one in facts
    ]
    replies.append(
        Reply(nothing(facts), section, _leads(reading, reading.denied(section)), NONE_OF)
    )
    return Ask(
        section, "Is there one of these?", decides(reading.guideline, missing.decides),
        tuple(replies), typed=False, unit="", field=facts[0].name,
    )  # fmt: skip


def _ask(reading: Reading, units: dict[str, str], missing: Missing) -> Ask:
    name = missing.fact
    fact = reading.guideline.vocabulary.facts.get(name)
    possible = list(_replies(name, fact))
    tried = len(possible) <= _MOST_TRIED
    replies = tuple(
        Reply(
            label,
            f"{name}:{value}",
            _leads(reading, reading.answer_if(name, value)) if tried else "",
        )
        for label, value in possible
    )
    typed = fact is not None and fact.type in {"number", "grade", "names", "date"}
    field = name if fact is not None else TREATMENTS
    return Ask(name, missing.question, decides(reading.guideline, missing.decides, name),
               replies, typed, units.get(name, ""), field)  # fmt: skip


def decides(guideline: Guideline, names: Iterable[str], fact: str = "") -> str:
    """Say what a missing fact decides: places by their groups and lines, options by their drugs."""
    wanted = tuple(names)
    if not any(one.id in wanted for one in guideline.nodes):
        few = _FEW if len(wanted) > _FEW + 1 else len(wanted)  # "1 more" is as long as its name
        named = [decided(guideline, one) for one in wanted[:few]]
        if len(wanted) > few:
            named.append(f"{len(wanted) - few} more")
        return f"Could change: {listed(named)}."
    if fact.partition("[")[0] == TREATMENTS:
        return "Decides the line of therapy."
    told = places(guideline, wanted)
    return f"Decides among: {told}." if ";" in told else f"Decides on: {told}."


def places(guideline: Guideline, names: Iterable[str]) -> str:
    """Name places by their groups, with the lines where they are not all of a group."""
    wanted = set(names)
    found: list[str] = []
    for group in guideline.groups:
        every = [one for one in guideline.nodes if one.group == group.id]
        own = [one for one in every if one.id in wanted]
        title = small(group.title)
        if own and len(own) < len(every):
            lines = listed(str(one.line) for one in own)
            title += f", {'line' if len(own) == 1 else 'lines'} {lines}"
        if own:
            found.append(title)
    return "; ".join(found)


def _replies(name: str, fact: Fact | None) -> Iterator[tuple[str, str]]:
    if found := _REGIMEN.fullmatch(name):
        for one in OUTCOMES if found[1] == "outcome" else PURPOSES:
            yield capital(one.replace("-", " ")), one
    elif fact is None:
        return
    elif fact.type == "boolean":
        yield from (("Yes", "yes"), ("No", "no"))
    elif fact.type in {"choice", "set"}:
        yield from ((label, value) for value, label in fact.values.items())
        if fact.type == "set":
            yield "None found", NONE
    elif fact.type == "names":
        yield "None", NONE
    elif fact.name == TREATMENTS:
        yield "None yet", NONE


def _leads(reading: Reading, then: Answer) -> str:
    """Say where an answer has led."""
    now = reading.answer
    guideline = reading.guideline
    if then.status == "conflict":
        return "contradicts what is stated"
    if then.status == "not-covered":
        return "not covered"
    if then.node != now.node and then.node is not None:
        return small(node_title(guideline, then.node))
    if then.status == "needs-information":
        fewer = len(then.possible) < len(now.possible)
        return f"leaves {places(guideline, then.possible)}" if fewer else "rules no place out"
    return _changed(now, then, guideline)


def _changed(now: Answer, then: Answer, guideline: Guideline) -> str:
    """Say which verdicts change; an option that loses only an open question stays in."""
    before = {one.id: one for part in now.therapies for one in part.options}
    found: dict[str, list[str]] = {}
    for part in then.therapies:
        for one in part.options:
            old = before.get(one.id)
            drugs = decided(guideline, one.id)
            if old is None:
                found.setdefault("adds", []).append(drugs)
            elif old.verdict != one.verdict:
                word = {"excluded": "rules out", "caution": "caution with"}.get(
                    one.verdict, one.verdict.replace("favoured", "favours")
                )
                found.setdefault(word, []).append(drugs)
    if not found:
        worked = _figures(then) > _figures(now)
        return "works the doses out" if worked else "changes no option"
    return "; ".join(f"{word} {small(titles_listed(drugs))}" for word, drugs in found.items())


def _figures(answer: Answer) -> int:
    return sum(
        len(drug.calculated)
        for part in answer.therapies
        for one in part.options
        for drug in one.drugs
    )
