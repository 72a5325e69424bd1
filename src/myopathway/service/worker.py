"""What each worker process of the server runs."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Final

from myopathway.service.app import create_app
from myopathway.service.shell import Entrance
from myopathway.settings import read_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

# A request makes some thousands of values and keeps none: look for what to collect less often.
_COLLECT: Final = (20_000, 20, 20)


def app() -> ASGIApp:
    """Build what a server runs, from the environment."""
    gc.enable()
    gc.set_threshold(*_COLLECT)
    return Entrance(create_app(read_settings(os.environ), access_log=True))
