"""A failed fetch tells the scheduler how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.core.errors import FetchFailed

NOW = datetime(2024, 5, 30, 12, tzinfo=UTC)
WAITS = [
    (None, None, None),
    ("120", 120, timedelta(minutes=2)),
    (" 0 ", 0, timedelta(0)),
    ("Thu, 30 May 2024 12:10:00 GMT", None, timedelta(minutes=10)),
    ("Thu, 30 May 2024 14:10:00 +0200", None, timedelta(minutes=10)),
    ("Thu, 30 May 2024 12:10:00 -0000", None, timedelta(minutes=10)),
    ("Thu, 30 May 2024 11:00:00 GMT", None, timedelta(0)),
    ("soon", None, None),
    ("-5", None, None),
    ("²", None, None),
    ("9" * 5000, None, None),
    ("Thu, 99 May 2024 12:10:00 GMT", None, None),
]


@pytest.mark.parametrize(("text", "seconds", "wait"), WAITS)
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: int | None, wait: timedelta | None) -> None:
    error = FetchFailed("x", status=503, retry_after=text)
    assert (error.retry_after_seconds, error.retry_in(NOW)) == (seconds, wait)


def test_only_410_means_gone_for_good() -> None:
    assert FetchFailed("x", status=410).gone
    assert not FetchFailed("x", status=404).gone
