"""The threads that refresh: one for each source under way, bounded, and fair.

A source that hangs keeps one place for as long as a fetch may take. So that many of them cannot take all places,
sources that failed the last time get at most half of them; and of one host's sources only one is under way at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock, Thread

from feedsvc.config.loader import Source
from feedsvc.core.errors import StoreUnavailable
from feedsvc.fetch.throttle import host_of
from feedsvc.logs import refresh_id
from feedsvc.refresh import Outcome, RefreshContext, refresh
from feedsvc.services.public_words import failure_class
from feedsvc.store.claims import Due, Fence

_log = logging.getLogger("feedsvc.worker")

Told = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class _Job:
    source: Source
    fence: Fence
    is_ailing: bool
    is_struck: bool
    thread: Thread


class WorkerPool:
    """At most `places` refreshes side by side."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._ailing_places = max(1, places // 2)
        self._jobs: dict[str, _Job] = {}
        self._unsettled: list[Fence] = []
        self._lock = Lock()

    def choose(self, due: Iterable[Due], sources: dict[str, Source]) -> list[Due]:
        """Return those that may begin now, in the order given.

        A source whose last attempt ended nowhere is read alone: beside nothing else, and nothing else beside it. When
        it has waited longest, nothing begins until its turn has come.
        """
        with self._lock:
            jobs = list(self._jobs.values())
        due = list(due)
        if any(job.is_struck for job in jobs):
            return []
        if due and due[0].is_struck:
            return [] if jobs else due[:1]
        due = [one for one in due if not one.is_struck]
        hosts = {_host(job.source) for job in jobs} - {None}
        ailing = sum(job.is_ailing for job in jobs)
        chosen: list[Due] = []
        for one in due:
            host = _host(sources[one.source_id])
            if len(jobs) + len(chosen) >= self._places:
                break
            if host in hosts or (one.is_ailing and ailing >= self._ailing_places) or one.source_id in self._jobs:
                continue
            chosen.append(one)
            hosts |= {host} - {None}
            ailing += one.is_ailing
        return chosen

    def begin(self, context: RefreshContext, source: Source, fence: Fence, due: Due) -> None:
        """Refresh a source that was claimed, in a thread of its own."""
        # A daemon: a thread that hangs must not keep the process from ending.
        thread = Thread(target=self._work, args=(context, source, fence), name=f"refresh {source.id}", daemon=True)
        with self._lock:
            self._jobs[source.id] = _Job(source, fence, due.is_ailing, due.is_struck, thread)
        thread.start()

    @property
    def fences(self) -> list[Fence]:
        """The claims of what is under way."""
        with self._lock:
            return [job.fence for job in self._jobs.values()]

    def take_unsettled(self) -> list[Fence]:
        """Claims whose refresh could not be written because the store was away: they do not count against it."""
        with self._lock:
            unsettled, self._unsettled = self._unsettled, []
        return unsettled

    def wait(self, monotonic: Callable[[], float], seconds: float) -> list[Fence]:
        """Wait for what is under way, that long at most. Returns the claims of what is not done."""
        end = monotonic() + seconds
        with self._lock:
            threads = [job.thread for job in self._jobs.values()]
        for thread in threads:
            thread.join(max(0.0, end - monotonic()))
        return self.fences

    def _work(self, context: RefreshContext, source: Source, fence: Fence) -> None:
        refresh_id.set(f"{source.id}/{fence.epoch}")
        try:
            run = refresh(context, source, fence=fence).run
            level = logging.INFO if run.outcome in ("applied", "unchanged") else logging.WARNING
            figures = f"{run.listings} listings, {run.new} new, {run.changed} changed, {run.took_ms} ms"
            # The message itself may hold a secret address or what a source answered: `feedsvc sources show` tells it.
            told = failure_class(run.message, "failing" if run.outcome == "failed" else run.outcome)
            _log.log(level, "%s: %s%s", run.source_id, run.outcome, f": {told}" if told else f" ({figures})")
            if run.message:
                _log.debug("%s: %s", run.source_id, run.message)
        except StoreUnavailable as error:
            _log.error("%s: %s", source.id, error)
            with self._lock:
                self._unsettled.append(fence)
        except Exception:
            _log.exception("%s: could not be refreshed", source.id)
        finally:
            with self._lock:
                self._jobs.pop(source.id, None)


def _host(source: Source) -> str | None:
    return None if source.common.url is None else host_of(source.common.url)
