"""Where every patient belongs, worked out from the content alone: the tables behind the proofs."""

from __future__ import annotations

from itertools import zip_longest
from math import prod
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from myopathway.criteria import All, Criterion
from myopathway.verify.axes import axes_of
from myopathway.verify.kleene import every_atom
from myopathway.verify.space import Space, fold, merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from myopathway.guideline.model import Conflict, Guideline, Node
    from myopathway.verify.axes import Axis, State
    from myopathway.verify.report import Facts
    from myopathway.verify.space import Codes, Plan

CONFLICT: Final = "conflict"
NOT_COVERED: Final = "not-covered"
NOWHERE: Final = "nowhere"


class Placing:
    """The space of patients as the placing sentences see it, and the outcome of each patient.

    ``axes`` are those on which the place depends; ``beside`` holds the conflicts that read none
    of their facts, which are proved apart: what they read can change nothing else.
    """

    def __init__(self, guideline: Guideline) -> None:
        """Span the space and place every patient of whom everything is known."""
        self.guideline = guideline
        self.when: dict[str, Criterion] = {node.id: All(node.when) for node in guideline.nodes}
        placing = (guideline.scope.when, *self.when.values())
        every = axes_of(guideline, (*placing, *(one.when for one in guideline.conflicts)))
        self.axes, self.beside = _parted(every, placing, guideline.conflicts)
        apart = {id(one) for group, conflicts in self.beside for one in conflicts}
        self.conflicts = tuple(one for one in guideline.conflicts if id(one) not in apart)
        self.settled = Space(self.axes, whole=False)
        self.names = (*(node.id for node in guideline.nodes), CONFLICT, NOT_COVERED, NOWHERE)
        self.rows = self._rows(self.settled)
        self.codes = self.settled.codes([self.rows[name] for name in self.names])
        self.widths = [axis.width for axis in self.axes]

    def _rows(self, space: Space) -> dict[str, int]:
        """Say for each outcome who has it; somebody of two nodes stands in both rows."""
        rows: dict[str, int] = {NOT_COVERED: space.row(self.guideline.scope.when)[0]}
        free = space.everyone & ~rows[NOT_COVERED]
        for node in _winners(self.guideline.nodes):
            rows[node.id] = space.row(self.when[node.id])[0] & free
        for node in _winners(self.guideline.nodes):
            free &= ~rows[node.id]
        silent = rows[CONFLICT] = 0
        for one in self.conflicts:
            true = space.row(one.when)[0] & free
            if one.asks:
                rows[CONFLICT] |= true
            else:
                silent |= true
        free &= ~(rows[CONFLICT] | silent)
        rows[NOWHERE] = free
        for node in self.guideline.nodes:
            if not node.wins:
                rows[node.id] = space.row(self.when[node.id])[0] & free
                rows[NOWHERE] &= ~rows[node.id]
        return rows

    @property
    def kinds(self) -> int:
        """Count the kinds of fully known patients that the sentences can tell apart."""
        number = 1
        for axis in (*self.axes, *(axis for group, _ in self.beside for axis in group)):
            number *= axis.kinds
        return number

    def distinct(self) -> tuple[Axis, ...]:
        """Give the axes with one state for all that no place can tell apart, ways gathered."""
        found = []
        for place, axis in enumerate(self.axes):
            plan = _plan(self.settled.axes, opened=[place])
            codes = fold(self.codes, plan, self.widths)
            inner = prod(self.widths[place + 1 :])
            turn = inner * len(axis.states)
            alike: dict[bytes, list[State]] = {}
            for index, state in enumerate(axis.states):
                column = b"".join(
                    codes[start : start + inner].tobytes()
                    for start in range(index * inner, len(codes), turn)
                )
                alike.setdefault(column, []).append(state)
            states = [
                replace(
                    own[0], ways=tuple(way for nth in zip_longest(*(one.ways for one in own))
                                       for way in nth if way is not None))
                for own in (sorted(one, key=_said) for one in alike.values())
            ]  # fmt: skip
            found.append(replace(axis, states=tuple(states)))
        return tuple(found)

    def possible(self, axes: Sequence[Axis]) -> Codes:
        """Give, for every patient known or half known, what some completion leads to."""
        return fold(self.codes, _plan(axes), self.widths)

    def deciding(self, axes: Sequence[Axis], place: int) -> Codes:
        """Give 1 for every patient whose answer along an axis can still make a difference."""
        codes = fold(self.codes, _plan(axes, opened=[place]), self.widths)
        lookup = [int(code.bit_count() > 1) for code in range(1 << len(self.names))]
        for position, code in enumerate(codes):
            codes[position] = lookup[code]
        widths = list(self.widths)
        widths[place] = len(axes[place].states)
        plan = list(_plan(axes))
        plan[place] = [(one,) for one in range(widths[place])]
        return fold(codes, plan, widths)

    @staticmethod
    def contradicting(axes: Sequence[Axis], conflicts: Sequence[Conflict]) -> list[Facts]:
        """Give the facts documents that state contradictions which read nothing else."""
        space = Space(axes, whole=True)
        patients = list(space.patients())
        members = {number for one in conflicts for number in space.members(space.row(one.when)[0])}
        return [merged(patients[number]) for number in sorted(members)]

    def smallest(self, shows: int) -> Facts | None:
        """Give the smallest patient of whom every completion (conflicts apart) is in ``shows``."""
        neutral = self.rows[CONFLICT]
        others = self.settled.everyone & ~shows & ~neutral
        both = self.settled.codes([others, shows & ~neutral])
        codes = fold(both, _plan(self.axes), self.widths)
        best: tuple[int, tuple[State, ...]] | None = None
        for patient, code in zip(Space(self.axes, whole=True).patients(), codes, strict=True):
            if code == 2:  # noqa: PLR2004 - the second bit alone
                size = sum(state.size for state in patient)
                if best is None or size < best[0]:
                    best = size, patient
        return None if best is None else merged(best[1])


def _plan(axes: Sequence[Axis], *, opened: Sequence[int] | None = None) -> Plan:
    """Say how settled patients fold into the states of axes, on ``opened`` axes alone if given."""
    return [
        [state.cells for state in axis.states]
        if opened is None or place in opened
        else [(cell,) for cell in range(axis.width)]
        for place, axis in enumerate(axes)
    ]


def _said(state: State) -> int:
    return state.size


def _winners(nodes: Iterable[Node]) -> list[Node]:
    return [node for node in nodes if node.wins]


def _parted(
    axes: tuple[Axis, ...], placing: tuple[Criterion, ...], conflicts: tuple[Conflict, ...]
) -> tuple[tuple[Axis, ...], tuple[tuple[tuple[Axis, ...], tuple[Conflict, ...]], ...]]:
    """Part the axes that place from groups of axes that only conflicts read."""

    def read(criteria: Iterable[Criterion]) -> set[int]:
        wanted = set(every_atom(criteria))
        return {place for place, axis in enumerate(axes) if wanted & set(axis.atoms)}

    main = read(placing)
    left = [(read([one.when]), [one]) for one in conflicts]
    grown = True
    while grown:
        grown = False
        for one in list(left):
            if one[0] & main:
                main |= one[0]
                left.remove(one)
                grown = True
    groups: list[tuple[set[int], list[Conflict]]] = []
    for places, own in left:
        joined = [group for group in groups if group[0] & places]
        groups = [group for group in groups if not group[0] & places]
        all_places = places.union(*(group[0] for group in joined))
        groups.append((all_places, [*(one for group in joined for one in group[1]), *own]))
    return (
        tuple(axis for place, axis in enumerate(axes) if place in main),
        tuple(
            (tuple(axis for place, axis in enumerate(axes) if place in places), tuple(own))
            for places, own in groups
        ),
    )
