"""The tick goes on whatever the clock does, and a tick that has stopped ends the process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from threading import Event

import pytest

from feedsvc.worker.ticker import Ticker
from feedsvc.worker.watchdog import Watchdog
from tests.worker.workshop import until

SHIFT = [timedelta()]
TICK = timedelta(milliseconds=20)


class Clock(datetime):
    """The wall clock, set by that much."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + SHIFT[0]


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Ticker, list[float]]]:
    SHIFT[0] = timedelta()
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Clock)
    times: list[float] = []
    ticker = Ticker(lambda: times.append(time.monotonic()), TICK, lambda: Clock.now(UTC))
    ticker.start()
    yield ticker, times
    ticker.stop()


@pytest.mark.parametrize(
    "jump", [timedelta(hours=-1), timedelta(days=-3650), timedelta(days=1), timedelta(days=36500)], ids=str
)
def test_a_clock_that_is_set_does_not_stop_the_tick(ticks: tuple[Ticker, list[float]], jump: timedelta) -> None:
    ticker, times = ticks
    until(lambda: len(times) >= 3)
    SHIFT[0] = jump
    seen = len(times)

    def goes_on() -> bool:
        ticker.nudge()
        return len(times) >= seen + 5

    began = time.process_time()
    until(goes_on)
    assert time.process_time() - began < 3


def test_two_ticks_never_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most, numbers = [0], [0], count()

    def tick() -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        Event().wait(0.05 if next(numbers) == 0 else 0)
        under_way[0] -= 1

    SHIFT[0] = timedelta()
    ticker = Ticker(tick, TICK, lambda: datetime.now(UTC))
    ticker.start()
    until(lambda: next(numbers) > 3)
    ticker.stop()
    assert most[0] == 1


def test_watchdog_ends_the_process_when_the_tick_has_stopped() -> None:
    now, ended = [0.0], Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    watchdog = Watchdog(0.05, lambda: now[0], end)
    watchdog.start()
    for _ in range(3):
        now[0] += 0.04
        watchdog.feed()
        assert not ended.wait(0.02)
    now[0] += 0.06
    assert ended.wait(60)
    assert codes == [70]


def test_watchdog_that_was_told_to_stop_ends_nothing() -> None:
    now, ended = [0.0], Event()
    watchdog = Watchdog(0.05, lambda: now[0], lambda _code: ended.set())
    watchdog.start()
    watchdog.stop()
    now[0] = 99
    assert not ended.wait(0.05)
