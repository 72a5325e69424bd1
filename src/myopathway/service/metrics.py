"""What Prometheus reads: how much was asked and answered, how fast, and what went wrong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from myopathway.service.store import Store

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The metrics of one process; several workers of a site are added up when they are read."""

    def __init__(self) -> None:
        """Make them in a registry of their own."""
        own = self._registry = CollectorRegistry()
        self.requests = Counter(
            "myopathway_requests", "Requests answered.", ["route", "status"], registry=own
        )
        self.seconds = Histogram(
            "myopathway_request_seconds", "Time to answer.", ["route"],
            registry=own, buckets=_SECONDS,
        )  # fmt: skip
        self.evaluations = Counter(
            "myopathway_evaluations", "Evaluations, by what became of them.",
            ["service", "outcome", "status"], registry=own,
        )  # fmt: skip
        self.cards = Counter(
            "myopathway_cards", "Cards shown.", ["service", "indicator"], registry=own
        )
        self.feedback = Counter(
            "myopathway_feedback", "Feedback kept.", ["service", "outcome"], registry=own
        )
        self.refused = Counter(
            "myopathway_tokens_refused", "Tokens refused.", ["reason"], registry=own
        )
        self.fetches = Counter(
            "myopathway_fhir_fetches", "Questions to FHIR servers.", ["result"], registry=own
        )
        self._lost = _gauge("audits_lost", "Audits that could not be kept.", own)
        self._waiting = _gauge("audits_waiting", "Audits that wait.", own)
        self._up = _gauge("store_up", "Workers whose store answers.", own)
        self._evaluated: dict[tuple[str, str, str], Counter] = {}
        self._shown: dict[tuple[str, str], Counter] = {}
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        children = self._children.get((route, status))
        if children is None:
            children = self._children[route, status] = (
                self.requests.labels(route, str(status)),
                self.seconds.labels(route),
            )
        children[0].inc()
        children[1].observe(seconds)

    def evaluated(self, service: str, outcome: str, status: str) -> None:
        """Count an evaluation."""
        key = (service, outcome, status)
        counter = self._evaluated.get(key)
        if counter is None:
            counter = self._evaluated[key] = self.evaluations.labels(*key)
        counter.inc()

    def shown(self, service: str, indicator: str) -> None:
        """Count a card that is shown."""
        key = (service, indicator)
        counter = self._shown.get(key)
        if counter is None:
            counter = self._shown[key] = self.cards.labels(*key)
        counter.inc()

    def of_store(self, store: Store) -> None:
        """Note how the store of this worker does."""
        self._lost.set(store.writer.lost)
        self._waiting.set(store.writer.waiting)
        self._up.set(0 if store.writer.failing else 1)

    def text(self) -> bytes:
        """Write them as Prometheus reads them."""
        if _SHARED not in os.environ:
            return generate_latest(self._registry)
        whole = CollectorRegistry()
        MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
        return generate_latest(whole)


def _gauge(name: str, says: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(f"myopathway_{name}", says, registry=registry, multiprocess_mode="livesum")
