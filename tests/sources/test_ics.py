"""Foreign calendars: their clocks, their ends, and what is not a calendar."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Reading
from feedsvc.sources.ics import Settings, read
from tests.sources.calendars import calendar, days, event, read_one, read_text
from tests.sources.helpers import context, events, finding_line, moment


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20240530T120000Z", "2024-05-30 12:00 UTC offset 0:00:00"),
        ("DTSTART:20240530T120000", "2024-05-30 12:00"),
        ("DTSTART;TZID=UTC+03:30:20240530T120000", "2024-05-30 12:00 offset 3:30:00"),
        ("DTSTART;TZID=\"(UTC+01:00) Amsterdam, Berlin\":20240530T120000", "2024-05-30 12:00 Europe/Amsterdam"),
        ("DTSTART;TZID=(UTC+01:00) Our Town, Theirs:20240530T120000", "2024-05-30 12:00 offset 1:00:00"),
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


@pytest.mark.parametrize(
    ("label", "zone"),
    [
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", "Europe/Helsinki"),
        ("(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(GMT+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"),
    ],
)
def test_label_that_windows_shows_people_is_a_zone_and_no_offset(label: str, zone: str) -> None:
    assert read_one(f'DTSTART;TZID="{label}":20240530T120000').start.zone == zone


def test_end_in_another_zone_is_the_same_instant() -> None:
    listing = read_one("DTSTART;TZID=Europe/Kyiv:20240530T150000\nDTEND;TZID=Europe/London:20240530T150000")
    assert events([listing])[0]["end_utc"] == "2024-05-30T14:00:00Z"


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        ("DTSTART;VALUE=DATE:20240530\nDTEND;VALUE=DATE:20240601", "2024-05-31"),
        ("DTSTART;VALUE=DATE:20240530\nDURATION:P2D", "2024-05-31"),
        ("DTSTART;VALUE=DATE:20240530\nDTEND:20240531T120000", "2024-05-31"),
        ("DTSTART:20240530T120000Z\nDURATION:PT90M", "2024-05-30 13:30 UTC offset 0:00:00"),
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
    assert process_time() - began < 5


def test_unknown_zone_of_the_whole_calendar_is_a_finding() -> None:
    reading = read_text(calendar(event("DTSTART:20240530T120000"), head="X-WR-TIMEZONE:Middle-earth\n"))
    assert [finding_line(finding) for finding in reading.findings] == ["unknown-zone: Middle-earth"]
    assert [finding_line(finding) for finding in reading.listings[0].findings] == ["unknown-zone: Middle-earth"]


def test_doubt_about_the_calendar_s_zone_is_one_of_times_without_a_zone_only() -> None:
    head = "X-WR-TIMEZONE:EST\n"
    floating, exact = event("DTSTART:20240530T120000"), event("DTSTART:20240530T120000Z", "b")
    reading = read_text(calendar(floating, exact, head=head))
    assert [[finding.code for finding in listing.findings] for listing in reading.listings] == [["ambiguous-zone"], []]


def test_calendar_without_events_is_whole() -> None:
    assert read_text(calendar()) == Reading((), ids_name_dates=True)


@pytest.mark.parametrize("text", ["<!doctype html><html>Log in</html>", "", "not a calendar", "END:VCALENDAR"])
def test_page_that_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(SourceUnreadable, match="not a calendar"):
        read_text(text)


def test_calendar_that_is_cut_off_is_incomplete() -> None:
    reading = read_text(calendar(event("DTSTART:20240530T120000Z"), event("DTSTART:20240531T120000Z", "b"))[:-30])
    assert days(reading) == ["30.05."]
    assert reading.incomplete == "END:VCALENDAR is missing"


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


def definition(tzid: str, winter: str, summer: str) -> str:
    def half(name: str, month: int, before: str, after: str) -> str:
        rule = f"RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY=-1SU"
        return f"BEGIN:{name}\nDTSTART:20000101T020000\nTZOFFSETFROM:{before}\nTZOFFSETTO:{after}\n{rule}\nEND:{name}\n"

    halves = half("STANDARD", 10, summer, winter) + half("DAYLIGHT", 3, winter, summer)
    return f"BEGIN:VTIMEZONE\nTZID:{tzid}\n{halves}END:VTIMEZONE\n"


@pytest.mark.parametrize(
    ("tzid", "offsets", "start", "doubt"),
    [
        ("Europe/Berlin", ("+0100", "+0200"), "2024-05-30 12:00 Europe/Berlin", None),
        ("Europe/Berlin", ("+0300", "+0400"), "2024-05-30 12:00 Europe/Berlin", "zone-contradicted"),
        ("GMT", ("+0000", "+0100"), "2024-05-30 12:00 Europe/London", None),  # the definition counts, not the name
        ("EST", ("+0100", "+0200"), "2024-05-30 12:00 Europe/Berlin", None),
        ("Customized Time Zone", ("+0200", "+0300"), "2024-05-30 12:00 Europe/Bucharest", None),
    ],
)
def test_definition_and_name_of_a_zone_are_compared(
    tzid: str, offsets: tuple[str, str], start: str, doubt: str | None
) -> None:
    text = calendar(definition(tzid, *offsets), event(f"DTSTART;TZID={tzid}:20240530T120000"))
    (listing,) = read_text(text).listings
    assert moment(listing.start) == start
    assert [finding.code for finding in listing.findings] == ([doubt] if doubt else [])


@pytest.mark.parametrize(
    ("private", "titles"), [("omit", ["Event b"]), ("busy", ["Busy", "Event b"]), ("publish", ["Event a", "Event b"])]
)
def test_event_that_is_not_public_stays_so(private: str, titles: list[str]) -> None:
    hidden = event("DTSTART:20240530T120000Z\nCLASS:CONFIDENTIAL\nDESCRIPTION:secret\nLOCATION:secret")
    reading = read(
        Settings.model_validate({"private": private}),
        context(calendar(hidden, event("DTSTART:20240531T120000Z\nCLASS: public", "b"))),
    )
    assert [listing.title for listing in reading.listings] == titles
    assert [finding.code for finding in reading.findings] == ["private"]
    assert (reading.ledger.omitted, reading.ledger.unaccounted) == (2 - len(titles), 0)
    assert private == "publish" or not any("secret" in listing.description for listing in reading.listings)


def test_private_change_of_a_public_series_shows_neither_time() -> None:
    change = event("RECURRENCE-ID:20240523T120000Z\nDTSTART:20240523T150000Z\nCLASS:PRIVATE")
    reading = read_text(calendar(event("DTSTART:20240516T120000Z\nRRULE:FREQ=WEEKLY;COUNT=3"), change))
    assert days(reading) == ["16.05.", "30.05."]


@pytest.mark.parametrize(
    ("times", "start"),
    [
        ("stated", "2024-05-30 14:00 Europe/Berlin"),
        ("wall-clock", "2024-05-30 12:00 Europe/Berlin"),
        ("utc", "2024-05-30 12:00 UTC offset 0:00:00"),
    ],
)
def test_times_are_worth_what_the_source_says(times: str, start: str) -> None:
    given = replace(context(calendar(event("DTSTART:20240530T120000Z"))), zone="Europe/Berlin", times=times)
    assert moment(read(Settings(), given).listings[0].start) == start


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        ("DTSTART;TZID=Europe/Kyiv:20240530T000000\nDTEND;TZID=Europe/Kyiv:20240531T000000", "2024-05-30"),
        ("DTSTART;TZID=Europe/Kyiv:20240530T000000\nDTEND;TZID=Europe/Kyiv:20240530T235900", "2024-05-30"),
        ("DTSTART:20240530T000000Z\nDTEND:20240531T000000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "2024-05-30"),
        ("DTSTART:20240530T000000Z\nDTEND:20240531T000000Z", "2024-05-30 00:00 UTC offset 0:00:00"),
    ],
)
def test_midnight_to_midnight_is_all_day_where_a_place_lives_by_it(lines: str, start: str) -> None:
    assert moment(read_one(lines).start) == start


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("DESCRIPTION:It\\'s free\\!\\, really", "It's free!, really"),
        ("DESCRIPTION:One\\\\nTwo", "One\nTwo"),
        ("DESCRIPTION:C:\\\\new", "C:\\new"),
        ("DESCRIPTION;ENCODING=QUOTED-PRINTABLE:caf=C3=A9=0D=0Aau lait", "café\nau lait"),
        ("DESCRIPTION;ENCODING=QUOTED-PRINTABLE;CHARSET=nonsense:caf=C3=A9", "café"),
        ("X-ALT-DESC;FMTTYPE=text/html:<p>Only here</p>", "Only here"),
    ],
)
def test_texts_lose_escapes_that_are_one_too_many(lines: str, text: str) -> None:
    assert read_one(f"DTSTART:20240530T120000Z\n{lines}").description == text
