"""A worker's parts over a fresh store, with sources whose reading a test decides, and time that a test turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from feedsvc.bootstrap import Runtime, make_runtime
from feedsvc.config.loader import Config
from feedsvc.core.model import Reading
from feedsvc.core.serialize import reading_text
from feedsvc.refresh.context import Task
from feedsvc.sources.base import Fetch
from feedsvc.store.sources import Run, SourceState
from feedsvc.worker.pool import WorkerPool
from feedsvc.worker.scheduler import Scheduler
from tests.quick import prepared_folder
from tests.refresh.world import NOW, configuration, listing

READING = reading_text(Reading((listing(),)))


def until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so; fail when it is not so in time: a bound for a machine that is very busy."""
    end, pause = time.monotonic() + seconds, 0.005
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)
        # Who asks for it all the time keeps a busy machine from doing it.
        pause = min(0.2, pause * 1.2)


def sources_file(folder: Path, *ids: str, every: str = "6h", **keys: str) -> Path:
    """A sources file with these sources, each out of a file that need not exist."""
    more = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    text = "".join(
        f'[[source]]\nid = "{one}"\nkind = "opengovweek"\npath = "x"\nevery = "{every}"\n{more}' for one in ids
    )
    file = folder / "sources.toml"
    file.write_text(text, encoding="utf-8")
    return file


class Workshop:
    """`now` is everybody's clock; `read` is what happens when any source is read."""

    def __init__(self, folder: Path, *ids: str, **keys: str) -> None:
        self.folder = folder
        self.now = NOW
        self.read: Callable[[Task, Fetch], str] = lambda _task, _fetch: READING
        self.sources = sources_file(folder, *ids, **keys)
        prepared_folder(folder)
        self.runtime = self.worker("worker:one")

    def config(self, **environment: str) -> Config:
        """The configuration as it now is."""
        return configuration(self.folder, FEEDSVC_SOURCES=str(self.sources), **environment)

    def worker(self, holder: str, config: Config | None = None) -> Runtime:
        """What a worker of that name works with."""
        runtime = make_runtime(config or self.config(), lambda: self.now, time.monotonic, holder=holder)
        return replace(runtime, refresh_context=replace(runtime.refresh_context, read=self._read))

    def _read(self, task: Task, fetch: Fetch) -> str:
        return self.read(task, fetch)

    def scheduler(self, runtime: Runtime | None = None, parallel: int = 4, lease: float = 60) -> Scheduler:
        """A worker's turns, ready for the first tick."""
        scheduler = Scheduler(runtime or self.runtime, WorkerPool(parallel), timedelta(seconds=lease), self.now)
        scheduler.adopt()
        return scheduler

    def passes(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def state(self, source_id: str = "a") -> SourceState:
        """A source's row."""
        with self.runtime.store.read() as snapshot:
            return snapshot.sources.state(source_id)

    def runs(self, source_id: str = "a") -> list[Run]:
        """A source's refreshes, newest first."""
        with self.runtime.store.read() as snapshot:
            return snapshot.sources.last_runs(source_id, 100)

    def done(self, scheduler: Scheduler) -> None:
        """A tick, and wait for what it began."""
        scheduler.tick()
        until(lambda: not scheduler.pool.fences)
