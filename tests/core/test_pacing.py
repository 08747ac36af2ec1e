"""When a source is read next: spread, backed off, and as the source itself asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.core.pacing import SOONEST_RETRY, chance, counted_gone, next_due, retry_due

NOW = datetime(2024, 5, 20, tzinfo=UTC)
EVERY = timedelta(hours=6)
HOURS = [timedelta(hours=number) for number in range(60)]


def test_turns_are_spread_around_the_interval_and_differ_by_source_and_turn() -> None:
    waits = [next_due(f"source-{number}", turn, EVERY, NOW) - NOW for number in range(50) for turn in range(10)]
    assert min(waits) >= EVERY * 0.9
    assert max(waits) <= EVERY * 1.1
    assert len(set(waits)) > 490
    assert abs(sum(waits, timedelta()) / len(waits) - EVERY) < EVERY * 0.02


def test_the_same_turn_is_due_at_the_same_time() -> None:
    assert next_due("a", 3, EVERY, NOW) == next_due("a", 3, EVERY, NOW)
    assert chance("a", 3) != chance("b", 3)


def test_failures_are_tried_again_later_and_later_but_never_slower_than_the_interval() -> None:
    for failures in range(1, 40):
        waits = [retry_due(f"s{number}", 1, failures, EVERY, NOW) - NOW for number in range(100)]
        assert min(waits) >= SOONEST_RETRY
        assert max(waits) <= min(EVERY, SOONEST_RETRY * 2**failures)
    assert max(waits) > EVERY / 2


def test_a_source_with_a_short_interval_is_left_alone_for_up_to_an_hour() -> None:
    waits = [retry_due(f"s{number}", 1, 20, timedelta(minutes=1), NOW) - NOW for number in range(100)]
    assert timedelta(minutes=50) < max(waits) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("asked", "at_least", "at_most"),
    [
        (timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=2)),
        (timedelta(hours=3), timedelta(hours=3), timedelta(hours=3)),
        (timedelta(days=400), timedelta(hours=24), timedelta(hours=24)),
    ],
)
def test_what_the_source_asks_for_is_obeyed_between_a_minute_and_a_day(
    asked: timedelta, at_least: timedelta, at_most: timedelta
) -> None:
    assert at_least <= retry_due("a", 1, 1, EVERY, NOW, asked) - NOW <= at_most


@pytest.mark.parametrize(
    ("at", "count"),
    [((0, 8, 16), 3), ((0, 24, 48), 3), ((0, 24, 49), 1), ((0,), 1), ((10, 5), 1)],
)
def test_gone_counts_within_48_hours(at: tuple[int, ...], count: int) -> None:
    number, since = 0, None
    for hour in at:
        number, since = counted_gone(number, since, NOW + HOURS[hour])
    assert number == count


def test_sources_that_fail_together_are_not_tried_again_together() -> None:
    """A host that is down makes all its sources fail at once."""
    retries = {retry_due(f"source-{number}", turn, 5, EVERY, NOW) for number in range(20) for turn in range(5)}
    assert len(retries) == 100


def test_gone_twice_in_the_same_second_counts_twice() -> None:
    assert counted_gone(1, NOW, NOW) == (2, NOW)
