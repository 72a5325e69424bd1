"""What each worker process of the server runs."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Final

from myopathway.service.app import create_app
from myopathway.settings import read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

# A request makes some thousands of values and keeps none: look for what to collect less often.
_COLLECT: Final = (20_000, 20, 20)


def app() -> FastAPI:
    """Build the application from the environment."""
    gc.enable()
    gc.set_threshold(*_COLLECT)
    return create_app(read_settings(os.environ), access_log=True)
