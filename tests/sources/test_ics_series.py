"""Foreign recurring events: each occurrence with its permanent id, and rules that ask for too much."""

from __future__ import annotations

from datetime import date
from time import process_time

import pytest

from feedsvc.core.model import EventStatus
from feedsvc.core.recurrence import MAX_OCCURRENCES
from tests.sources.calendars import BERLIN, calendar, days, event, read_one, read_text
from tests.sources.helpers import events


def test_each_occurrence_is_a_listing_with_a_permanent_id() -> None:
    reading = read_text(calendar(event(BERLIN + "RRULE:FREQ=WEEKLY;UNTIL=20240530T160000Z")))
    assert days(reading) == ["16.05.", "23.05.", "30.05."]
    assert [listing.native_id for listing in reading.listings] == [
        "a/20240516T160000Z",
        "a/20240523T160000Z",
        "a/20240530T160000Z",
    ]


def test_clock_of_the_place_is_kept_over_daylight_saving() -> None:
    reading = read_text(calendar(event("DTSTART;TZID=Europe/Berlin:20241020T180000\nRRULE:FREQ=WEEKLY;COUNT=2")))
    assert [listing["start_utc"] for listing in events(reading.listings)] == [
        "2024-10-20T16:00:00Z",
        "2024-10-27T17:00:00Z",
    ]


def test_dates_taken_out_and_put_in_are_honoured() -> None:
    rule = BERLIN + "RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20240523T180000\nRDATE:20240525T160000Z"
    reading = read_text(calendar(event(rule)))
    assert days(reading) == ["16.05.", "25.05.", "30.05."]
    assert reading.listings[1].listed == "2024-05-25 18:00 - 19:00 Europe/Berlin"


def test_event_whose_every_date_is_taken_out_is_none() -> None:
    reading = read_text(
        calendar(event(BERLIN + "RRULE:FREQ=WEEKLY;COUNT=1\nEXDATE;TZID=Europe/Berlin:20240516T180000"))
    )
    assert (days(reading), reading.incomplete) == ([], None)
    assert [finding.code for finding in reading.findings] == ["series-empty"]


CHANGE = "RECURRENCE-ID;TZID=Europe/Berlin:20240523T180000\n"
MOVED = "DTSTART;TZID=Europe/Berlin:20240524T200000\nDTEND;TZID=Europe/Berlin:20240524T210000\n"


def test_moved_occurrence_keeps_its_id() -> None:
    reading = read_text(calendar(event(BERLIN + "RRULE:FREQ=WEEKLY;COUNT=2"), event(CHANGE + MOVED)))
    assert days(reading) == ["16.05.", "24.05."]
    assert reading.listings[1].native_id == "a/20240523T160000Z"


def test_cancelled_occurrence_is_cancelled_alone() -> None:
    reading = read_text(
        calendar(event(BERLIN + "RRULE:FREQ=WEEKLY;COUNT=2"), event(CHANGE + MOVED + "STATUS:CANCELLED"))
    )
    assert [listing.status for listing in reading.listings] == [EventStatus.CONFIRMED, EventStatus.CANCELLED]


def test_change_of_this_and_all_that_follow_moves_them_and_keeps_their_ids() -> None:
    change = CHANGE.replace("TZID", "RANGE=THISANDFUTURE;TZID")
    reading = read_text(calendar(event(BERLIN + "RRULE:FREQ=WEEKLY;COUNT=4"), event(change + MOVED)))
    assert [listing.listed[:16] for listing in reading.listings] == [
        "2024-05-16 18:00",
        "2024-05-24 20:00",
        "2024-05-31 20:00",
        "2024-06-07 20:00",
    ]
    assert [listing.native_id for listing in reading.listings][2:] == ["a/20240530T160000Z", "a/20240606T160000Z"]


def test_change_without_its_series_is_an_event() -> None:
    (listing,) = read_text(calendar(event(CHANGE + MOVED))).listings
    assert listing.native_id == "a/20240523T160000Z"


def test_new_version_replaces_the_old_one_and_namesakes_stay() -> None:
    old, new = (event(f"DTSTART:202405{day}T120000Z\nSEQUENCE:{n}") for n, day in ((0, 20), (1, 21)))
    assert days(read_text(calendar(new, old))) == ["21.05."]
    careless = event("DTSTART:20240522T120000Z\nSEQUENCE:1")
    assert days(read_text(calendar(new, careless))) == ["21.05.", "22.05."]
    assert days(read_text(calendar(new, new))) == ["21.05."]


def test_past_occurrences_are_kept_for_a_year_and_coming_ones_for_two() -> None:
    reading = read_text(calendar(event("DTSTART;VALUE=DATE:20100105\nRRULE:FREQ=MONTHLY")))
    assert (reading.listings[0].native_id, reading.listings[-1].native_id) == ("a/20230505", "a/20260405")


def test_without_a_day_the_first_two_years_are_read() -> None:
    reading = read_text(calendar(event("DTSTART;VALUE=DATE:20100105\nRRULE:FREQ=MONTHLY")), today=None)
    assert (reading.listings[0].native_id, reading.listings[-1].native_id) == ("a/20100105", "a/20120105")


@pytest.mark.parametrize(
    ("hours", "first", "last"),
    [
        ("9", "2023-08-06", "2026-05-01"),  # as many of the last ones as there is room for
        ("9,12", "2024-05-01", "2025-09-12"),
        ("9,12,15,18", "2024-05-01", "2025-01-05"),
    ],
)
def test_rule_with_too_many_occurrences_keeps_the_next_ones(hours: str, first: str, last: str) -> None:
    reading = read_text(calendar(event(f"DTSTART:20100105T090000Z\nRRULE:FREQ=DAILY;BYHOUR={hours}")))
    assert len(reading.listings) == MAX_OCCURRENCES
    assert [finding.code for finding in reading.findings] == ["rule-cut"]
    assert [str(reading.listings[at].start.date) for at in (0, -1)] == [first, last]


def test_the_same_calendar_reads_alike_all_month() -> None:
    text = calendar(event("DTSTART:20100105T120000Z\nRRULE:FREQ=DAILY"), event(BERLIN + "RRULE:FREQ=WEEKLY", "b"))
    assert read_text(text, today=date(2024, 5, 1)) == read_text(text, today=date(2024, 5, 31))


@pytest.mark.parametrize(
    "rule",
    [
        "RRULE:FREQ=WEEKLY;UNTIL=20240530",  # a day counts with all its hours
        "RRULE:FREQ=WEEKLY;until=20240530;BYDAY=TH",
        "RDATE;VALUE=DATE:20240523,20240530",  # a day alone means the event's time on it
        "RDATE;TZID=Asia/Tokyo:soon\nRDATE;TZID=Europe/Berlin:20240523T180000,20240530T180000",
    ],
)
def test_days_without_a_time_mean_the_time_of_the_event(rule: str) -> None:
    reading = read_text(calendar(event(BERLIN + rule)))
    assert [one.listed for one in reading.listings] == [
        f"2024-05-{day} 18:00 - 19:00 Europe/Berlin" for day in (16, 23, 30)
    ]


@pytest.mark.parametrize(
    ("zone", "clock", "until", "last"),
    [
        ("Europe/Berlin", "0130", "20240530", "30.05."),
        ("America/Los_Angeles", "2200", "20240530", "30.05."),
        ("America/Los_Angeles", "2200", "20240530T220000", "30.05."),
        ("Asia/Tokyo", "0900", "20240530T085959", "23.05."),
        ("Asia/Tokyo", "0900", "20240530T000000Z", "30.05."),
    ],
)
def test_last_moment_of_a_rule_is_on_the_clock_of_its_event(zone: str, clock: str, until: str, last: str) -> None:
    text = event(f"DTSTART;TZID={zone}:20240516T{clock}00\nRRULE:FREQ=WEEKLY;UNTIL={until}")
    assert days(read_text(calendar(text)))[-1] == last
    daily = event(f"DTSTART;TZID={zone}:20240516T{clock}00\nRRULE:FREQ=DAILY;UNTIL={until}")
    assert days(read_text(calendar(daily)))[-1] == ("29.05." if last == "23.05." else last)


@pytest.mark.parametrize("until", ["99991231", "99991231T235959", "99991231T235959Z"])
def test_last_day_of_all_is_no_end(until: str) -> None:
    text = event(f"DTSTART;TZID=America/Los_Angeles:20240516T220000\nRRULE:FREQ=MONTHLY;UNTIL={until}")
    reading = read_text(calendar(text))
    assert (len(reading.listings), reading.findings) == (24, ())


def test_a_period_that_is_put_in_has_its_own_length() -> None:
    rule = "RDATE;VALUE=PERIOD:20240520T100000Z/20240520T123000Z,20240521T100000Z/PT3H"
    reading = read_text(calendar(event(BERLIN + rule)))
    assert [one.listed[11:24] for one in reading.listings] == ["18:00 - 19:00", "12:00 - 14:30", "12:00 - 15:00"]


def test_date_list_that_cannot_be_read_is_a_finding() -> None:
    (listing,) = read_text(calendar(event(BERLIN + "EXDATE:20249999T120000Z"))).listings
    assert [finding.detail for finding in listing.findings] == ["EXDATE: 20249999T120000Z"]


@pytest.mark.parametrize(
    ("start", "name"),
    [(BERLIN, "RECURRENCE-ID;VALUE=DATE:20240523"), ("DTSTART:20240516\n", "RECURRENCE-ID:20240523T000000")],
)
def test_change_named_by_another_kind_of_date_changes_its_occurrence(start: str, name: str) -> None:
    reading = read_text(calendar(event(start + "RRULE:FREQ=WEEKLY;COUNT=2"), event(f"{name}\n{MOVED}")))
    assert days(reading) == ["16.05.", "24.05."]


HOSTILE = [
    "FREQ=SECONDLY",
    "FREQ=MINUTELY",
    "FREQ=SECONDLY;COUNT=1000000000",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;INTERVAL=0",
    f"FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE={','.join(map(str, range(60)))}",
    "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=1,2,3;BYSETPOS=366",
    "FREQ=WEEKLY;BYDAY=XX",
    "FREQ=DAILY\nEXRULE:FREQ=SECONDLY",
    "FREQ=DAILY\nRRULE:FREQ=MINUTELY",
]


@pytest.mark.parametrize("rule", HOSTILE, ids=[rule[:50] for rule in HOSTILE])
@pytest.mark.parametrize("start", ["20240530T120000Z", "20140530T120000Z", "22001230T120000Z", "16000101T120000Z"])
def test_hostile_rule_keeps_the_first_event_and_costs_nothing(rule: str, start: str) -> None:
    began = process_time()
    listing = read_one(f"DTSTART:{start}\nDTEND:{start}\nRRULE:{rule}", "Europe/Kyiv")
    assert [finding.code for finding in listing.findings] == ["rule-refused"]
    events([listing])
    assert process_time() - began < 5


@pytest.mark.parametrize("start", ["00010101T120000Z", "99991231T235959Z", "99991231", "00010101"])
@pytest.mark.parametrize("rule", ["", "RRULE:FREQ=YEARLY", "RRULE:FREQ=DAILY;COUNT=1000", "DURATION:P9999D"])
def test_first_and_last_days_that_exist_cost_only_their_event(start: str, rule: str) -> None:
    reading = read_text(
        calendar(event(f"DTSTART:{start}\n{rule}"), event("DTSTART:20240530T120000Z", "b")), "Asia/Tokyo"
    )
    assert "Event b" in [found["title"] for found in events(reading.listings)]
