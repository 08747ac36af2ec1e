"""Many sources side by side: a source that hangs delays no other, and a host is asked for one at a time."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Lock

import pytest

from feedsvc.core.errors import FetchFailed, StoreUnavailable
from feedsvc.refresh.context import Task
from feedsvc.sources.base import Fetch
from feedsvc.store.claims import Due
from feedsvc.worker.pool import WorkerPool
from tests.worker.workshop import READING, Workshop, until

GOOD = [f"good-{number}" for number in range(10)]
HANGING = [f"hanging-{number}" for number in range(10)]


def test_ten_hanging_sources_do_not_slow_down_ten_good_ones(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, *HANGING, *GOOD)
    scheduler = shop.scheduler(parallel=8)
    deadline = Event()

    def read(task: Task, _fetch: Fetch) -> str:
        if task.source.id.startswith("hanging"):
            deadline.wait(60)
            raise FetchFailed("took longer than 30 s")
        return READING

    shop.read = read
    deadline.set()  # The first time nobody knows yet which ones hang.
    until(lambda: scheduler.tick() is None and all(shop.runs(one) for one in (*GOOD, *HANGING)))
    until(lambda: not scheduler.pool.fences)
    deadline.clear()
    for turn in range(2, 6):
        shop.passes(hours=8)
        until(lambda turn=turn: scheduler.tick() is None and all(len(shop.runs(one)) >= turn for one in GOOD))  # type: ignore[misc]
    assert 0 < len(scheduler.pool.fences) <= 4
    deadline.set()
    until(lambda: not scheduler.pool.fences)


def test_no_more_than_its_places_are_under_way(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, *GOOD)
    scheduler = shop.scheduler(parallel=3)
    lock, under_way, most = Lock(), [0], [0]

    def read(_task: Task, _fetch: Fetch) -> str:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        until(lambda: most[0] == 3)
        with lock:
            under_way[0] -= 1
        return READING

    shop.read = read
    until(lambda: scheduler.tick() is None and all(shop.runs(one) for one in GOOD))
    assert most[0] == 3


def test_of_one_hosts_sources_one_is_under_way_at_a_time(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, "a", "b", "c")
    for one, url in (("a", "https://one.example/1"), ("b", "https://ONE.example/2"), ("c", "https://two.example/")):
        file = shop.sources
        file.write_text(
            file.read_text().replace(
                f'id = "{one}"\nkind = "opengovweek"\npath = "x"', f'id = "{one}"\nkind = "opengovweek"\nurl = "{url}"'
            )
        )
    sources = {source.id: source for source in shop.config().sources}
    chosen = WorkerPool(9).choose([Due(one, False) for one in ("a", "b", "c")], sources)
    assert [one.source_id for one in chosen] == ["a", "c"]


def test_failed_sources_get_at_most_half_of_the_places(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, *GOOD)
    sources = {source.id: source for source in shop.config().sources}
    due = [Due(one, number < 8) for number, one in enumerate(GOOD)]
    assert [one.source_id for one in WorkerPool(4).choose(due, sources)] == ["good-0", "good-1", "good-8", "good-9"]
    assert len(WorkerPool(1).choose(due, sources)) == 1


def test_a_store_that_is_away_is_no_strike_against_the_source(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, "a")
    scheduler = shop.scheduler()

    def read(_task: Task, _fetch: Fetch) -> str:
        raise StoreUnavailable("the disk is full")

    shop.read = read
    for _ in range(5):
        shop.done(scheduler)
        shop.passes(minutes=11)
    shop.read = lambda _task, _fetch: READING
    shop.done(scheduler)
    assert [run.outcome for run in shop.runs()] == ["applied"]
    assert shop.state().paused_at is None


@pytest.mark.parametrize("error", [ValueError("a bug"), RecursionError()])
def test_a_fault_of_this_program_costs_one_source(tmp_path: Path, error: Exception) -> None:
    shop = Workshop(tmp_path, "a", "b")
    scheduler = shop.scheduler()

    def read(task: Task, _fetch: Fetch) -> str:
        if task.source.id == "a":
            raise error
        return READING

    shop.read = read
    shop.done(scheduler)
    assert [shop.runs("a")[0].outcome, shop.runs("b")[0].outcome] == ["failed", "applied"]
    assert type(error).__name__ in (shop.state("a").last_error or "")
