"""Who may ask: clients known by signed tokens, as CDS Hooks has it (Trusting CDS Clients)."""

from __future__ import annotations

from myopathway.service.clients.clients import Clients

__all__ = ["Clients"]
