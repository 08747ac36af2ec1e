"""Rendering at the start and after each reload, in a thread of its own: refreshes go on while events are written."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from threading import Thread

from feedsvc.bootstrap import Runtime
from feedsvc.core.errors import StoreUnavailable
from feedsvc.refresh.render import render_stale

RETRY = timedelta(minutes=1)
"""How long rendering that failed is left alone."""

_log = logging.getLogger("feedsvc.worker")


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
        """Whether events are being written."""
        return self._thread is not None and self._thread.is_alive()

    def _render(self, runtime: Runtime, now: datetime) -> None:
        def go_on(_seen: int) -> None:
            if self._wanted is not runtime:
                raise _Superseded

        try:
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
