"""Foreign calendars: clocks, recurrence, and what is hostile by size or rule."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from resource import RUSAGE_SELF, getrusage
from time import process_time

import pytest

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Listing, Reading, Status
from feedsvc.core.recurrence import MAX_OCCURRENCES
from feedsvc.ical.source_lines import MAX_DEPTH, MAX_EVENTS
from feedsvc.ical.source_zones import zone_name
from feedsvc.sources.ics import Settings, read
from tests.sources.helpers import ROOT, context, events, finding_line, moment

TODAY = date(2024, 5, 20)
BERLIN = "DTSTART;TZID=Europe/Berlin:20240516T180000\nDTEND;TZID=Europe/Berlin:20240516T190000\n"


def calendar(*components: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{''.join(components)}END:VCALENDAR\n"


def event(lines: str, uid: str = "a") -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:Event {uid}\n{lines}".rstrip("\n") + "\nEND:VEVENT\n"


def read_text(text: str | bytes, zone: str | None = None, today: date | None = TODAY) -> Reading:
    return read(
        Settings(), context(text.replace("\n", "\r\n") if isinstance(text, str) else text, zone=zone, today=today)
    )


def read_one(lines: str, zone: str | None = None) -> Listing:
    (listing,) = read_text(calendar(event(lines)), zone).listings
    return listing


def days(reading: Reading) -> list[str]:
    return [f"{listing.start.date:%d.%m.}" for listing in reading.listings]


@pytest.mark.parametrize(
    ("tzid", "name"),
    [
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("europe/kiev", "Europe/Kiev"),
        ('"Europe/Kyiv"', "Europe/Kyiv"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("GMT Standard Time", "Europe/London"),
        ("Morocco Standard Time", "Africa/Casablanca"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Customized Time Zone", None),
        ("Nowhere/At_All", None),
        ("", None),
    ],
)
def test_zone_is_known_by_every_name_it_goes_by(tzid: str, name: str | None) -> None:
    assert zone_name(tzid) == name


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20240530T120000Z", "2024-05-30 12:00 offset 0:00:00"),
        ("DTSTART:20240530T120000", "2024-05-30 12:00"),
        ("DTSTART;TZID=UTC+03:30:20240530T120000", "2024-05-30 12:00 offset 3:30:00"),
        ("DTSTART;TZID=\"(UTC+01:00) Amsterdam, Berlin\":20240530T120000", "2024-05-30 12:00 offset 1:00:00"),
        ("DTSTART;TZID=(UTC+01:00) Amsterdam, Berlin:20240530T120000", "2024-05-30 12:00 offset 1:00:00"),
        ("DTSTART;VALUE=DATE:20240530", "2024-05-30"),
        ("DTSTART:20240530", "2024-05-30"),
        ("DTSTART;VALUE=DATE:20240530T120000", "2024-05-30 12:00"),
    ],
)  # fmt: skip
def test_time_is_read_as_it_is_stated(lines: str, expected: str) -> None:
    assert moment(read_one(lines).start) == expected


def test_time_in_utc_is_shown_on_the_calendar_s_own_clock() -> None:
    listing = read_one("DTSTART:20240530T120000Z\nDTEND:20240530T130000Z", "Europe/Kyiv")
    assert moment(listing.start) == "2024-05-30 15:00 Europe/Kyiv"
    assert listing.listed == "2024-05-30 12:00 - 13:00 UTC"


def test_hour_that_the_clock_shows_twice_stays_in_utc() -> None:
    first, second = (read_one(f"DTSTART:20241027T{hour}3000Z", "Europe/Kyiv") for hour in ("00", "01"))
    assert [events([listing])[0]["start_utc"] for listing in (first, second)] == [
        "2024-10-27T00:30:00Z",
        "2024-10-27T01:30:00Z",
    ]


def test_end_in_another_zone_is_the_same_instant() -> None:
    listing = read_one("DTSTART;TZID=Europe/Kyiv:20240530T150000\nDTEND;TZID=Europe/London:20240530T150000")
    assert events([listing])[0]["end_utc"] == "2024-05-30T14:00:00Z"


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        ("DTSTART;VALUE=DATE:20240530\nDTEND;VALUE=DATE:20240601", "2024-05-31"),
        ("DTSTART;VALUE=DATE:20240530\nDURATION:P2D", "2024-05-31"),
        ("DTSTART;VALUE=DATE:20240530\nDTEND:20240531T120000", "2024-05-31"),
        ("DTSTART:20240530T120000Z\nDURATION:PT90M", "2024-05-30 13:30 offset 0:00:00"),
        ("DTSTART;TZID=Europe/Berlin:20240330T120000\nDURATION:P1D", "2024-03-31 12:00 Europe/Berlin"),
        ("DTSTART;TZID=Europe/Berlin:20240330T120000\nDURATION:PT25H", "2024-03-31 14:00 Europe/Berlin"),
    ],
)
def test_end_is_the_last_day_or_the_moment(lines: str, end: str) -> None:
    stated = read_one(lines).end
    assert stated is not None
    assert moment(stated) == end


@pytest.mark.parametrize("end", ["", "DTEND:20240530T120000Z", "DTEND:soon", "DURATION:PT0S", "DURATION:x"])
def test_end_that_says_nothing_is_none(end: str) -> None:
    assert read_one(f"DTSTART:20240530T120000Z\n{end}").end is None


@pytest.mark.parametrize("end", ["DTEND:20240530T080000Z", "DURATION:-PT4H"])
def test_end_before_the_start_is_left_to_be_judged(end: str) -> None:
    assert "end-before-start" in events([read_one(f"DTSTART:20240530T120000Z\n{end}")])[0]["findings"]


def test_private_zones_of_one_name_in_two_files_do_not_mix() -> None:
    def read_with(offset: str) -> str:
        rules = f"BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\n"
        zone = f"BEGIN:VTIMEZONE\nTZID:Ours\n{rules}END:VTIMEZONE\n"
        (listing,) = read_text(calendar(zone, event("DTSTART;TZID=Ours:20240530T120000"))).listings
        return moment(listing.start)

    assert read_with("+0330") == "2024-05-30 12:00 offset 3:30:00"
    assert read_with("+0545") == "2024-05-30 12:00 offset 5:45:00"


@pytest.mark.parametrize(
    "zone",
    [
        "BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=SECONDLY\nEND:STANDARD\n",
        "BEGIN:STANDARD\nDTSTART:x\nTZOFFSETFROM:+0100\nTZOFFSETTO:+9900\nEND:STANDARD\n",
        "BEGIN:STANDARD\nDTSTART:20000101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:STANDARD\n" * 20_000,
        "",
    ],
    ids=["hostile rule", "broken", "20,000 observances", "empty"],
)
def test_zone_that_asks_for_too_much_is_an_unknown_zone(zone: str) -> None:
    began = process_time()
    text = calendar(f"BEGIN:VTIMEZONE\nTZID:Ours\n{zone}END:VTIMEZONE\n", event("DTSTART;TZID=Ours:20240530T120000"))
    (listing,) = read_text(text, "Europe/Kyiv").listings
    assert moment(listing.start) == "2024-05-30 12:00 Europe/Kyiv"
    assert [finding_line(finding) for finding in listing.findings] == ["unknown-zone: Ours"]
    assert process_time() - began < 1


def test_unknown_zone_of_the_whole_calendar_is_a_finding() -> None:
    reading = read_text(calendar(event("DTSTART:20240530T120000"), head="X-WR-TIMEZONE:Middle-earth\n"))
    assert [finding_line(finding) for finding in reading.findings] == ["unknown-zone: Middle-earth"]


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


def test_calendar_without_events_is_whole() -> None:
    assert read_text(calendar()) == Reading(())


@pytest.mark.parametrize("text", ["<!doctype html><html>Log in</html>", "", "not a calendar", "END:VCALENDAR"])
def test_page_that_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(SourceUnreadable, match="no calendar"):
        read_text(text)


def test_calendar_that_is_cut_off_is_incomplete() -> None:
    reading = read_text(calendar(event("DTSTART:20240530T120000Z"), event("DTSTART:20240531T120000Z", "b"))[:-30])
    assert days(reading) == ["30.05."]
    assert reading.incomplete == "there is no END:VCALENDAR"


def test_event_that_is_not_closed_does_not_swallow_the_next() -> None:
    open_event = event("DTSTART:20240530T120000Z\nBEGIN:VALARM").replace("END:VEVENT\n", "")
    assert days(read_text(calendar(open_event, event("DTSTART:20240531T120000Z", "b")))) == ["30.05.", "31.05."]


def test_fold_inside_of_a_character_does_not_break_it() -> None:
    title = "Відкритий уряд".encode()
    text = calendar(event("DTSTART:20240530T120000Z")).encode().replace(b"Event a", title[:5] + b"\r\n " + title[5:])
    reading = read_text(text)
    assert (reading.listings[0].title, reading.findings) == ("Відкритий уряд", ())


def test_long_line_is_cut_and_its_event_kept() -> None:
    reading = read_text(calendar(event("DTSTART:20240530T120000Z\nDESCRIPTION:" + "x\n " * 70_000)))
    (listing,) = reading.listings
    assert [finding_line(finding) for finding in listing.findings] == ["line 4: text-cut: DESCRIPTION"]


BOMBS = {
    "one endless line": "x" * 9_000_000,
    "nested components": "BEGIN:VEVENT\n" + "BEGIN:X\n" * 500_000,
    "a million properties": event("DTSTART:20240530T120000Z\n" + "X-A:b\n" * 1_000_000),
    "100,000 alarms": event("DTSTART:20240530T120000Z\n" + "BEGIN:VALARM\nTRIGGER:x\nEND:VALARM\n" * 100_000),
    "600,000 dates taken out": event("DTSTART:20240530T120000Z\nRRULE:FREQ=DAILY\n" + "EXDATE:20240530\n" * 600_000),
    "dates in one line": event("DTSTART:20240530T120000Z\nEXDATE:" + "20240530," * 900_000),
    "categories": event("DTSTART:20240530T120000Z\nCATEGORIES:" + "a," * 3_000_000),
    "colons": event("DTSTART;" + "TZID=:" * 1_000_000),
    "quotes": event('DTSTART;TZID="' + '"' * 5_000_000),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_size_alone_costs_little(bomb: str) -> None:
    text = calendar(bomb).encode()
    began = process_time()
    try:
        read_text(text)
    except SourceUnreadable as error:
        assert f"at most {MAX_DEPTH}" in str(error)
    assert process_time() - began < 5


def many(count: int, lines: str = "") -> str:
    first = date(2024, 5, 20)
    return calendar(
        *(
            event(
                f"DTSTAMP:20240501T000000Z\n"
                f"DTSTART;TZID=Europe/Berlin:{first + timedelta(days=n % 300):%Y%m%d}T180000\n"
                f"DTEND;TZID=Europe/Berlin:{first + timedelta(days=n % 300):%Y%m%d}T190000\nLOCATION:Room {n}\n"
                f"DESCRIPTION:{'A text of some length. ' * 20}\nURL:https://calendar.example/{n}\nSTATUS:CONFIRMED\n"
                f"CATEGORIES:One,Two\n{lines}",
                f"{n}@calendar.example",
            )
            for n in range(count)
        )
    )


def measure() -> None:
    """Read 5,000 events and print the CPU seconds and the most memory in MB; run in a process of its own."""
    text = many(5_000)
    began = process_time()
    assert len(read_text(text).listings) == 5_000
    sys.stdout.write(f"{process_time() - began} {getrusage(RUSAGE_SELF).ru_maxrss / 1024}")


def test_five_thousand_events_take_seconds_and_megabytes() -> None:
    command = [sys.executable, "-c", "from tests.sources.test_ics import measure; measure()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 20
    assert megabytes < 450


def test_more_events_than_allowed_are_left_out() -> None:
    text = calendar(*(event("DTSTART:x", f"{n}") for n in range(MAX_EVENTS + 5)))
    reading = read_text(text)
    assert finding_line(reading.findings[0]) == "too-many-events: 5 left out, 20000 read"


def test_more_occurrences_than_allowed_are_left_out() -> None:
    reading = read_text(calendar(*(event("DTSTART:20240530\nRRULE:FREQ=DAILY;COUNT=700", f"{n}") for n in range(30))))
    assert len(reading.listings) == MAX_EVENTS
    assert [finding.code for finding in reading.findings] == ["too-many-events"]
