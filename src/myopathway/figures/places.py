"""What a picture of the pathway shows, in words: the groups, the lines, the options, the states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from myopathway.criteria import leaves
from myopathway.engine.words import leaf_words
from myopathway.render.words import ROLES, capital, drug_title, listed, small, titles_listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer, TherapyAnswer
    from myopathway.guideline.model import Guideline, Node, Option, Therapy

State: TypeAlias = Literal["here", "earlier", "possible", ""]

STATES: Final[dict[State, str]] = {
    "here": "patient is here",
    "earlier": "earlier line",
    "possible": "still possible",
    "": "",
}
_CHOICE: Final = ": one of"
VERDICTS: Final = {
    "favoured": "favoured",
    "offered": "",
    "caution": "caution",
    "excluded": "ruled out",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An option by the names of its drugs; ``verdict`` is empty where no patient was judged."""

    title: str
    verdict: str = ""
    only: str = ""

    @property
    def words(self) -> str:
        """Say what has to be read with the name."""
        return VERDICTS.get(self.verdict, self.verdict) or self.only


@dataclass(frozen=True, slots=True)
class Part:
    """A therapy of a line: the source's own label, and what can be chosen (or a text)."""

    label: str
    choices: tuple[Choice, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a group, and how the patient stands to it."""

    id: str
    heading: str
    state: State
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A group with its lines in order; ``full`` where the options are shown."""

    title: str
    places: tuple[Place, ...]
    full: bool


def rows(guideline: Guideline, answer: Answer | None) -> tuple[Row, ...]:
    """Give the groups in the guideline's order.

    Without an answer everything is shown; of a patient who is placed, the options of the own
    group; of one who is not, where the patient may still stand.
    """
    found: list[Row] = []
    for one in guideline.groups:
        nodes = [node for node in guideline.nodes if node.group == one.id]
        full = answer is None or answer.group == one.id
        places = tuple(_place(guideline, node, answer) for node in nodes)
        found.append(Row(one.title, places, full))
    return tuple(found)


def told(rows: tuple[Row, ...]) -> str:
    """Say in words what the picture shows."""
    return " ".join(sentence for row in rows for sentence in _row_told(row))


def where(guideline: Guideline, answer: Answer | None) -> str:
    """Say in one line where the patient stands."""
    if answer is None:
        return "Treatment pathway"
    if answer.node is not None:
        return f"Treatment pathway; patient is here: {guideline.node(answer.node).title}"
    if answer.possible:
        count = len(answer.possible)
        return f"Treatment pathway; {count} places still possible"
    return "Treatment pathway; the patient has no place in it"


def _place(guideline: Guideline, node: Node, answer: Answer | None) -> Place:
    heading = capital(node.title.partition(", ")[2] or node.title)
    if answer is not None and answer.node == node.id:
        parts = tuple(_judged(guideline, one, place) for place, one in enumerate(answer.therapies))
        return Place(node.id, heading, "here", parts)
    parts = tuple(_unjudged(guideline, one, place) for place, one in enumerate(node.therapies))
    return Place(node.id, heading, _state(node, answer), parts)


def _state(node: Node, answer: Answer | None) -> State:
    if answer is None:
        return ""
    if answer.node is None:
        return "possible" if node.id in answer.possible else ""
    before = answer.line is not None and node.line is not None and node.line < answer.line
    return "earlier" if before and node.group == answer.group else ""


def _judged(guideline: Guideline, therapy: TherapyAnswer, place: int) -> Part:
    choices = tuple(
        Choice(_title(guideline, tuple(drug.drug for drug in one.drugs)), one.verdict)
        for one in therapy.options
    )
    return Part(_label(therapy.role, place, len(choices)), choices, therapy.text)


def _unjudged(guideline: Guideline, therapy: Therapy, place: int) -> Part:
    choices = tuple(
        Choice(_title(guideline, one.drugs), only=_only(guideline, one)) for one in therapy.options
    )
    return Part(_label(therapy.role, place, len(choices)), choices, therapy.says)


def _only(guideline: Guideline, option: Option) -> str:
    """Say when an option is listed at all."""
    if option.listed is None:
        return ""
    about = listed(small(leaf_words(guideline, leaf)) for leaf in leaves(option.listed))
    return f"only with: {about}"


def _title(guideline: Guideline, drugs: tuple[str, ...]) -> str:
    return titles_listed(drug_title(guideline, name) for name in drugs)


def _label(role: str, place: int, options: int) -> str:
    label = ROLES.get(role, capital(role))
    if role == "core" and place:
        label = f"And {small(label)}"
    return f"{label}{_CHOICE}" if options > 1 else label


def _row_told(row: Row) -> Iterator[str]:
    if not row.full:
        yield f"{row.title}: {'; '.join(small(_place_told(one)) for one in row.places)}."
        return
    yield f"{row.title}."
    for place in row.places:
        yield f"{_place_told(place)}."
        for part in place.parts:
            yield f"{part.label}{' ' if part.label.endswith(_CHOICE) else ': '}{_choices(part)}."


def _place_told(place: Place) -> str:
    state = STATES[place.state]
    return f"{place.heading} ({state})" if state else place.heading


def _choices(part: Part) -> str:
    named = [f"{small(one.title)} ({one.words})" if one.words else small(one.title)
             for one in part.choices]  # fmt: skip
    return listed(named, "or") if named else small(part.text.rstrip("."))
