"""The check of finished bytes finds each fault, names its place, and finds none in a sound feed."""

from __future__ import annotations

import re
from datetime import date

import pytest

from feedsvc.core.errors import EventUnwritable
from feedsvc.core.timespan import Timespan
from feedsvc.ical.lint.check import MAX_FAULTS, check_fragment, faults
from feedsvc.ical.write.calendar import frame
from feedsvc.ical.write.event import vevent
from tests.ical.samples import FACTS, NOW, RENDERING, record

ONE = vevent(record(record_uid="one@x", summary="é" * 200), RENDERING, NOW)
TWO = vevent(record(record_uid="two@x", span=Timespan.of_days(date(2024, 5, 1), date(2024, 5, 2))), RENDERING, NOW)
HEAD, FOOT = frame(FACTS)
GOOD = HEAD + ONE + TWO + FOOT

BREAKS: list[tuple[str, bytes, bytes, str]] = [
    ("bare LF", b"SEQUENCE:0\r\n", b"SEQUENCE:0\n", "LF without CR"),
    ("bare CR", b"SUMMARY:Open", b"SUMMARY:\rOpen", "CR without LF"),
    ("76 octets", b"STATUS:CONFIRMED", b"X-A:" + b"a" * 72, "76 octets"),
    ("split character", "é\r\n ".encode(), b"\xc3\r\n \xa9", "a fold splits a character"),
    ("Latin-1", b"SUMMARY:Open", b"SUMMARY:Op\xe9n", "not UTF-8"),
    ("surrogate", b"SUMMARY:Open", b"SUMMARY:\xed\xa0\x80", "not UTF-8"),
    ("NUL", b"SUMMARY:Open", b"SUMMARY:\x00Open", "control character"),
    ("vertical tab", b"SUMMARY:Open", b"SUMMARY:\x0bOpen", "control character"),
    ("DEL", b"SUMMARY:Open", b"SUMMARY:\x7fOpen", "control character"),
    ("NEL", b"SUMMARY:Open", "SUMMARY:\x85Open".encode(), "line end to some programs"),
    ("U+2028", b"SUMMARY:Open", "SUMMARY:\u2028Open".encode(), "line end to some programs"),
    ("U+2029", b"SUMMARY:Open", "SUMMARY:\u2029Open".encode(), "line end to some programs"),
    ("line without a name", b"SUMMARY:Open", b"SUMMARY:\r\nOpen", "no property name before a colon"),
    ("empty line", b"STATUS:CONFIRMED", b"", "no property name before a colon"),
    ("UID of another", b"UID:two@x", b"UID:one@x", "UID one@x: another event has the same UID"),
    ("no UID", b"UID:two@x\r\n", b"", "no UID"),
    ("empty UID", b"UID:two@x", b"UID:", "no UID"),
    ("no DTSTAMP", b"DTSTAMP:20240502T103000Z\r\n", b"", "UID one@x: no DTSTAMP"),
    ("no DTSTART", b"DTSTART;VALUE=DATE:20240501\r\n", b"", "UID two@x: no DTSTART"),
    ("two DTSTART", b"SEQUENCE:0", b"DTSTART:20240530T120000Z", "UID one@x: duplicate DTSTART"),
    ("local DTSTAMP", b"DTSTAMP:20240502T103000Z", b"DTSTAMP:20240502T103000", "DTSTAMP is not in UTC"),
    (
        "end at the start",
        b"DTEND:20240530T140000Z",
        b"DTEND:20240530T120000Z",
        "UID one@x: DTEND 20240530T120000Z is not after",
    ),
    (
        "end before the start",
        b"DTEND;VALUE=DATE:20240503",
        b"DTEND;VALUE=DATE:20240430",
        "UID two@x: DTEND 20240430 is not after",
    ),
    ("date and time", b"DTEND;VALUE=DATE:20240503", b"DTEND:20240503T000000Z", "one of DTSTART and DTEND is a date"),
    (
        "date with a time",
        b"DTSTART;VALUE=DATE:20240501",
        b"DTSTART;VALUE=DATE:20240501T000000",
        "neither a date nor a time",
    ),
    ("date without saying so", b"DTSTART;VALUE=DATE:20240501", b"DTSTART:20240501", "neither a date nor a time"),
    ("broken time", b"DTSTART:20240530T120000Z", b"DTSTART:2024-05-30 12:00", "neither a date nor a time"),
    ("misspelt status", b"STATUS:CONFIRMED", b"STATUS:CANCELED", "STATUS:CANCELED is unknown"),
    ("event not closed", b"END:VEVENT\r\nEND:VCALENDAR", b"END:VCALENDAR", "VEVENT is never closed"),
    (
        "closed twice",
        b"END:VEVENT\r\nEND:VCALENDAR",
        b"END:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR",
        "END:VEVENT closes nothing",
    ),
    ("cut off", b"END:VCALENDAR\r\n", b"", "does not end with END:VCALENDAR"),
    ("last line without end", b"END:VCALENDAR\r\n", b"END:VCALENDAR", "the last line has no end"),
    ("something after the end", b"END:VCALENDAR\r\n", b"END:VCALENDAR\r\nX-A:b\r\n", "does not end with END:VCALENDAR"),
    (
        "a second calendar",
        b"END:VCALENDAR\r\n",
        b"END:VCALENDAR\r\n" + HEAD + FOOT,
        "a second component after the calendar's end",
    ),
    (
        "a calendar within",
        b"BEGIN:VEVENT\r\nUID:one",
        HEAD + FOOT + b"BEGIN:VEVENT\r\nUID:one",
        "a calendar within a calendar",
    ),
    ("no VERSION", b"VERSION:2.0\r\n", b"", "no VERSION"),
    ("two VERSION", b"VERSION:2.0\r\n", b"VERSION:2.0\r\nVERSION:2.0\r\n", "duplicate VERSION"),
    ("no PRODID", b"PRODID:", b"X-A:", "no PRODID"),
    ("UID of the calendar", b"VERSION:2.0\r\n", b"VERSION:2.0\r\nUID:x\r\n", "the calendar has a UID"),
    ("byte order mark", b"BEGIN:VCALENDAR", b"\xef\xbb\xbfBEGIN:VCALENDAR", "byte order mark"),
    ("a login page", GOOD, b"<!doctype html><title>Log in</title>", "not an iCalendar file"),
    ("nothing", GOOD, b"", "not an iCalendar file"),
]


def test_sound_document_has_no_fault() -> None:
    assert faults(GOOD) == []
    assert faults(HEAD + FOOT) == []
    check_fragment(ONE)
    check_fragment(TWO)


@pytest.mark.parametrize(("old", "new", "fault"), [row[1:] for row in BREAKS], ids=[row[0] for row in BREAKS])
def test_each_fault_is_found_and_said(old: bytes, new: bytes, fault: str) -> None:
    assert old in GOOD
    found = faults(GOOD.replace(old, new, 1))
    assert any(fault in each for each in found), found
    assert all(re.match(r"line \d+: |UID \S+: |does not end", each) and each.isprintable() for each in found)


@pytest.mark.parametrize(("old", "new", "fault"), [row[1:] for row in BREAKS], ids=[row[0] for row in BREAKS])
def test_each_fault_is_found_in_events_of_another_shape_too(old: bytes, new: bytes, fault: str) -> None:
    """Our own shape is read by a faster way; a line more leads to the other one."""
    other = GOOD.replace(b"TRANSP:", b"X-A:b\r\nTRANSP:")
    assert faults(other) == []
    found = faults(other.replace(old if old != GOOD else other, new, 1))
    assert any(fault in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"SUMMARY:", b"SUMMARY:\t", "TAB"),
        (b"DTSTART:20240530T120000Z", b"DTSTART;TZID=Europe/Kyiv:20240530T150000", "neither in UTC"),
        (b"DTSTART:20240530T120000Z", b"DTSTART:20240530T120000", "neither in UTC"),
        (b"END:VEVENT\r\n", b"BEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT\r\n", "more in it"),
        (b"END:VEVENT\r\n", b"END:VEVENT\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n", "more in it"),
        (b"BEGIN:VEVENT\r\n", b"", "not one VEVENT"),
        (b"SUMMARY:", b"SUMMARY:\x00", "control character"),
        (b"UID:one@x\r\n", b"", "without UID"),
        (b"UID:one@x\r\nDTSTAMP", b"DTSTAMP", "does not begin with its UID"),
    ],
)
def test_fragment_is_held_to_more_than_a_document(old: bytes, new: bytes, reason: str) -> None:
    with pytest.raises(EventUnwritable, match=reason) as raised:
        check_fragment(ONE.replace(old, new, 1))
    assert "\n" not in str(raised.value)


def test_file_that_is_sound_elsewhere_has_no_fault() -> None:
    """Lower-case X- names, folds by TAB, zones, overrides of one occurrence and alarms are legal."""
    event = (
        b'BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;TZID="A:B":20240101T100000\r\n'
        b"X-wr-a:b\r\nSUMMARY:a\r\n\tb\r\nBEGIN:VALARM\r\nUID:a\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    )
    override = event.replace(b"SUMMARY", b"RECURRENCE-ID:20240102T090000Z\r\nSUMMARY")
    assert faults(HEAD + event + override + FOOT) == []


def test_folded_uids_are_compared_whole() -> None:
    long = b"a" * 60
    first = ONE.replace(b"UID:one@x", b"UID:" + long + b"\r\n 1@x")
    assert faults(HEAD + first + first.replace(b" 1@x", b" 2@x") + FOOT) == []
    assert any("same UID" in fault for fault in faults(HEAD + first + first + FOOT))


def test_line_of_a_fault_is_told() -> None:
    number = GOOD[: GOOD.index(b"SUMMARY")].count(b"\n") + 1
    assert faults(GOOD.replace(b"SUMMARY:", b"SUMMARY:\x00", 1)) == [f"line {number}: control character b'\\x00'"]


def test_document_full_of_faults_is_told_of_in_part() -> None:
    assert len(faults(HEAD + b"no colon\r\n" * 1000 + FOOT)) == MAX_FAULTS + 1
