"""The settings of one site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.settings.limits import Limits

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline

CANONICAL: Final = "https://myopathway.example/fhir"


class Issuer(msgspec.Struct, frozen=True):
    """A CDS client that may ask: its ``iss``, and where its public keys are kept.

    ``keys`` is a file of a JWK Set, or the https address of one.
    """

    name: str
    keys: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a site decides; the values here are those of a trial on one machine.

    ``database_url`` empty keeps the audit in memory only. ``issuers`` empty switches client
    authentication off. ``frame_ancestors``, ``cors_origins`` and ``fhir_hosts`` are allow-lists:
    empty allows nobody beside ourselves. ``canonical`` is the base of exported FHIR artefacts.
    ``optional_prefetch`` names what a client need not send.
    """

    public_url: str = "http://127.0.0.1:8000"
    content: Path | None = None
    overlay: Path | None = None
    canonical: str = CANONICAL
    database_url: str = ""
    secret: str = ""
    site_name: str = ""
    local_note: str = ""
    local_contact: str = ""
    silent: bool = False
    repeat_days: int = 90
    keep_comments: bool = False
    optional_prefetch: tuple[str, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    fhir_hosts: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    smart_client_id: str = ""
    smart_issuers: tuple[str, ...] = ()
    limits: Limits = Limits()

    def guideline(self) -> Guideline:
        """Load the guideline that the site uses; raises ``ContentError``."""
        from myopathway.guideline.load import CONTENT, load, shipped  # noqa: PLC0415 - on demand

        if self.overlay is not None:
            return load(self.content or CONTENT, overlay=self.overlay)
        return shipped() if self.content is None else load(self.content)

    def address(self, path: str) -> str:
        """Give a path of ours as clients see it."""
        return self.public_url.rstrip("/") + path
