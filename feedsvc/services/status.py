"""Freshness of everything: the store, the edition, the worker, every source. For /status, /status.json and /metrics.

While the store does not answer, the last thing it said is told, with the time it was said.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from feedsvc.config.loader import Source
from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.secrets import masked_text
from feedsvc.feeds.edition_watch import EditionWatch
from feedsvc.services.program import lacking
from feedsvc.services.public_words import failure_class
from feedsvc.store.editions import Writer
from feedsvc.store.sources import SourceState
from feedsvc.store.store import Store

WORKER = "worker"
"""The name under which the leading worker gives its signs of life."""
WORKER_SILENT = timedelta(seconds=90)
DISK_LOW = 0.05
"""Below this share of free room the status says so."""
_KEPT = timedelta(seconds=1)
_ADDRESS = re.compile(r"(https?://)(?:[^\s/@]*@)?([^\s/?#]+[^\s?#]*)[?#]?\S*")


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source in public words. `word` is SourceState.word; `error` is None when all is well.

    `message` is for operators alone: what administrators are told, without secrets. `late_since` is when something new
    last came of it, where it promised more.
    """

    id: str
    name: str
    word: str
    refreshed_at: datetime | None
    tried_at: datetime | None
    due_at: datetime | None
    every_seconds: int
    failures: int
    partly_read: int
    error: str | None
    message: str | None
    late_since: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """As of `as_of`, when the store last answered; None when it never did. `silent_since` is None while it answers.

    `disk_free` is the share of the data folder's disk that is free, None where that is not known. `lacks` says how this
    process is older than the program that writes the store; None where it is not.
    """

    as_of: datetime | None = None
    silent_since: datetime | None = None
    edition: int = 0
    edition_at: datetime | None = None
    events: int = 0
    worker_at: datetime | None = None
    lacks: str | None = None
    disk_free: float | None = None
    restarts: tuple[tuple[str, int], ...] = ()
    sources: tuple[SourceStatus, ...] = ()

    def troubles(self, now: datetime) -> list[str]:
        """Everything that is not as it should be, in sentences. Feeds are served all the same."""
        found = []
        if self.silent_since is not None:
            found.append(f"The store has not answered since {_text(self.silent_since)}; feeds are served as they were.")
        if self.worker_at is not None and now - self.worker_at > WORKER_SILENT:
            found.append(f"The worker has given no sign of life since {_text(self.worker_at)}; nothing is refreshed.")
        if self.as_of is not None and self.worker_at is None:
            found.append("No worker was ever seen; nothing is refreshed.")
        if self.disk_free is not None and self.disk_free < DISK_LOW:
            found.append(f"The disk is nearly full: {100 * self.disk_free:.0f} % are free.")
        if self.lacks is not None:
            found.append(f"The store was written {self.lacks}; feeds are served, this process should be updated.")
        for source in self.sources:
            if source.word in ("failing", "held", "paused") or (source.word == "partly read" and source.error):
                reason = f": {source.error}" if source.error else ""
                found.append(f"{source.name} is {source.word}{reason}")
            if source.late_since is not None:
                found.append(f"{source.name} is late: nothing new since {_text(source.late_since)}")
        return found


class StatusBoard:
    """Reads the status, at most about once a second. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        edition_watch: EditionWatch,
        sources: Callable[[], tuple[Source, ...]],
        own: Writer,
        folder: Path,
    ) -> None:
        self._folder = folder
        self._own = own
        self._store = store
        self._edition_watch = edition_watch
        self._sources = sources
        self._lock = Lock()
        self._known = ServiceStatus()

    def status(self, now: datetime) -> ServiceStatus:
        """The status of now."""
        self._edition_watch.look_if_due()
        silent = self._edition_watch.silent_seconds
        if silent is not None:
            return replace(self._known, silent_since=now - timedelta(seconds=round(silent)))
        with self._lock:
            as_of = self._known.as_of
            if as_of is None or not timedelta(0) <= now - as_of < _KEPT:
                try:
                    self._known = self._read(now)
                except StoreUnavailable:
                    return replace(self._known, silent_since=now)
            return self._known

    def _read(self, now: datetime) -> ServiceStatus:
        with self._store.read() as snapshot:
            states = {state.id: state for state in snapshot.sources.states()}
            promised = [one.id for one in self._sources() if one.common.promise is not None]
            news = {one: snapshot.sources.last_news(one) for one in promised}
            sign = snapshot.claims.heartbeat(WORKER)
            return ServiceStatus(
                as_of=now,
                edition=snapshot.feeds.edition(),
                edition_at=snapshot.feeds.edition_at(),
                events=snapshot.totals.events({}),
                lacks=lacking(snapshot.provenance.last_writer(), self._own),
                disk_free=disk_free(self._folder),
                restarts=tuple(_restarts(self._folder)),
                worker_at=None if sign is None else sign.beat_at,
                sources=tuple(
                    _source(source, states.get(source.id) or SourceState(source.id), news.get(source.id), now)
                    for source in self._sources()
                ),
            )


def _source(source: Source, state: SourceState, news_at: datetime | None, now: datetime) -> SourceStatus:
    every, promise = state.every(source.common.every), source.common.promise
    is_late = news_at is not None and promise is not None and now - news_at > promise and state.paused_at is None
    error = state.paused_why if state.paused_at is not None else state.last_error
    return SourceStatus(
        id=source.id,
        name=source.common.name or source.id,
        word=state.word,
        refreshed_at=state.refreshed_at,
        tried_at=state.tried_at,
        due_at=None if state.paused_at is not None else state.due_at,
        every_seconds=int(every.total_seconds()),
        failures=state.failures,
        partly_read=state.partly_read,
        error=failure_class(error, state.word),
        message=None if error is None else masked_text(" ".join(error.split())),
        late_since=news_at if is_late else None,
    )


def _restarts(folder: Path) -> Iterator[tuple[str, int]]:
    """How often what watches over the processes had to start one again, since it was started itself."""
    for process in ("web", "worker"):
        with suppress(OSError, ValueError):
            yield process, int((folder / f"restarts-{process}").read_text())


def disk_free(folder: Path) -> float | None:
    """Return the share of a folder's disk that is free; None where the folder is missing."""
    try:
        facts = shutil.disk_usage(folder)
    except OSError:
        return None
    return facts.free / facts.total


def public(text: str) -> str:
    """A message for administrators, without what addresses may carry besides the place: names, passwords, keys."""
    return _ADDRESS.sub(r"\1\2", " ".join(text.split()))


def as_json(status: ServiceStatus, now: datetime, *, operators: bool = False) -> dict[str, Any]:
    """The status for programs. Only `operators` are told the messages themselves."""
    troubles = status.troubles(now)
    return {
        "now": _text(now),
        "good": not troubles,
        "troubles": troubles,
        "store": {
            "answers": status.silent_since is None,
            "silent_since": _text(status.silent_since),
            "newer": status.lacks,
            "as_of": _text(status.as_of),
        },
        "feeds": {"edition": status.edition, "edition_at": _text(status.edition_at), "events": status.events},
        "worker": {"seen_at": _text(status.worker_at)},
        "restarts": dict(status.restarts),
        "disk_free": None if status.disk_free is None else round(status.disk_free, 3),
        "sources": [
            {
                "id": source.id,
                "name": source.name,
                "state": source.word,
                "refreshed_at": _text(source.refreshed_at),
                "tried_at": _text(source.tried_at),
                "due_at": _text(source.due_at),
                "every_seconds": source.every_seconds,
                "failures": source.failures,
                "partly_read": source.partly_read,
                "error": source.error,
                "late_since": _text(source.late_since),
                **({"message": source.message} if operators else {}),
            }
            for source in status.sources
        ],
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
