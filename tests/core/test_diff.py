"""The difference a refresh would make, in words a person can judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from feedsvc.core.changes import ChangeKind, Changes, Decision
from feedsvc.core.diff import Difference, when_in_words
from feedsvc.core.timespan import Timespan
from tests.core.records import event, record, span


def test_changed_event_is_shown_field_by_field_before_and_after() -> None:
    before = record(event("Öpen", themes=("Justice", "Other")))
    after = replace(before, event=event("Open", days=8, themes=()))
    difference = Difference.of(
        Changes((Decision(ChangeKind.CHANGED, after, before, ("title", "themes", "span", "summary")),), 3, 4)
    )
    ((name, part),) = difference.parts()
    assert (name, part.count) == ("changed", 1)
    assert part.lines[0].fields == (
        ("title", "Öpen", "Open"),
        ("themes", "Justice, Other", ""),
        ("span", "2024-05-27 09:00 to 10:00 UTC", "2024-05-28 09:00 to 10:00 UTC"),
    )


def test_events_are_told_in_the_order_of_their_starts() -> None:
    made = tuple(
        Decision(ChangeKind.NEW, record(event(title, days=day))) for title, day in (("B", 9), ("A", 7), ("C", 11))
    )
    assert [line.summary for line in Difference.of(Changes(made, 0, 0)).new.lines] == ["A", "B", "C"]


def test_long_lists_are_cut_but_counted() -> None:
    difference = Difference.of(Changes((Decision(ChangeKind.NEW, record()),) * 900, 0, 0))
    assert (difference.new.count, len(difference.new.lines)) == (900, 500)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (span(7), "2024-05-27 09:00 to 10:00 UTC"),
        (span(7, hours=20), "2024-05-27 09:00 to 2024-05-28 05:00 UTC"),
        (Timespan.of_days(date(2024, 5, 30), date(2024, 5, 30)), "2024-05-30"),
        (Timespan.of_days(date(2024, 5, 30), date(2024, 6, 1)), "2024-05-30 to 2024-06-01"),
        (replace(span(7), end=None, zone=None, offset_minutes=-240), "2024-05-27 05:00 UTC-0400"),
    ],
)
def test_times_are_told_on_the_clock_of_the_place(when: Timespan, words: str) -> None:
    assert when_in_words(when) == words
