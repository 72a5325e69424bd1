"""What each worker process of the server runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from myopathway.service.app import create_app
from myopathway.settings import read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def app() -> FastAPI:
    """Build the application from the environment."""
    return create_app(read_settings(os.environ))
