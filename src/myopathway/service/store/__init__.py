"""The store: what was evaluated, what clinicians made of it, which tokens were used."""

from __future__ import annotations

from myopathway.service.store.store import Store, StoreDownError

__all__ = ["Store", "StoreDownError"]
