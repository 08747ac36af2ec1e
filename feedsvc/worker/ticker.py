"""A tick at a steady pace, whatever happens to the clock on the wall.

APScheduler gives the tick: one job in memory, never two at once, never late enough to be left out. It waits by the
wall clock, though. Set back by an hour, it would wait for an hour; so `nudge`, called by somebody who counts
monotonic seconds, brings a tick that lies too far ahead back to now. Set forward by a year, its own interval trigger
would count a year of missed ticks one by one; so the trigger here counts from now.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger


class _SteadyTrigger(BaseTrigger):  # type: ignore[misc]
    """The next tick is one interval from now, not from the last one: what was missed is not made up for."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Called by the scheduler after each tick; at once for the first."""
        return now if previous_fire_time is None else now + self._interval


class Ticker:
    """Calls `tick` again and again from a thread of its own. `clock` is the wall clock, as the scheduler has."""

    def __init__(self, tick: Callable[[], None], interval: timedelta, clock: Callable[[], datetime]) -> None:
        self._interval = interval
        self._clock = clock
        self._scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
        self._job = self._scheduler.add_job(
            tick, _SteadyTrigger(interval), coalesce=True, misfire_grace_time=None, max_instances=1
        )

    def start(self) -> None:
        """Begin, with a tick at once."""
        self._scheduler.start()

    def nudge(self) -> None:
        """Bring the next tick back to now if the clock was set back under it."""
        due = self._job.next_run_time
        if due is not None and due - self._clock() > 2 * self._interval:
            self._job.modify(next_run_time=self._clock())

    def stop(self) -> None:
        """No tick more; one that is under way goes on."""
        self._scheduler.shutdown(wait=False)
