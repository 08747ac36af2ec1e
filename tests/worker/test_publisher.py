"""A worker with a target publishes after each new edition, beside its other work, and outlives a target that fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.worker import jobs as module
from feedsvc.worker.jobs import RETRY
from feedsvc.worker.scheduler import Scheduler
from tests.publish.house import few
from tests.worker.workshop import Workshop, until


def at_work(shop: Workshop, target: Path | str) -> Scheduler:
    """A worker that publishes there."""
    runtime = shop.worker("worker:publishing", shop.config(FEEDSVC_PUBLISH__TARGET=str(target)))
    return shop.scheduler(replace(runtime, exports=few(runtime)))


def tick(shop: Workshop, scheduler: Scheduler) -> None:
    """A tick, and wait for all that it began."""
    shop.done(scheduler)
    until(lambda: not scheduler.publisher.is_busy)


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, "a")


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets that were published into, one entry for each run."""
    runs: list[str] = []
    true = module.publish_changes

    def noted(exports: object, target: str, max_age: timedelta) -> object:
        runs.append(target)
        return true(exports, target, max_age)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "publish_changes", noted)
    return runs


def test_new_edition_is_published_by_the_next_tick(shop: Workshop, tmp_path: Path) -> None:
    scheduler = at_work(shop, tmp_path / "public")
    tick(shop, scheduler)
    tick(shop, scheduler)
    assert b"BEGIN:VEVENT" in (tmp_path / "public/country/cl.ics").read_bytes()


def test_an_edition_is_published_once(shop: Workshop, tmp_path: Path, published: list[str]) -> None:
    scheduler = at_work(shop, tmp_path / "public")
    for _ in range(5):
        tick(shop, scheduler)
    assert len(published) == 2, "the empty store, then the first edition"


def test_without_a_target_nothing_is_published(shop: Workshop, published: list[str]) -> None:
    scheduler = shop.scheduler()
    tick(shop, scheduler)
    tick(shop, scheduler)
    assert published == []


def test_target_that_fails_is_tried_again_after_a_while(shop: Workshop, tmp_path: Path, published: list[str]) -> None:
    (tmp_path / "file").write_bytes(b"")
    scheduler = at_work(shop, tmp_path / "file")
    for _ in range(3):
        tick(shop, scheduler)
    assert len(published) == 1
    shop.now += RETRY
    (tmp_path / "file").unlink()
    tick(shop, scheduler)
    assert len(published) == 2
    assert (tmp_path / "file/all.ics").exists()


def test_worker_that_waits_does_not_publish(shop: Workshop, tmp_path: Path, published: list[str]) -> None:
    leader, waiting = shop.scheduler(), at_work(shop, tmp_path / "public")
    tick(shop, leader)
    tick(shop, waiting)
    assert published == []
