"""Brings what the gate and the library count, in plain numbers, to the metrics: about once a second, and when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Lock

from flask import Flask, Response

import feedsvc
from feedsvc.feeds.cache import Library
from feedsvc.metrics import Fact, Metrics
from feedsvc.services.status import Status
from feedsvc.web.http.answers import Hits


class Reporter:
    """Between what counts and what is read. The hot paths only add to numbers of their own."""

    def __init__(self, metrics: Metrics, library: Library, hits: Hits) -> None:
        self.metrics = metrics
        self._library = library
        self._lock = Lock()
        tally, told = library.tally, metrics
        self._counts: tuple[tuple[Callable[[], float], Callable[[float], None]], ...] = (
            (lambda: hits.full, told.answers.labels("gate", "200").inc),
            (lambda: hits.unchanged, told.answers.labels("gate", "304").inc),
            (lambda: tally.builds, told.builds.inc),
            (lambda: tally.build_seconds, told.build_seconds.inc),
            (lambda: tally.failed_builds, told.failed_builds.inc),
            (lambda: tally.failed_looks, told.failed_looks.inc),
        )
        self._reported = [0.0] * len(self._counts)

    def count(self, app: Flask) -> None:
        """Count what Flask answers, and report whenever the library asks the store."""
        self._library.lookout.after = self.report

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

    def exposition(self, status: Status) -> bytes:
        """Everything, as text for Prometheus."""
        self.report()
        return self.metrics.exposition(self._facts(status))

    def _facts(self, status: Status) -> Iterator[Fact]:
        yield Fact("feedsvc_info", 1, (("version", feedsvc.__version__),))
        yield Fact("feedsvc_store_up", status.silent_since is None)
        yield Fact("feedsvc_edition", status.edition)
        yield from _at("feedsvc_edition_timestamp_seconds", status.edition_at)
        yield Fact("feedsvc_events", status.events)
        yield from _at("feedsvc_worker_timestamp_seconds", status.worker_at)
        for source in status.sources:
            label = ("source", source.id)
            yield from _at("feedsvc_source_good_timestamp_seconds", source.refreshed_at, label)
            yield from _at("feedsvc_source_tried_timestamp_seconds", source.tried_at, label)
            yield from _at("feedsvc_source_due_timestamp_seconds", source.due_at, label)
            yield Fact("feedsvc_source_failures", source.failures, (label,))
            yield Fact("feedsvc_source_paused", source.word == "paused", (label,))
        yield Fact("feedsvc_documents", len(self._library.shelf))
        yield Fact("feedsvc_document_bytes", self._library.shelf.weight)


def _at(name: str, moment: datetime | None, *labels: tuple[str, str]) -> Iterator[Fact]:
    if moment is not None:
        yield Fact(name, moment.timestamp(), labels)
