"""The HTTP service: the answer over HTTP, CDS Hooks and FHIR, with its audit."""

from __future__ import annotations

from myopathway.service.app import create_app

__all__ = ["create_app"]
