"""What is known of the moulds that were made, and of the values that stand in their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from myopathway.cohort.bulk.arrays import Ints, Truths
from myopathway.cohort.bulk.found import WHOLE
from myopathway.cohort.bulk.mould import MOST_DIGITS, Mould

if TYPE_CHECKING:
    from collections.abc import Sequence

# A value has at most so many digits; above them stands the number of its sort.
_VALUES: Final = 10**MOST_DIGITS
_ABOVE: Final = 1 << 62


class Entered(msgspec.Struct, frozen=True, eq=False):
    """A mould with what is known of its lines: the form (or one for each value), the dose.

    ``sort`` is shared by moulds of which a value says the same; -1: the value says nothing.
    """

    mould: Mould
    number: int
    kind: str
    form: int
    uses: tuple[int, int]
    sort: int
    dose: str


class Spans(msgspec.Struct, frozen=True, eq=False):
    """Where parts of lines begin, and how long they are, by the numbers of moulds.

    ``dates`` come one by one, -1 for none; ``digits`` with what each is worth in the value, the
    last first. To the value belongs ``sort``; it is negative where no value is part of the form.
    """

    owner: Ints
    owner_length: Ints
    id: Ints
    id_length: Ints
    dates: tuple[Ints, ...]
    digits: tuple[Ints, ...]
    weights: tuple[Ints, ...]
    sort: Ints
    form: Ints
    uses: tuple[Ints, Ints]

    @classmethod
    def of(cls, entered: Sequence[Entered]) -> Spans:
        """Put moulds side by side."""
        moulds = [one.mould for one in entered]

        def column(values: list[int], kind: type = np.int64) -> Ints:
            return np.array(values, kind)

        digits = [one.digits[::-1] if of.sort >= 0 else () for one, of in
                  zip(moulds, entered, strict=True)]  # fmt: skip
        dates = [[-1 if span is None else span[0] for span in one.dates] for one in moulds]
        return cls(
            column([one.owner[0] for one in moulds]),
            column([one.owner[1] - one.owner[0] for one in moulds]),
            column([one.id[0] for one in moulds]),
            column([one.id[1] - one.id[0] for one in moulds]),
            tuple(column([one[at] if at < len(one) else -1 for one in dates])
                  for at in range(max(map(len, dates), default=0))),
            tuple(column([one[at] if at < len(one) else 0 for one in digits])
                  for at in range(max(map(len, digits), default=0))),
            tuple(column([10**at * (at < len(one)) for one in digits])
                  for at in range(max(map(len, digits), default=0))),
            column([one.sort * _VALUES for one in entered]),
            column([one.form for one in entered], np.int32),
            (column([one.uses[0] for one in entered], np.int8),
             column([one.uses[1] for one in entered], np.int8)),
        )  # fmt: skip


class Values:
    """What lines say that differ in a value, by sort and value: forms, and the dates they use.

    One thread at a time may change them, while others look.
    """

    def __init__(self) -> None:
        """Start without a value, but for one that is above all others."""
        self._said: dict[int, tuple[int, int, int]] = {_ABOVE: (WHOLE, -1, -1)}
        self.arrange()

    def __contains__(self, value: int) -> bool:
        """Say whether a value was added."""
        return value in self._said

    def add(self, value: int, said: tuple[int, int, int]) -> None:
        """Add a value: the form and the dates."""
        self._said[value] = said

    def arrange(self) -> None:
        """Let what was added be seen."""
        numbers = np.array(list(self._said), np.int64)
        every = np.array(list(self._said.values()), np.int32)
        order = np.argsort(numbers)
        numbers, every = numbers[order], every[order]
        uses = every[:, 1:].astype(np.int8)
        self._held = (numbers, every[:, 0].copy(), (uses[:, 0].copy(), uses[:, 1].copy()))

    def of(self, value: Ints) -> tuple[Ints, tuple[Ints, Ints], Truths]:
        """Give forms and dates of values, and which of the values were met."""
        numbers, forms, (first, second) = self._held
        places = np.searchsorted(numbers, value)
        return forms[places], (first[places], second[places]), numbers[places] == value
