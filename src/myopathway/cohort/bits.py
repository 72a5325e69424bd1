"""Truths of many rows as bits: planes (one bit a row, one plane a truth) and words (a row each).

A plane is an array of unsigned 64-bit numbers, the first row in the lowest bit; the bits behind
the last row say nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Plane: TypeAlias = np.ndarray
BITS: Final = 64
_BYTE: Final = 8
# Turning a block of eight by eight bits swaps ever larger squares of it: shift, and what moves.
_SWAPS: Final = (
    (np.uint64(7), np.uint64(0x00AA00AA00AA00AA)),
    (np.uint64(14), np.uint64(0x0000CCCC0000CCCC)),
    (np.uint64(28), np.uint64(0x00000000F0F0F0F0)),
)


def width(count: int) -> int:
    """Count the words of a plane."""
    return -(-count // BITS)


def packed(truths: np.ndarray) -> Plane:
    """Make a plane of truths, one a row."""
    plane = np.zeros(width(len(truths)) * _BYTE, np.uint8)
    bits = np.packbits(truths, bitorder="little")
    plane[: len(bits)] = bits
    return plane.view(np.uint64)


def unpacked(plane: Plane, count: int) -> np.ndarray:
    """Give the truths of a plane, one a row."""
    return np.unpackbits(plane.view(np.uint8), count=count, bitorder="little").view(np.bool_)


def bytes_of(planes: Sequence[Plane], count: int) -> np.ndarray:
    """Give a byte a row of up to eight planes, the first in the lowest bit."""
    block = np.zeros((planes[0].size * _BYTE, _BYTE), np.uint8)
    for place, plane in enumerate(planes):
        block[:, place] = plane.view(np.uint8)
    return _turned(block).reshape(-1)[:count]


def words_of(planes: Sequence[Plane], count: int) -> np.ndarray:
    """Give a word a row of up to 64 planes, the first in the lowest bit."""
    words = np.zeros((count, _BYTE), np.uint8)
    for start in range(0, len(planes), _BYTE):
        words[:, start // _BYTE] = bytes_of(planes[start : start + _BYTE], count)
    return words.view(np.uint64).reshape(-1)


def set_bits(planes: Sequence[Plane], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Walk, row by row, the planes that hold: the rows, and the places of the planes."""
    bits = np.zeros((count, _room(len(planes)) // _BYTE), np.uint8)
    for start in range(0, len(planes), _BYTE):
        bits[:, start // _BYTE] = bytes_of(planes[start : start + _BYTE], count)
    return places_of(bits)


def places_of(bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Walk, row by row, the bits that are set, of rows of one, two, four or eight bytes."""
    at = np.flatnonzero(np.unpackbits(bits.reshape(-1), bitorder="little").view(np.bool_))
    width = bits.shape[1] * _BYTE
    return at >> width.bit_length() - 1, at & width - 1


def _room(count: int) -> int:
    """Give the next power of two, a byte at least."""
    return max(_BYTE, 1 << (count - 1).bit_length())


def planes_of(values: np.ndarray) -> list[Plane]:
    """Give the eight planes of a byte a row."""
    block = np.zeros((width(len(values)) * _BYTE, _BYTE), np.uint8)
    block.reshape(-1)[: len(values)] = values
    turned = _turned(block)
    return [np.ascontiguousarray(turned[:, place]).view(np.uint64) for place in range(_BYTE)]


def _turned(block: np.ndarray) -> np.ndarray:
    words = block.view(np.uint64).reshape(-1)
    for shift, mask in _SWAPS:
        moved = words >> shift
        moved ^= words
        moved &= mask
        words ^= moved
        moved <<= shift
        words ^= moved
    return words.view(np.uint8).reshape(-1, _BYTE)
