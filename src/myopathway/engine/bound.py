"""The messages that go with some nodes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from myopathway.engine.marks import Test
from myopathway.engine.occasions import Occasion
from myopathway.engine.sight import Sight
from myopathway.guideline.model import Notice


class Bound(msgspec.Struct, frozen=True):
    """The messages that go with some nodes: by facts alone, and by occasion."""

    plain: tuple[Notice, ...]
    occasional: tuple[tuple[Notice, Test | None, Callable[[Occasion], list[str]]], ...]
    sight: Sight
