"""Where a half-known patient may still belong: every completion, folded into one diagram.

A diagram asks one unknown fact after the other, in a fixed order, and ends in a place. It is
reduced (a question whose answers lead to the same place is left out), so a fact stands in it
exactly when it can make a difference. ``possible`` and ``missing`` are read off it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_KEPT: Final = 50_000


class End(msgspec.Struct, frozen=True):
    """A place where completions end: a node, or (``node`` empty) no node, for this reason."""

    node: str
    reason: str = ""


class Test(msgspec.Struct, frozen=True, eq=False):
    """A fact that is asked, and where each answer leads."""

    fact: str
    arms: tuple[Diagram | None, ...]


Diagram: TypeAlias = End | Test


class Maker:
    """Makes diagrams so that equal ones are the same object."""

    def __init__(self) -> None:
        """Begin with nothing made."""
        self._ends: dict[End, End] = {}
        # By fact and arms; whatever stands here keeps its arms, so that their numbers stay theirs.
        self._tests: dict[tuple[str, tuple[int, ...]], Diagram | None] = {}

    def end(self, node: str, reason: str = "") -> End:
        """Give the end of this node or reason."""
        end = End(node, reason)
        return self._ends.setdefault(end, end)

    def test(self, fact: str, arms: list[Diagram | None]) -> Diagram | None:
        """Give the test of a fact; an arm that no patient can take is None."""
        key = (fact, tuple(map(id, arms)))
        try:
            return self._tests[key]
        except KeyError:
            made = self._tests[key] = self._made(fact, arms)
            return made

    @staticmethod
    def _made(fact: str, arms: list[Diagram | None]) -> Diagram | None:
        open_arms = [arm for arm in arms if arm is not None]
        if not open_arms:
            return None
        if all(arm is open_arms[0] for arm in open_arms):
            return open_arms[0]
        return Test(fact, tuple(arms))


def ends(diagram: Diagram) -> frozenset[End]:
    """Give every end that some completion reaches."""
    return frozenset(part for part in parts(diagram) if isinstance(part, End))


def tests(diagram: Diagram) -> tuple[str, ...]:
    """Give the facts that can make a difference, in the order in which they are asked."""
    return tuple(dict.fromkeys(part.fact for part in parts(diagram) if isinstance(part, Test)))


def parts(diagram: Diagram) -> Iterator[Diagram]:
    """Walk every part of a diagram once."""
    seen: set[int] = set()
    waiting = [diagram]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, Test):
            waiting.extend(arm for arm in reversed(part.arms) if arm is not None)


class Answers(msgspec.Struct, frozen=True):
    """The nodes, as bits, that each answer to a fact leaves; ``rest``: where nobody asks for it."""

    nodes: tuple[int, ...]
    rest: int


class Below(msgspec.Struct, frozen=True):
    """What lies below a part of a diagram: all nodes, as bits, and those by answer to each fact.

    The facts stand in the order in which they are asked.
    """

    part: Diagram
    nodes: int
    answers: dict[str, Answers]


class Depths:
    """What lies below the parts of diagrams, remembered since diagrams share their parts."""

    def __init__(self, bits: Mapping[str, int]) -> None:
        """Give nodes these bits."""
        self._bits = bits
        self._kept: dict[int, Below] = {}

    def below(self, part: Diagram) -> Below:
        """Give what lies below a part."""
        found = self._kept.get(id(part))
        if found is None:
            found = self._below(part)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            # The part itself is kept too, so that its number is nobody else's meanwhile.
            self._kept[id(part)] = found
        return found

    def _below(self, part: Diagram) -> Below:
        if isinstance(part, End):
            return Below(part, self._bits.get(part.node, 0), {})
        arms = [None if arm is None else self.below(arm) for arm in part.arms]
        own = tuple([0 if arm is None else arm.nodes for arm in arms])
        open_arms = [arm for arm in arms if arm is not None]
        nodes = 0
        for arm in open_arms:
            nodes |= arm.nodes
        answers = {part.fact: Answers(own, 0)}
        for fact in dict.fromkeys(fact for arm in open_arms for fact in arm.answers):
            if fact != part.fact:
                answers[fact] = _united([arm.answers.get(fact, arm.nodes) for arm in open_arms])
        return Below(part, nodes, answers)


def _united(several: list[Answers | int]) -> Answers:
    """Put together what answers leave in several arms; a number: whatever the answer is."""
    width = max(len(one.nodes) for one in several if isinstance(one, Answers))
    rest = always = 0
    nodes = [0] * width
    for one in several:
        if isinstance(one, int):
            always |= one
            continue
        rest |= one.rest
        for place, own in enumerate(one.nodes):
            nodes[place] |= own
        for place in range(len(one.nodes), width):
            nodes[place] |= one.rest
    return Answers(tuple([own | always for own in nodes]), rest | always)
