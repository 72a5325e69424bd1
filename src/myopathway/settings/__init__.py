"""How one site runs the service: addresses, allow-lists, limits, local words. Values alone."""

from __future__ import annotations

from myopathway.settings.environment import VARIABLES, read_settings
from myopathway.settings.limits import Limits
from myopathway.settings.site import Issuer, Settings

__all__ = ["VARIABLES", "Issuer", "Limits", "Settings", "read_settings"]
