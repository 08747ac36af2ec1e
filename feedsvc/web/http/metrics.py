"""Brings what the gate and the document cache count to the metrics: about once a second, and when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from flask import Flask, Response
from prometheus_client import CollectorRegistry, Counter, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import MutexValue, ValueClass

import feedsvc
from feedsvc.feeds.cache import DocumentCache
from feedsvc.services.status import ServiceStatus
from feedsvc.web.http.answers import Hits


class Reporter:
    """Between what counts and what is read. The hot paths only add to numbers of their own."""

    def __init__(self, metrics: Metrics, documents: DocumentCache, hits: Hits) -> None:
        self.metrics = metrics
        self._documents = documents
        self._lock = Lock()
        build_counts, told = documents.build_counts, metrics
        self._counts: tuple[tuple[Callable[[], float], Callable[[float], None]], ...] = (
            (lambda: hits.full, told.answers.labels("gate", "200").inc),
            (lambda: hits.unchanged, told.answers.labels("gate", "304").inc),
            (lambda: build_counts.builds, told.builds.inc),
            (lambda: build_counts.build_seconds, told.build_seconds.inc),
            (lambda: build_counts.failed_builds, told.failed_builds.inc),
            (lambda: build_counts.failed_looks, told.failed_looks.inc),
        )
        self._reported = [0.0] * len(self._counts)

    def count(self, app: Flask) -> None:
        """Count what Flask answers, and report whenever the cache asks the store."""
        self._documents.edition_watch.after = self.report

        @app.after_request
        def counted(response: Response) -> Response:
            self.metrics.answers.labels("flask", str(response.status_code)).inc()
            return response

    def report(self) -> None:
        """Add what was counted since the last time."""
        with self._lock:
            for number, (count, add) in enumerate(self._counts):
                now = count()
                add(now - self._reported[number])
                self._reported[number] = now

    def exposition(self, status: ServiceStatus) -> bytes:
        """Everything, as text for Prometheus."""
        self.report()
        return self.metrics.exposition(self._facts(status))

    def _facts(self, status: ServiceStatus) -> Iterator[Fact]:
        yield Fact("feedsvc_info", 1, (("version", feedsvc.__version__),))
        yield Fact("feedsvc_store_up", status.silent_since is None)
        yield Fact("feedsvc_edition", status.edition)
        yield from _at("feedsvc_edition_timestamp_seconds", status.edition_at)
        yield Fact("feedsvc_events", status.events)
        yield from _at("feedsvc_worker_timestamp_seconds", status.worker_at)
        if status.as_of is not None:
            yield Fact("feedsvc_worker_seen", status.worker_at is not None)
        if status.disk_free is not None:
            yield Fact("feedsvc_disk_free_ratio", status.disk_free)
        yield Fact("feedsvc_program_old", status.lacks is not None)
        for source in status.sources:
            label = ("source", source.id)
            yield from _at("feedsvc_source_good_timestamp_seconds", source.refreshed_at, label)
            yield from _at("feedsvc_source_tried_timestamp_seconds", source.tried_at, label)
            yield from _at("feedsvc_source_due_timestamp_seconds", source.due_at, label)
            yield Fact("feedsvc_source_failures", source.failures, (label,))
            yield Fact("feedsvc_source_partly_read", source.partly_read, (label,))
            yield Fact("feedsvc_source_held", source.word == "held", (label,))
            yield Fact("feedsvc_source_paused", source.word == "paused", (label,))
            yield Fact("feedsvc_source_late", source.late_since is not None, (label,))
        for process, restarts in status.restarts:
            yield Fact("feedsvc_restarts", restarts, (("process", process),))
        yield Fact("feedsvc_documents", len(self._documents.lru))
        yield Fact("feedsvc_document_bytes", self._documents.lru.weight)


def _at(name: str, moment: datetime | None, *labels: tuple[str, str]) -> Iterator[Fact]:
    if moment is not None:
        yield Fact(name, moment.timestamp(), labels)


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

GAUGES = {
    "feedsvc_info": "Always 1; the version is a label.",
    "feedsvc_store_up": "Whether the store answered this process the last time it was asked.",
    "feedsvc_edition": "Number of the last edition: it rises with every change that people can see.",
    "feedsvc_edition_timestamp_seconds": "When the last edition was made.",
    "feedsvc_events": "Events that are in feeds.",
    "feedsvc_worker_timestamp_seconds": "Last sign of life of the leading worker; missing if there never was one.",
    "feedsvc_source_good_timestamp_seconds": "Last good refresh of a source; missing before the first.",
    "feedsvc_source_tried_timestamp_seconds": "Last refresh of a source, good or not; missing before the first.",
    "feedsvc_source_due_timestamp_seconds": "When a source is read next, where that is known.",
    "feedsvc_source_failures": "Refreshes of a source in a row that failed.",
    "feedsvc_source_partly_read": "Readings of a source in a row that were not whole.",
    "feedsvc_worker_seen": "Whether a worker was ever seen.",
    "feedsvc_disk_free_ratio": "Share of the data folder's disk that is free, 0 to 1.",
    "feedsvc_source_held": "Whether a refresh of a source waits for a decision.",
    "feedsvc_source_paused": "Whether a source is paused.",
    "feedsvc_program_old": "Whether a newer program, or newer time zone data, wrote the store than this process has.",
    "feedsvc_source_late": "Whether nothing new came of a source for longer than it promises.",
    "feedsvc_restarts": "Restarts of processes that ended by themselves, since their supervisor began.",
    "feedsvc_documents": "Finished feeds in the memory of the process that answered.",
    "feedsvc_document_bytes": "Bytes of finished feeds in the memory of the process that answered.",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of one of GAUGES, with its labels."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()
        self.answers = Counter(
            "feedsvc_answers",
            "Answers, by who gave them (gate or flask) and status.",
            ("by", "status"),
            registry=registry,
        )
        self.builds = Counter("feedsvc_builds", "Feeds that were built.", registry=registry)
        self.build_seconds = Counter("feedsvc_build_seconds", "Time that building feeds took.", registry=registry)
        self.failed_builds = Counter(
            "feedsvc_failed_builds", "Feeds that could not be built; the old one was served.", registry=registry
        )
        self.failed_looks = Counter(
            "feedsvc_failed_looks", "Questions for the edition that the store did not answer.", registry=registry
        )

    def exposition(self, facts: Iterable[Fact]) -> bytes:
        """Everything, as text for Prometheus."""
        registry = self._registry
        if ValueClass is not MutexValue:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        once = CollectorRegistry()
        once.register(_Facts(tuple(facts)))
        return generate_latest(registry) + generate_latest(once)


class _Facts(Collector):
    """Facts as gauges, each family once."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self._facts = facts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, meaning in GAUGES.items():
            found = [fact for fact in self._facts if fact.name == name]
            if found:
                family = GaugeMetricFamily(name, meaning, labels=[label for label, _ in found[0].labels])
                for fact in found:
                    family.add_metric([text for _, text in fact.labels], fact.value)
                yield family
