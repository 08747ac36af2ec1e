"""Every number that Prometheus may read, with what it means. In one place, so that the names stay together.

What processes count is added up over all processes of a server, if they share a folder: PROMETHEUS_MULTIPROC_DIR,
which prometheus-client reads when it is imported, and `feedsvc serve` sets for more than one worker. What is true of
the store is read when somebody asks, so each process says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import MutexValue, ValueClass

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
    "feedsvc_source_paused": "Whether a source is paused.",
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
    """What one process counts."""

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
