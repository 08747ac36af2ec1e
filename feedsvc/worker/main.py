"""The worker's main thread: signals, reloads, and an eye on the ticker.

SIGTERM, SIGINT   begin nothing new, let what is under way finish for a while, give everything back, end
SIGHUP            read the configuration again; a wrong one is told and the old one stays. With other time zone data on
                  the disk the process starts over instead: what it has loaded of it stays loaded
"""

from __future__ import annotations

import logging
import os
import platform
import signal
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from feedsvc.bootstrap import Runtime, load_config, make_runtime, system_clock
from feedsvc.config.loader import Config
from feedsvc.core.errors import FeedsvcError, ProgramTooOld, StoreUnavailable
from feedsvc.services.program import zones_in_use, zones_on_disk
from feedsvc.worker.pool import WorkerPool
from feedsvc.worker.scheduler import LEASE, Scheduler
from feedsvc.worker.ticker import Ticker
from feedsvc.worker.watchdog import Watchdog

RESTART = 75
"""EX_TEMPFAIL: the process is to be started again, to have what is new on the disk."""
TOO_OLD = 78
"""EX_CONFIG: a newer program writes the store; this one is not to be started again."""
GRACE_SECONDS = 10.0
"""The time a refresh under way has to finish when the worker is asked to end."""

_log = logging.getLogger("feedsvc.worker")


def run_worker(
    config: Config, config_file: Path | None, alive: Callable[[], None] = lambda: None, *, allow_older: bool = False
) -> int:
    """Work until a signal ends it. `alive` is called after each tick. Returns the exit code.

    Raises StoreUnavailable when there is no store, ProgramTooOld where a newer program wrote it, unless `allow_older`.
    """
    holder = f"{LEASE}:{platform.node()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    def start(read: Config, *, allow_older: bool = False) -> Runtime:
        runtime = make_runtime(read, holder=holder)
        try:
            runtime.take_over(allow_older=allow_older)
        except StoreUnavailable:
            runtime.close()
            raise
        return runtime

    worker = Worker(start(config, allow_older=allow_older), start, lambda: load_config(config_file), alive)
    signals: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # Putting into a SimpleQueue is allowed within a signal handler; setting an Event is not.
        signal.signal(number, lambda received, _frame: signals.put(received))
    return worker.run(signals)


class Worker:
    """Everything of one worker process. `start` wires services, `reload` reads the configuration."""

    def __init__(
        self,
        runtime: Runtime,
        start: Callable[[Config], Runtime],
        reload: Callable[[], Config],
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._start = start
        self._alive = alive
        self._reload = reload
        settings = runtime.config.settings.worker
        context = runtime.refresh_context
        self._interval = settings.tick.total_seconds()
        self._pool = WorkerPool(settings.parallel)
        self.scheduler = Scheduler(runtime, self._pool, settings.lease, context.clock())
        self._watchdog = Watchdog(settings.watchdog.total_seconds(), context.monotonic)
        self._is_too_old = False
        self._ticker = Ticker(self._tick, settings.tick, system_clock)

    def run(self, signals: SimpleQueue[int]) -> int:
        """Work until SIGTERM or SIGINT comes out of the queue, or a newer program writes the store."""
        self.scheduler.adopt()
        self._watchdog.start()
        self._ticker.start()
        while True:
            try:
                received = signals.get(timeout=self._interval)
            except Empty:
                self._ticker.nudge()
                if self._is_too_old:
                    return self._end(TOO_OLD)
                continue
            if received != signal.SIGHUP:
                return self._end(0)
            if zones_on_disk() != zones_in_use():
                _log.info("time zone data %s came instead of %s; restarting", zones_on_disk(), zones_in_use())
                return self._end(RESTART)
            try:
                runtime = self._start(self._reload())
            except FeedsvcError as error:
                for line in str(error).splitlines():
                    _log.error("the new configuration is not used: %s", line)
                continue
            # What is under way goes on with what it began with; closing only lets go of connections nobody uses.
            old, self.scheduler.runtime = self.scheduler.runtime, runtime
            old.close()
            self.scheduler.adopt()
            _log.info("the configuration was read again: %d sources", len(runtime.config.sources))

    def _tick(self) -> None:
        try:
            self.scheduler.tick()
        except ProgramTooOld as error:
            _log.error("%s", error)
            self._is_too_old = True
            return
        except StoreUnavailable as error:
            # The store is away, the tick is not: another worker would fare no better.
            _log.error("%s", error)
        except Exception:
            _log.exception("the tick failed")
            return
        self._watchdog.feed()
        self._alive()

    def _end(self, code: int) -> int:
        _log.info("ending; what is under way has %.0f s to finish", GRACE_SECONDS)
        self._watchdog.stop()
        self._ticker.stop()
        abandoned = self._pool.wait(self.scheduler.runtime.refresh_context.monotonic, GRACE_SECONDS)
        with suppress(StoreUnavailable):
            # Make room for another worker at once. An abandoned refresh can write no more: its claim is void.
            runtime = self.scheduler.runtime
            with runtime.store.write() as snapshot:
                for fence in abandoned:
                    _log.warning("%s: abandoned; nothing of it was written", fence.source_id)
                    snapshot.claims.void(fence)
                snapshot.claims.resign(LEASE, runtime.refresh_context.holder, runtime.clock())
        self.scheduler.runtime.close()
        return code
