"""Three truth values: what is said is what every completion of the unknown agrees on."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from myopathway.truth import NOT, Truth, all_of, any_of, at_least

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANY = [values for size in range(5) for values in product(Truth, repeat=size)]


def completions(values: tuple[Truth, ...]) -> Iterator[tuple[bool, ...]]:
    """Give every way in which the unknown may turn out."""
    return product(
        *([True, False] if one is Truth.UNKNOWN else [one is Truth.TRUE] for one in values)
    )


def agreed(values: tuple[Truth, ...], ask: Callable[[tuple[bool, ...]], bool]) -> Truth:
    (first, *others) = {ask(one) for one in completions(values)}
    return Truth.UNKNOWN if others else Truth.TRUE if first else Truth.FALSE


def enough(count: int) -> Callable[[tuple[bool, ...]], bool]:
    return lambda values: sum(values) >= count


@pytest.mark.parametrize("values", MANY, ids=lambda values: " ".join(one.value for one in values))
def test_what_is_said_is_what_every_completion_agrees_on(values: tuple[Truth, ...]) -> None:
    assert all_of(values) is agreed(values, all)
    assert any_of(values) is agreed(values, any)
    for count in range(5):
        assert at_least(count, values) is agreed(values, enough(count))


def test_a_yes_a_no_and_neither() -> None:
    assert (Truth.of(value=True), Truth.of(value=False)) == (Truth.TRUE, Truth.FALSE)
    assert Truth.of(None) is Truth.UNKNOWN, "what is not stated is not false"
    assert {one: NOT[one] for one in Truth} == {
        Truth.TRUE: Truth.FALSE,
        Truth.FALSE: Truth.TRUE,
        Truth.UNKNOWN: Truth.UNKNOWN,
    }


def test_a_truth_is_no_bool() -> None:
    for one in Truth:
        with pytest.raises(TypeError, match="three values"):
            bool(one)
