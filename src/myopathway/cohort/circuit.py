"""Logic over bit planes: gates that are made once each, and run for all rows of a piece at once.

A truth in three values is two gates (``Said``): where it is surely true, and where surely false.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from myopathway.cohort.bits import Plane

Gate: TypeAlias = int
NEVER: Final[Gate] = 0
ALWAYS: Final[Gate] = 1
_GIVEN, _NOT, _AND, _OR, _XOR = range(5)
_PAIRS: Final = {_AND: np.bitwise_and, _OR: np.bitwise_or, _XOR: np.bitwise_xor}


class Said(NamedTuple):
    """A truth in three values: where it is true and where it is false; unknown elsewhere."""

    true: Gate
    false: Gate


UNKNOWN: Final = Said(NEVER, NEVER)
TRUE: Final = Said(ALWAYS, NEVER)
FALSE: Final = Said(NEVER, ALWAYS)


class Circuit:
    """Gates, each made once; the parts of a gate stand before it."""

    def __init__(self) -> None:
        """Begin with the gates that are never and always true."""
        self._gates: list[tuple[int, int, int]] = [(_GIVEN, -1, 0), (_GIVEN, -1, 1)]
        self._made: dict[tuple[int, int, int], Gate] = {}
        self._names: list[Hashable] = []
        self._given: dict[Hashable, Gate] = {}

    def given(self, name: Hashable) -> Gate:
        """Name a plane that is given from outside."""
        if name not in self._given:
            self._given[name] = self._gate(_GIVEN, len(self._names), 0)
            self._names.append(name)
        return self._given[name]

    def no(self, gate: Gate) -> Gate:
        """Negate."""
        if gate in (NEVER, ALWAYS):
            return ALWAYS - gate
        kind, part, _ = self._gates[gate]
        return part if kind == _NOT else self._gate(_NOT, gate, 0)

    def both(self, parts: Iterable[Gate]) -> Gate:
        """Say that all parts hold; none, always."""
        own = sorted(set(parts) - {ALWAYS})
        if NEVER in own or any(self.no(one) in own for one in own if self._is_no(one)):
            return NEVER
        return self._folded(_AND, own, ALWAYS)

    def either(self, parts: Iterable[Gate]) -> Gate:
        """Say that one part holds; none, never."""
        own = sorted(set(parts) - {NEVER})
        if ALWAYS in own or any(self.no(one) in own for one in own if self._is_no(one)):
            return ALWAYS
        return self._folded(_OR, own, NEVER)

    def differ(self, one: Gate, other: Gate) -> Gate:
        """Say that exactly one of two holds."""
        if NEVER in (one, other):
            return one + other
        return self._gate(_XOR, *sorted((one, other)))

    def reached(self, count: int, parts: Sequence[Gate]) -> Gate:
        """Say that at least so many parts hold."""
        so_far = [ALWAYS] + [NEVER] * count
        for part in parts:
            for least in range(count, 0, -1):
                more = self.both([so_far[least - 1], part])
                so_far[least] = self.either([so_far[least], more])
        return so_far[count]

    def counted(self, parts: Iterable[Gate], digits: int) -> list[Gate]:
        """Count the parts that hold, as binary digits, the lowest first."""
        found = [NEVER] * digits
        for part in parts:
            carry = part
            for place in range(digits):
                found[place], carry = (
                    self.differ(found[place], carry),
                    self.both([found[place], carry]),
                )
        return found

    def wired(self, wanted: Iterable[Gate]) -> Wired:
        """Prepare to run all that some gates need."""
        return Wired(self._gates, self._names, wanted)

    def _is_no(self, gate: Gate) -> bool:
        return self._gates[gate][0] == _NOT

    def _folded(self, kind: int, parts: list[Gate], none: Gate) -> Gate:
        if not parts:
            return none
        found = parts[0]
        for part in parts[1:]:
            found = self._gate(kind, *sorted((found, part)))
        return found

    def _gate(self, kind: int, one: int, other: int) -> Gate:
        key = (kind, one, other)
        if key not in self._made:
            self._made[key] = len(self._gates)
            self._gates.append(key)
        return self._made[key]


class Trits:
    """Logic in three values, strict in unknowns, on a circuit."""

    def __init__(self, circuit: Circuit) -> None:
        """Make the gates in this circuit."""
        self.circuit = circuit

    def both(self, parts: Sequence[Said]) -> Said:
        """Say that all parts hold; none, true."""
        return Said(
            self.circuit.both(one.true for one in parts),
            self.circuit.either(one.false for one in parts),
        )

    def either(self, parts: Sequence[Said]) -> Said:
        """Say that one part holds; none, false."""
        return Said(
            self.circuit.either(one.true for one in parts),
            self.circuit.both(one.false for one in parts),
        )

    def no(self, part: Said) -> Said:
        """Negate; unknown stays unknown."""
        return Said(part.false, part.true)

    def first_of(self, parts: Sequence[Said]) -> Said:
        """Give the first part that is known."""
        found = parts[-1]
        for part in reversed(parts[:-1]):
            true = self.circuit.both([found.true, self.circuit.no(part.false)])
            false = self.circuit.both([found.false, self.circuit.no(part.true)])
            found = Said(
                self.circuit.either([part.true, true]), self.circuit.either([part.false, false])
            )
        return found

    def at_least(self, count: int, parts: Sequence[Said]) -> Said:
        """Say that at least so many parts hold."""
        against = len(parts) - count + 1
        return Said(
            self.circuit.reached(max(count, 0), [one.true for one in parts]),
            self.circuit.reached(max(against, 0), [one.false for one in parts]),
        )

    def unknown(self, part: Said) -> Gate:
        """Say that it is not known."""
        return self.circuit.no(self.circuit.either([part.true, part.false]))


class Wired:
    """The gates that some wanted ones need, in the order in which they run."""

    def __init__(
        self,
        gates: list[tuple[int, int, int]],
        names: list[Hashable],
        wanted: Iterable[Gate],
    ) -> None:
        """Give each gate a register, one that is used again when nobody needs it any more."""
        self._wanted = tuple(dict.fromkeys(wanted))
        needed = _needed(gates, self._wanted)
        last = {part: gate for gate in needed for part in _parts(gates[gate])}
        free: list[int] = []
        place: dict[Gate, int] = {NEVER: 0, ALWAYS: 1}
        size = 2
        self._given: list[tuple[int, Hashable]] = []
        self._runs: list[tuple[int, int, int, int]] = []
        kept = {NEVER, ALWAYS, *self._wanted}
        # What is given is there before anything runs, so it shares a register with nothing before.
        for gate in needed:
            if gates[gate][0] == _GIVEN:
                place[gate] = size
                self._given.append((size, names[gates[gate][1]]))
                size += 1
        for gate in needed:
            kind, one, other = gates[gate]
            if kind == _GIVEN:
                continue
            if not free:
                free.append(size)
                size += 1
            into = place[gate] = free.pop()
            self._runs.append((kind, place[one], place[other] if kind != _NOT else 0, into))
            free += {
                place[part]
                for part in _parts(gates[gate])
                if last[part] == gate and part not in kept
            }
        self._size = size
        self._places = [(gate, place[gate]) for gate in self._wanted]

    def run(self, given: Callable[[Hashable], Plane], size: int) -> dict[Gate, Plane]:
        """Run the gates on planes of so many words."""
        registers = np.empty((self._size, size), np.uint64)
        registers[NEVER] = 0
        registers[ALWAYS] = ~np.uint64(0)
        rows = list(registers)
        for into, name in self._given:
            rows[into][:] = given(name)
        for kind, one, other, into in self._runs:
            if kind == _NOT:
                np.bitwise_not(rows[one], out=rows[into])
            else:
                _PAIRS[kind](rows[one], rows[other], out=rows[into])
        return {gate: rows[place] for gate, place in self._places}


def _parts(gate: tuple[int, int, int]) -> tuple[int, ...]:
    kind, one, other = gate
    if kind == _GIVEN:
        return ()
    return (one,) if kind == _NOT else (one, other)


def _needed(gates: list[tuple[int, int, int]], wanted: Iterable[Gate]) -> list[Gate]:
    found: set[Gate] = set()
    waiting = list(wanted)
    while waiting:
        gate = waiting.pop()
        if gate not in found and gate not in (NEVER, ALWAYS):
            found.add(gate)
            waiting += _parts(gates[gate])
    return sorted(found)
