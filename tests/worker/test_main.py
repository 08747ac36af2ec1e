"""A worker as a whole: signals, reloads, a store that goes away; and as a real process."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import pytest
from sqlalchemy import Connection

from feedsvc.bootstrap import Runtime
from feedsvc.config.loader import Config
from feedsvc.config.settings import WorkerSettings
from feedsvc.core.errors import ConfigError, StoreUnavailable
from feedsvc.refresh.context import Task
from feedsvc.sources.base import Fetch
from feedsvc.store.editions import Writer
from feedsvc.worker.main import RESTART, TOO_OLD, Worker
from tests.worker.workshop import READING, Workshop, sources_file, until

TICK = timedelta(milliseconds=20)


class Running:
    """A worker in a thread, steered by a queue instead of signals."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self.signals: SimpleQueue[int] = SimpleQueue()
        self.code: int | None = None
        self.worker = Worker(self._runtime(shop.config()), self._runtime, shop.config)
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def _runtime(self, config: Config) -> Runtime:
        quick = WorkerSettings.model_construct(
            parallel=4, tick=TICK, lease=timedelta(seconds=60), watchdog=timedelta(seconds=60)
        )
        settings = config.settings.model_copy(update={"worker": quick})
        return self.shop.worker("worker:one", replace(config, settings=settings))

    def _run(self) -> None:
        self.code = self.worker.run(self.signals)

    def ends(self) -> int | None:
        self.signals.put(signal.SIGTERM)
        self.thread.join(20)
        return self.code


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(Workshop(tmp_path, "a"))
    yield running
    running.ends()


def test_sigterm_lets_what_is_under_way_finish(tmp_path: Path) -> None:
    begun, go_on = Event(), Event()
    shop = Workshop(tmp_path, "a")

    def read(_task: Task, _fetch: Fetch) -> str:
        begun.set()
        go_on.wait(60)
        return READING

    shop.read = read
    running = Running(shop)
    assert begun.wait(60)
    running.signals.put(signal.SIGTERM)
    go_on.set()
    assert running.ends() == 0
    assert [run.outcome for run in shop.runs()] == ["applied"]
    state = shop.state()
    assert (state.claimed_by, state.strikes) == (None, 0)


def test_sigterm_abandons_what_does_not_finish_and_gives_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.worker.main.GRACE_SECONDS", 0.05)
    begun, go_on = Event(), Event()
    shop = Workshop(tmp_path, "a")

    def read(_task: Task, _fetch: Fetch) -> str:
        begun.set()
        go_on.wait(60)
        return READING

    shop.read = read
    running = Running(shop)
    assert begun.wait(60)
    assert running.ends() == 0
    go_on.set()
    until(lambda: not running.worker.scheduler.pool.fences)
    assert shop.runs() == []
    assert shop.state().claimed_by is None
    other = shop.scheduler(shop.worker("worker:two"))
    shop.done(other)
    assert (other.epoch, len(shop.runs())) == (2, 1)


def test_sighup_reads_the_configuration_again(running: Running) -> None:
    until(lambda: bool(running.shop.runs("a")))
    sources_file(running.shop.folder, "a", "b")
    running.signals.put(signal.SIGHUP)
    until(lambda: bool(running.shop.runs("b")))


def test_a_wrong_configuration_is_told_and_the_old_one_stays(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    until(lambda: bool(running.shop.runs("a")))
    sources_file(running.shop.folder, "a", "b", every="often")
    with caplog.at_level(logging.ERROR, "feedsvc.worker"):
        running.signals.put(signal.SIGHUP)
        until(lambda: "not a span of time" in caplog.text)
    assert "the new configuration is not used" in caplog.text
    with pytest.raises(ConfigError):
        running.shop.config()
    assert [source.id for source in running.worker.scheduler.runtime.config.sources] == ["a"]
    running.shop.passes(hours=7)
    until(lambda: len(running.shop.runs("a")) == 2)


def test_sighup_with_other_time_zone_data_on_the_disk_starts_the_process_over(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: bool(running.shop.runs("a")))
    monkeypatch.setattr("feedsvc.worker.main.zones_on_disk", lambda: "2999a")
    running.signals.put(signal.SIGHUP)
    running.thread.join(20)
    assert running.code == RESTART
    with running.shop.runtime.store.write() as snapshot:
        assert snapshot.claims.lead("worker", "worker:two", running.shop.now, timedelta(seconds=60)) is not None


def test_worker_ends_for_good_when_a_newer_program_writes_the_store(running: Running) -> None:
    until(lambda: bool(running.shop.runs("a")))
    with running.shop.runtime.store.write() as snapshot:
        snapshot.provenance.put_last_writer(Writer("999.0", "2025b"))
    running.thread.join(20)
    assert running.code == TOO_OLD


def test_a_store_that_goes_away_for_a_while_does_not_stop_the_tick(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_engine: object) -> AbstractContextManager[Connection]:
        raise StoreUnavailable("the store did not answer")

    until(lambda: bool(running.shop.runs("a")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("feedsvc.store.store.writing", away)
        until(lambda: "did not answer" in caplog.text)
    running.shop.passes(hours=7)
    until(lambda: len(running.shop.runs("a")) == 2)
