"""Jobs beside the refreshes, each in a thread of its own: events written again, files published. The tick goes on.

What is published is asked of the store, not of this process: an edition that another worker or a command has made is
published as well. A target that does not take files is tried again after a while; the web serves meanwhile.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from threading import Thread

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import FeedsvcError, StoreUnavailable
from feedsvc.publish.run import publish_changes
from feedsvc.refresh.render import read_again, render_stale

RETRY = timedelta(minutes=1)
"""The pause before a job that failed is tried again."""

_log = logging.getLogger("feedsvc.worker")


class Publisher:
    """Publishes one edition at a time. Lives as long as the worker's process."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._published: tuple[Runtime, int] | None = None
        self._not_before: datetime | None = None

    def consider(self, runtime: Runtime, edition: int, now: datetime) -> None:
        """Begin to publish, if there is a target, something new, and nothing under way."""
        target = runtime.config.settings.publish.target
        if not target or self.is_busy or self._published == (runtime, edition):
            return
        if self._not_before is not None and now < self._not_before <= now + RETRY:
            return
        # A daemon: files are put in place one by one, so it may end at any moment and goes on the next time.
        self._thread = Thread(target=self._publish, args=(runtime, target, edition, now), name="publish", daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """True while files are being written."""
        return self._thread is not None and self._thread.is_alive()

    def _publish(self, runtime: Runtime, target: str, edition: int, now: datetime) -> None:
        try:
            report = publish_changes(runtime.exports, target, runtime.config.settings.feeds.max_age)
        except FeedsvcError as error:
            self._not_before = now + RETRY
            _log.error("not published: %s", error)
            return
        except Exception:
            self._not_before = now + RETRY
            _log.exception("not published into %s", target)
            return
        for fault in report.faults:
            _log.error("published without %s; its old file stays", fault)
        self._published, self._not_before = (runtime, edition), None
        if report.written:
            _log.info("published edition %d into %s: %d files written", report.edition, target, report.written)


class _Superseded(Exception):
    """The configuration was read again meanwhile."""


class Renderer:
    """Renders by one runtime at a time. Lives as long as the worker's process."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._wanted: Runtime | None = None
        self._done: Runtime | None = None
        self._not_before: datetime | None = None

    def consider(self, runtime: Runtime, now: datetime) -> None:
        """Begin, if this runtime has not been rendered by yet and nothing is under way."""
        self._wanted = runtime
        if self._done is runtime or self.is_busy:
            return
        if self._not_before is not None and now < self._not_before <= now + RETRY:
            return
        # A daemon: each batch is a transaction of its own, so it may end at any moment and goes on the next time.
        self._thread = Thread(target=self._render, args=(runtime, now), name="render", daemon=True)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """True while events are being written."""
        return self._thread is not None and self._thread.is_alive()

    def _render(self, runtime: Runtime, now: datetime) -> None:
        def go_on(_seen: int) -> None:
            if self._wanted is not runtime:
                raise _Superseded

        try:
            read_again(runtime.refresh_context, runtime.config.sources, go_on)
            done = render_stale(runtime.refresh_context, go_on)
        except _Superseded:
            return
        except StoreUnavailable as error:
            self._not_before = now + RETRY
            _log.error("not rendered: %s", error)
            return
        except Exception:
            self._not_before = now + RETRY
            _log.exception("not rendered")
            return
        self._done, self._not_before = runtime, None
        if done.seen:
            _log.info("rendered: %d events looked at, %d changed", done.seen, done.changed)
