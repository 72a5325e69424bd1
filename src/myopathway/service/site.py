"""One site at work: its settings, its guideline, its store, and the day it is there."""

from __future__ import annotations

import datetime as dt
import hmac
import time
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.recommendation import engine_for
from myopathway.service.clients import Clients
from myopathway.service.fired import fired
from myopathway.service.metrics import Metrics
from myopathway.service.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.engine.outcome import Answer
    from myopathway.settings import Settings

_SEAL: Final = 4  # bytes of a card's id that only we could have written


class Became(msgspec.Struct, frozen=True):
    """What became of an evaluation; ``rules`` are those that fired beside the answer's own.

    ``outcome`` is answer, card, acknowledged (shown before and dismissed), silent, none or decided
    (a decision on the page).
    """

    outcome: str
    indicator: str | None = None
    card: str | None = None
    advice: str | None = None
    rules: tuple[str, ...] = ()


ANSWERED: Final = Became("answer")


class Site:
    """What the routes of one process share."""

    def __init__(self, settings: Settings, today: Callable[[], dt.date] | None = None) -> None:
        """Load the guideline; raises ``ContentError`` where it does not load."""
        self.settings = settings
        self.guideline = settings.guideline()
        engine_for(self.guideline)  # the first request must not wait for it
        self.metrics = Metrics()
        self.clients = Clients(settings, self.metrics)
        self.today = today or dt.date.today

    @cached_property
    def store(self) -> Store:
        """Open the store when it is first needed."""
        store = Store(self.settings.database_url, waiting=self.settings.limits.waiting_audits)
        self.clients.store = store
        return store

    @cached_property
    def _keyed(self) -> blake2b:
        """Give the keyed hash of everything that is remembered of a patient."""
        secret = self.settings.secret or self.store.secret()
        return blake2b(key=blake2b(secret.encode()).digest()[:32])

    def open(self) -> None:
        """Open what the first request would otherwise wait for."""
        self.metrics.of_store(self.store)

    def close(self) -> None:
        """Write what waits."""
        if "store" in self.__dict__:
            self.store.close()
            del self.__dict__["store"]

    def digest(self, *parts: str) -> bytes:
        """Give 16 bytes that stand for these texts; without our key nobody can try them out."""
        keyed = self._keyed.copy()
        keyed.update("\0".join(parts).encode())
        return keyed.digest()[:16]

    def sealed(self, begin: bytes) -> bytes:
        """Give the end of an id that begins so."""
        keyed = self._keyed.copy()
        keyed.update(begin)
        return keyed.digest()[-_SEAL:]

    def issued(self, begin: bytes, end: bytes) -> bool:
        """Say whether an id was issued here."""
        return hmac.compare_digest(self.sealed(begin), end)

    def audit(
        self,
        service: str,
        answer: Answer,
        began: float,
        client: str = "",
        became: Became = ANSWERED,
    ) -> None:
        """Keep that an evaluation was made; ``began`` is of ``time.perf_counter``."""
        self.store.audit(self.row(service, answer, began, client, became))

    def row(
        self,
        service: str,
        answer: Answer,
        began: float,
        client: str = "",
        became: Became = ANSWERED,
    ) -> dict[str, Any]:
        """Count an evaluation, and give the row by which it is kept."""
        self.metrics.evaluated(service, became.outcome, answer.status)
        return {
            "at": time.time(),
            "service": service,
            "client": client,
            "outcome": became.outcome,
            "status": answer.status,
            "node": answer.node,
            "indicator": became.indicator,
            "card": became.card,
            "advice": became.advice,
            "rules": " ".join(dict.fromkeys((*fired(answer), *became.rules))),
            "content_hash": answer.guideline.content_hash,
            "version": answer.guideline.version,
            "microseconds": int((time.perf_counter() - began) * 1e6),
        }
