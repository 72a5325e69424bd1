"""Numbers that tell requests and cards apart: a random beginning, then counted up.

They are no secrets, and asking the system for chance at every request would cost more than all
the rest of it.
"""

from __future__ import annotations

import itertools
import os

_COUNT = itertools.count(int.from_bytes(os.urandom(8), "big") >> 1)


def serial() -> bytes:
    """Give 8 bytes that this process has not given before."""
    return (next(_COUNT) & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "big")
