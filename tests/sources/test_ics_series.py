"""Foreign recurring events: each occurrence with its permanent id, and rules that ask for too much."""

from __future__ import annotations

from time import process_time

import pytest

from feedsvc.core.model import Status
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
    assert (days(reading), reading.findings, reading.incomplete) == ([], (), None)


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
    assert [listing.status for listing in reading.listings] == [Status.CONFIRMED, Status.CANCELLED]


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
    assert (reading.listings[0].native_id, reading.listings[-1].native_id) == ("a/20230605", "a/20260505")


def test_without_a_day_the_first_two_years_are_read() -> None:
    reading = read_text(calendar(event("DTSTART;VALUE=DATE:20100105\nRRULE:FREQ=MONTHLY")), today=None)
    assert (reading.listings[0].native_id, reading.listings[-1].native_id) == ("a/20100105", "a/20120105")


def test_rule_with_too_many_occurrences_is_cut() -> None:
    reading = read_text(calendar(event("DTSTART:20100105T120000Z\nRRULE:FREQ=DAILY;BYHOUR=9,12")))
    assert len(reading.listings) == MAX_OCCURRENCES
    assert [finding.code for finding in reading.findings] == ["rule-cut"]


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
    "FREQ=DAILY\nEXRULE:FREQ=DAILY",
    "FREQ=DAILY\nRRULE:FREQ=WEEKLY",
]


@pytest.mark.parametrize("rule", HOSTILE, ids=[rule[:50] for rule in HOSTILE])
@pytest.mark.parametrize("start", ["20240530T120000Z", "20140530T120000Z", "22001230T120000Z", "16000101T120000Z"])
def test_hostile_rule_keeps_the_first_event_and_costs_nothing(rule: str, start: str) -> None:
    began = process_time()
    listing = read_one(f"DTSTART:{start}\nDTEND:{start}\nRRULE:{rule}", "Europe/Kyiv")
    assert [finding.code for finding in listing.findings] == ["rule-refused"]
    events([listing])
    assert process_time() - began < 1


@pytest.mark.parametrize("start", ["00010101T120000Z", "99991231T235959Z", "99991231", "00010101"])
@pytest.mark.parametrize("rule", ["", "RRULE:FREQ=YEARLY", "RRULE:FREQ=DAILY;COUNT=1000", "DURATION:P9999D"])
def test_first_and_last_days_that_exist_cost_only_their_event(start: str, rule: str) -> None:
    reading = read_text(
        calendar(event(f"DTSTART:{start}\n{rule}"), event("DTSTART:20240530T120000Z", "b")), "Asia/Tokyo"
    )
    assert "Event b" in [found["title"] for found in events(reading.listings)]
