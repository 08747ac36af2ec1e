"""Jobs beside the refreshes, each in a thread of its own: events written again, files published. The tick goes on.

What is published is asked of the store, not of this process: an edition that another worker or a command has made is
published as well. A target that does not take files is tried again after a while; the web serves meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Thread

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import FeedsvcError
from feedsvc.publish.run import publish_changes
from feedsvc.refresh.render import read_again, render_stale

RETRY = timedelta(minutes=1)
"""The pause before a job that failed is tried again."""

_log = logging.getLogger("feedsvc.worker")


class _Job:
    """One run at a time, in a thread of its own; after a failure not before a pause. Lives as long as the process."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._not_before: datetime | None = None

    @property
    def is_busy(self) -> bool:
        """True while a run is under way."""
        return self._thread is not None and self._thread.is_alive()

    def _begin(self, name: str, run: Callable[[], None], failed: str, now: datetime) -> None:
        """Begin a run, if none is under way and no pause lasts. `failed` opens the words of a failure in the log."""
        if self.is_busy or (self._not_before is not None and now < self._not_before <= now + RETRY):
            return

        def to_the_end() -> None:
            try:
                run()
            except FeedsvcError as error:
                self._not_before = now + RETRY
                _log.error("%s: %s", failed, error)
            except Exception:
                self._not_before = now + RETRY
                _log.exception("%s", failed)
            else:
                self._not_before = None

        # A daemon: what is done is done piece by piece, so it may end at any moment and goes on the next time.
        self._thread = Thread(target=to_the_end, name=name, daemon=True)
        self._thread.start()


class Publisher(_Job):
    """Publishes one edition at a time."""

    _published: tuple[Runtime, int] | None = None

    def consider(self, runtime: Runtime, edition: int, now: datetime) -> None:
        """Begin to publish, if there is a target, something new, and nothing under way."""
        target = runtime.config.settings.publish.target
        if target and self._published != (runtime, edition):
            self._begin("publish", partial(self._publish, runtime, target, edition), "not published", now)

    def _publish(self, runtime: Runtime, target: str, edition: int) -> None:
        report = publish_changes(runtime.exports, target, runtime.config.settings.feeds.max_age)
        for fault in report.faults:
            _log.error("published without %s; its old file stays", fault)
        self._published = runtime, edition
        if report.written:
            _log.info("published edition %d into %s: %d files written", report.edition, target, report.written)


class _Superseded(Exception):
    """The configuration was read again meanwhile."""


class Renderer(_Job):
    """Renders by one runtime at a time."""

    _wanted: Runtime | None = None
    _done: Runtime | None = None

    def consider(self, runtime: Runtime, now: datetime) -> None:
        """Begin, if this runtime has not been rendered by yet and nothing is under way."""
        self._wanted = runtime
        if self._done is not runtime:
            self._begin("render", partial(self._render, runtime), "not rendered", now)

    def _render(self, runtime: Runtime) -> None:
        def go_on(_seen: int) -> None:
            if self._wanted is not runtime:
                raise _Superseded

        try:
            read_again(runtime.refresh_context, runtime.config.sources, go_on)
            done = render_stale(runtime.refresh_context, go_on)
        except _Superseded:
            return
        self._done = runtime
        if done.seen:
            _log.info("rendered: %d events looked at, %d changed", done.seen, done.changed)
