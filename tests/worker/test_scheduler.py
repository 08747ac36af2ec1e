"""What is due is begun, by one worker, at its pace, whatever the clock does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from feedsvc.core.errors import ChildFailed, FetchFailed, ProgramTooOld
from feedsvc.core.model import Reading
from feedsvc.core.serialize import reading_text
from feedsvc.refresh.context import Task
from feedsvc.services.sources import Actions
from feedsvc.sources.base import Fetch
from feedsvc.store.administrators import Actor
from feedsvc.store.editions import Writer
from tests.refresh.world import listing
from tests.worker.workshop import READING, Workshop, sources_file, until


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, "a")


BY_HAND = Actor("somebody")


def actions(shop: Workshop) -> Actions:
    """What people can do to the sources of a shop."""
    return Actions(shop.runtime.store, lambda: shop.now)


def failing(shop: Workshop, error: Exception) -> None:
    def read(_task: Task, _fetch: Fetch) -> str:
        raise error

    shop.read = read


def test_new_source_is_read_at_once_and_then_at_its_pace(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    shop.done(scheduler)
    assert [run.outcome for run in shop.runs()] == ["applied"]
    for hours, count in ((0.1, 1), (5, 1), (2, 2), (3, 2), (3.7, 3)):
        shop.passes(hours=hours)
        shop.done(scheduler)
        assert len(shop.runs()) == count


def test_tick_writes_the_sign_of_life(shop: Workshop) -> None:
    shop.done(shop.scheduler())
    with shop.runtime.store.read() as snapshot:
        beat = snapshot.claims.heartbeat("worker")
    assert beat is not None
    assert (beat.beat_at, beat.holder) == (shop.now, "worker:one")


def test_failures_back_off_and_success_returns_to_the_pace(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    failing(shop, FetchFailed("answered 500", status=500))
    waits = []
    for _ in range(12):
        shop.done(scheduler)
        due = shop.state().due_at
        assert due is not None
        waits.append(due - shop.now)
        shop.now = due
    assert waits[0] <= timedelta(minutes=2)
    assert max(waits) <= timedelta(hours=6)
    assert max(waits[8:]) > max(waits[:3])
    shop.read = lambda _task, _fetch: READING
    shop.done(scheduler)
    due = shop.state().due_at
    assert due is not None
    assert due - shop.now > timedelta(hours=5)


def test_paused_source_is_left_alone_until_it_is_resumed(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    actions(shop).pause(BY_HAND, "a", "by hand")
    shop.done(scheduler)
    assert shop.runs() == []
    actions(shop).resume(BY_HAND, "a")
    shop.done(scheduler)
    assert len(shop.runs()) == 1


def test_pace_set_by_hand_counts_from_the_last_refresh(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    shop.done(scheduler)
    actions(shop).pace(BY_HAND, shop.runtime.source("a"), timedelta(minutes=10))
    shop.passes(minutes=12)
    shop.done(scheduler)
    assert len(shop.runs()) == 2
    actions(shop).pace(BY_HAND, shop.runtime.source("a"), None)
    shop.passes(minutes=30)
    shop.done(scheduler)
    assert len(shop.runs()) == 2


def test_source_whose_reader_dies_three_times_is_paused_with_the_reason(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    failing(shop, ChildFailed("the reading process died (signal 11)"))
    waits = []
    for _ in range(4):
        assert shop.state().paused_at is None
        shop.done(scheduler)
        due = shop.state().due_at
        assert due is not None
        waits.append(round((due - shop.now) / timedelta(hours=1)))
        shop.now = due
    assert waits == [1, 6, 24, 24]
    assert "alone broke the limits 3 times in a row" in (shop.state().paused_why or "")
    shop.done(scheduler)
    assert len(shop.runs()) == 4


def test_busy_machine_is_no_strike_against_the_source(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    failing(shop, ChildFailed("took longer than 20 s, 0.4 s of it at work", machine_busy=True))
    for _ in range(5):
        shop.done(scheduler)
        shop.passes(hours=7)
    assert [run.outcome for run in shop.runs()] == ["failed"] * 5
    assert (shop.state().paused_at, shop.state().strikes) == (None, 0)


def test_source_that_kills_the_worker_itself_three_times_is_paused(shop: Workshop) -> None:
    for number in range(4):
        scheduler = shop.scheduler(shop.worker(f"worker:{number}"))
        with shop.runtime.store.write() as snapshot:
            assert snapshot.claims.lead("worker", f"worker:{number}", shop.now, timedelta(seconds=60)) is not None
            assert snapshot.claims.claim_due("a", f"worker:{number}", shop.now) is not None
        shop.passes(hours=25)
    scheduler = shop.scheduler(shop.worker("worker:four"))
    shop.done(scheduler)
    assert shop.runs() == []
    assert "ended nowhere" in (shop.state().paused_why or "")


def test_three_kills_of_the_machine_pause_no_source_and_each_is_retried_alone(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, "a", "b", "c")
    for number in range(3):
        with shop.runtime.store.write() as snapshot:
            assert snapshot.claims.lead("worker", f"worker:{number}", shop.now, timedelta(seconds=60)) is not None
            for one in ("a", "b", "c"):
                shop.runtime.refresh_context  # noqa: B018
                snapshot.sources.change(one, id=one, strikes=0 if number == 0 else snapshot.sources.state(one).strikes)
                snapshot.claims.claim(one, f"worker:{number}", shop.now)
        shop.passes(hours=25)
    scheduler = shop.scheduler(shop.worker("worker:last"))
    for turn in range(1, 4):
        shop.done(scheduler)
        assert sum(len(shop.runs(one)) for one in ("a", "b", "c")) == turn
    assert {shop.state(one).paused_at for one in ("a", "b", "c")} == {None}


def test_one_worker_leads_and_the_other_takes_over_when_it_falls_silent(shop: Workshop) -> None:
    one, two = shop.scheduler(), shop.scheduler(shop.worker("worker:two"))
    shop.done(one)
    shop.done(two)
    assert (one.epoch, two.epoch) == (1, None)
    shop.passes(seconds=61)
    shop.done(two)
    shop.done(one)
    assert (one.epoch, two.epoch) == (None, 2)


def test_a_sleeper_that_was_replaced_cannot_write(shop: Workshop) -> None:
    asleep, wake = Event(), Event()

    def read(_task: Task, _fetch: Fetch) -> str:
        if not asleep.is_set():
            asleep.set()
            wake.wait(60)
        return READING

    shop.read = read
    one, two = shop.scheduler(), shop.scheduler(shop.worker("worker:two"))
    one.tick()
    assert asleep.wait(60)
    shop.passes(seconds=61)
    shop.done(two)
    assert shop.runs() == []  # what ended nowhere waits for an hour, and is then read alone
    shop.passes(hours=1)
    shop.done(two)
    assert [run.outcome for run in shop.runs()] == ["applied"]
    wake.set()
    until(lambda: not one.pool.fences)
    assert [run.outcome for run in shop.runs()] == ["applied"]


def test_clock_set_back_or_forward_stops_nothing(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    shop.done(scheduler)
    for jump in (timedelta(hours=-1), timedelta(days=-3650), timedelta(days=7300)):
        before = len(shop.runs())
        shop.now += jump
        shop.done(scheduler)
        assert len(shop.runs()) == before + 1
        shop.passes(hours=7)
        shop.done(scheduler)
        assert len(shop.runs()) == before + 2
        assert scheduler.epoch == 1


def test_another_worker_can_take_over_though_the_clock_was_set_back(shop: Workshop) -> None:
    shop.done(shop.scheduler())
    shop.passes(hours=-5)
    two = shop.scheduler(shop.worker("worker:two"))
    shop.done(two)
    assert two.epoch == 2
    assert len(shop.runs()) == 2


def test_changed_configuration_is_adopted(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    shop.done(scheduler)
    sources_file(shop.folder, "a", "b", every="5min")
    scheduler.runtime = shop.worker("worker:one", shop.config())
    scheduler.adopt()
    shop.done(scheduler)
    assert (len(shop.runs("a")), len(shop.runs("b"))) == (1, 1)
    shop.passes(minutes=6)
    shop.done(scheduler)
    assert (len(shop.runs("a")), len(shop.runs("b"))) == (2, 2)


def test_changed_rules_make_a_source_due_at_once(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    shop.done(scheduler)
    scheduler.runtime = shop.worker("worker:one", shop.config(FEEDSVC_BASE_URL="https://calendars.example.org"))
    scheduler.adopt()
    shop.done(scheduler)
    assert len(shop.runs()) == 2
    scheduler.adopt()
    shop.done(scheduler)
    assert len(shop.runs()) == 2


def test_rules_that_change_during_a_refresh_count_at_once_after_it(shop: Workshop) -> None:
    begun, go_on = Event(), Event()

    def read(_task: Task, _fetch: Fetch) -> str:
        begun.set()
        go_on.wait(60)
        return READING

    shop.read = read
    scheduler = shop.scheduler()
    scheduler.tick()
    assert begun.wait(60)
    scheduler.runtime = shop.worker("worker:one", shop.config(FEEDSVC_BASE_URL="https://calendars.example.org"))
    scheduler.adopt()
    go_on.set()
    until(lambda: not scheduler.pool.fences)
    assert len(shop.runs()) == 1
    shop.done(scheduler)
    assert len(shop.runs()) == 2
    shop.done(scheduler)
    assert len(shop.runs()) == 2


def test_events_are_rendered_when_the_worker_begins_and_when_settings_change(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    shop.done(scheduler)
    until(lambda: not scheduler.renderer.is_busy)
    with shop.runtime.store.write() as snapshot:
        snapshot.sources.change("a", paused_at=shop.now, paused_why="by hand")
    scheduler.runtime = shop.worker("worker:one", shop.config(FEEDSVC_BASE_URL="https://calendars.example.org"))
    scheduler.adopt()
    shop.done(scheduler)
    until(lambda: not scheduler.renderer.is_busy)
    assert len(shop.runs()) == 1
    with shop.runtime.store.read() as snapshot:
        ((_start, vevent, _modified),) = snapshot.feeds.rows({})
        assert snapshot.provenance.fingerprint() == scheduler.runtime.refresh_context.fingerprint
    assert b"https://calendars.example.org/event/" in vevent


def test_new_rules_reach_a_paused_source_from_what_it_sent_last(shop: Workshop) -> None:
    def read(task: Task, fetch: Fetch) -> str:
        fetch(None)
        return reading_text(Reading((listing(hour=11 if task.source.common.timezone is None else 15),)))

    shop.read = read
    (shop.folder / "x").write_text("what it sent", encoding="utf-8")
    scheduler = shop.scheduler()
    shop.done(scheduler)
    until(lambda: not scheduler.renderer.is_busy)
    with shop.runtime.store.write() as snapshot:
        snapshot.sources.change("a", paused_at=shop.now, paused_why="by hand")
    (shop.folder / "x").unlink()
    sources_file(shop.folder, "a", timezone="America/Santiago")
    scheduler.runtime = shop.worker("worker:one")
    scheduler.adopt()
    shop.done(scheduler)
    until(lambda: not scheduler.renderer.is_busy)
    with shop.runtime.store.read() as snapshot:
        assert [one.event.span.local_start.hour for one in snapshot.events.all()] == [15]


def test_worker_that_is_older_than_the_writer_of_the_store_does_nothing_more(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    shop.done(scheduler)
    with shop.runtime.store.write() as snapshot:
        snapshot.provenance.put_last_writer(Writer("999.0", "2025b"))
    shop.passes(hours=7)
    with pytest.raises(ProgramTooOld, match=r"by feedsvc 999\.0"):
        scheduler.tick()
    assert (len(shop.runs()), scheduler.pool.fences) == (1, [])


def test_leading_worker_lets_the_store_forget_once_a_day(shop: Workshop) -> None:
    scheduler = shop.scheduler()
    for title in ("One", "Two"):
        shop.read = lambda _task, _fetch, title=title: reading_text(Reading((listing(title),)))  # type: ignore[misc]
        shop.done(scheduler)
        shop.passes(hours=7)

    def editions() -> int:
        with shop.runtime.store.read() as snapshot:
            return len([one for one in range(1, snapshot.feeds.edition() + 1) if snapshot.overview.made_at(one)])

    assert editions() > 1
    shop.passes(days=401)
    shop.done(scheduler)
    until(lambda: not scheduler.renderer.is_busy)
    assert editions() <= 2
