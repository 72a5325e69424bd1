"""Where a half-known patient may still belong: every completion, folded into one diagram.

A diagram asks one unknown fact after the other, in a fixed order, and ends in a place. It is
reduced (a question whose answers lead to the same place is left out), so a fact stands in it
exactly when it can make a difference. ``possible`` and ``missing`` are read off it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        self._tests: dict[tuple[str, tuple[int, ...]], Test] = {}

    def end(self, node: str, reason: str = "") -> End:
        """Give the end of this node or reason."""
        end = End(node, reason)
        return self._ends.setdefault(end, end)

    def test(self, fact: str, arms: list[Diagram | None]) -> Diagram | None:
        """Give the test of a fact; an arm that no patient can take is None."""
        open_arms = [arm for arm in arms if arm is not None]
        if not open_arms:
            return None
        if all(arm is open_arms[0] for arm in open_arms):
            return open_arms[0]
        key = (fact, tuple(id(arm) for arm in arms))
        test = self._tests.get(key)
        if test is None:
            test = self._tests[key] = Test(fact, tuple(arms))
        return test


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


def nodes_by_answer(diagram: Diagram, fact: str) -> tuple[frozenset[str], ...]:
    """Give, for each answer to a fact, the nodes that stay possible."""
    width = max(
        len(part.arms) for part in parts(diagram) if isinstance(part, Test) and part.fact == fact
    )
    return tuple(_nodes(diagram, fact, arm, {}) for arm in range(width))


def _nodes(
    diagram: Diagram, fact: str, arm: int, done: dict[int, frozenset[str]]
) -> frozenset[str]:
    if isinstance(diagram, End):
        return frozenset((diagram.node,)) if diagram.node else frozenset()
    if id(diagram) not in done:
        chosen = diagram.arms[arm : arm + 1] if diagram.fact == fact else diagram.arms
        nodes: frozenset[str] = frozenset()
        for part in chosen:
            if part is not None:
                nodes |= _nodes(part, fact, arm, done)
        done[id(diagram)] = nodes
    return done[id(diagram)]
