"""What an attendee reads first in an event, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.core.model import EventStatus, Finding
from feedsvc.core.timespan import Timespan
from feedsvc.ical.write.description import description
from tests.ical.samples import KYIV, NOW, RENDERING, record, utc

BEFORE = Timespan.timed(utc(30, 11), utc(30, 13), "Europe/Kyiv")


def told(**changes: object) -> str:
    return description(record(**changes), RENDERING, NOW)


def test_time_comes_first_and_the_link_last() -> None:
    paragraphs = told(description="About it.", host="Town hall", event_type="Panel", places=("Somaliland",)).split(
        "\n\n"
    )
    assert paragraphs == [
        ("Thursday, 30 May 2024, 15:00 to 17:00 in Kyiv (Europe/Kyiv, UTC+03:00)"),
        "About it.",
        "Organised by Town hall\nType: Panel\nWhere: Ukraine, Somaliland\nThemes: Civic Space, Gender & Inclusion",
        "Listed as: Ukraine — May 30, 2024 @ 3:00pm - 5:00pm GMT+02:00",
        "https://listing.example/events/open-data?a=1,2;b=3",
    ]


def test_what_is_not_known_leaves_no_label() -> None:
    bare = record(themes=(), countries=("other",), listed="", link=None, findings=())
    text = description(bare, replace(RENDERING, base_url=None), NOW)
    assert text == "Thursday, 30 May 2024, 15:00 to 17:00 in Kyiv (Europe/Kyiv, UTC+03:00)"


@pytest.mark.parametrize(
    ("moved", "noted"),
    [
        (timedelta(0), True),
        (timedelta(days=13, hours=23), True),
        (timedelta(days=14), False),
        (timedelta(days=400), False),
        (timedelta(days=-1), True),  # a clock set back
    ],
)
def test_move_is_noted_for_fourteen_days(moved: timedelta, noted: bool) -> None:
    text = told(record_moved_from=BEFORE, record_moved_at=NOW - moved)
    assert ("Moved: was 30 May 2024, 14:00" in text.splitlines()) is noted


def test_number_of_days_of_the_note_is_a_setting() -> None:
    moved = record(record_moved_from=BEFORE, record_moved_at=NOW - timedelta(days=3))
    assert "Moved" in description(moved, replace(RENDERING, moved_note_days=4), NOW)
    assert "Moved" not in description(moved, replace(RENDERING, moved_note_days=3), NOW)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": EventStatus.CANCELLED}, "Cancelled, as the source says."),
        ({"record_cancelled_at": NOW}, "Cancelled: the source no longer lists this event."),
    ],
)
def test_cancelled_event_says_why_before_all_else(changes: dict[str, object], words: str) -> None:
    assert told(**changes).splitlines()[0] == words


@pytest.mark.parametrize(
    ("code", "length", "words"),
    [
        ("end-not-given", timedelta(hours=1), "The end is not given; shown as one hour."),
        ("end-not-given", timedelta(minutes=90), "The end is not given; shown as 1 hour 30 minutes."),
        ("end-before-start", timedelta(hours=2), "The end lies before the start in the source; shown as 2 hours."),
        (None, timedelta(minutes=45), "The end is not known; shown as 45 minutes."),
    ],
)
def test_length_of_an_event_without_end_is_told_truly_and_once(code: str | None, length: timedelta, words: str) -> None:
    findings = (Finding(code),) if code else ()
    open_end = record(span=replace(KYIV, end=None), findings=findings)
    lines = description(open_end, replace(RENDERING, default_length=length), NOW).splitlines()
    assert [line for line in lines if "shown as" in line] == [words]


def test_doubts_of_no_use_to_attendees_are_not_told() -> None:
    assert told(findings=(Finding("duplicate"), Finding("missing-themes"))) == told(findings=())


def test_where_people_take_part_is_told_before_the_link() -> None:
    paragraphs = told(join_link="https://meet.example/abc").split("\n\n")
    assert paragraphs[-2:] == ["Join: https://meet.example/abc", "https://listing.example/events/open-data?a=1,2;b=3"]
    assert "Join" not in told(join_link="javascript:alert(1)")


def test_what_is_no_doubt_at_all_is_not_told() -> None:
    assert told(findings=(Finding("offset-ignores-dst"), Finding("missing-offset"))) == told(findings=())
