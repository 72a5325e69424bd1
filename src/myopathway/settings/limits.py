"""How much the service takes in and how long it waits."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one site; sizes in bytes, times in seconds.

    A record of a general hospital is below 1 MB; what is far above is a mistake or an attack.
    """

    body: int = 10_000_000
    depth: int = 64
    entries: int = 10_000
    token: int = 8_192
    receive_seconds: float = 10.0
    fhir_seconds: float = 4.0
    fhir_bytes: int = 5_000_000
    fhir_pages: int = 5
    stop_seconds: int = 20
    waiting_audits: int = 50_000
