"""A source cannot empty a calendar: how many events one refresh may remove."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.core.changes import ChangeKind, Changes, Decision
from feedsvc.core.shrink_guard import allowed_removals, is_confirmed, reason_to_hold
from tests.core.records import record

NOW = datetime(2024, 5, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("coming", "allowed"),
    [(0, 0), (1, 0), (2, 1), (5, 4), (6, 5), (16, 5), (17, 5), (19, 5), (20, 6), (100, 30), (1000, 300)],
)
def test_five_or_thirty_percent_but_never_all_may_go(coming: int, allowed: int) -> None:
    assert allowed_removals(coming) == allowed


def changes(missing: int, coming: int, *, misses_before: int = 0) -> Changes:
    decision = Decision(ChangeKind.MISSING, record(misses=misses_before + 1), record(misses=misses_before))
    return Changes((decision,) * missing, 0, coming)


@pytest.mark.parametrize(
    ("missing", "coming", "words"),
    [
        (0, 0, None),
        (5, 20, None),
        (6, 20, None),
        (7, 20, "would remove 7 of 20 coming events; at most 6 may go in one refresh"),
        (3, 3, "would remove all 3 coming events; at most 2 may go in one refresh"),
        (1, 1, "would remove its only coming event"),
    ],
)
def test_too_many_at_once_are_held(missing: int, coming: int, words: str | None) -> None:
    assert reason_to_hold(changes(missing, coming)) == words


def test_what_was_missing_before_is_not_held_against_a_refresh_again() -> None:
    assert reason_to_hold(changes(7, 13, misses_before=1)) is None


@pytest.mark.parametrize(
    ("times", "hours", "confirmed"), [(3, 24, True), (3, 23.9, False), (2, 48, False), (30, 1, False), (3, -5, False)]
)
def test_three_times_over_a_day_confirm(times: int, hours: float, confirmed: bool) -> None:
    assert is_confirmed(times, NOW - timedelta(hours=hours), NOW) is confirmed
