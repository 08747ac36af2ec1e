"""Foreign calendars that are large, by accident or on purpose: what they may cost."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from time import process_time

import pytest

from feedsvc.core.errors import SourceUnreadable
from feedsvc.ical.parse.lines import MAX_DEPTH, MAX_EVENTS, scan
from tests.sources.calendars import calendar, event, read_text
from tests.sources.helpers import ROOT, finding_line

pytestmark = pytest.mark.slow

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
    took = process_time() - began
    # Not ru_maxrss: that begins with what the process had used that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    sys.stdout.write(f"{took} {peak_kb / 1024}")


def test_five_thousand_events_take_seconds_and_megabytes() -> None:
    command = [sys.executable, "-c", "from tests.sources.test_ics_size import measure; measure()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 20
    assert megabytes < 450


def test_more_events_than_allowed_are_left_out_before_they_are_parsed() -> None:
    found = scan(calendar(*(event("DTSTART:20240530", f"{n}") for n in range(MAX_EVENTS + 5))))
    assert (len(found.events), found.left_out) == (MAX_EVENTS, 5)


def test_events_left_out_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.ical.parse.lines.MAX_EVENTS", 3)
    reading = read_text(calendar(*(event("DTSTART:20240530", f"{n}") for n in range(5))))
    assert len(reading.listings) == 3
    assert [finding_line(finding) for finding in reading.findings] == ["too-many-events: 2 left out, 3 read"]


def test_more_occurrences_than_allowed_are_left_out() -> None:
    reading = read_text(calendar(*(event("DTSTART:20240530\nRRULE:FREQ=DAILY;COUNT=700", f"{n}") for n in range(30))))
    assert len(reading.listings) == MAX_EVENTS
    assert [finding.code for finding in reading.findings] == ["too-many-events"]


def test_descriptions_that_all_occurrences_repeat_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.sources.ics.MAX_TEXT_BYTES", 1_000_000)
    lines = "DTSTART:20240530T120000Z\nRRULE:FREQ=DAILY;COUNT=900\nDESCRIPTION:" + "é" * 1_000
    reading = read_text(calendar(event(lines)))
    assert len(reading.listings) == 500
    assert [finding_line(finding) for finding in reading.findings] == [
        "too-many-events: their descriptions have more than 1 MB; 500 kept"
    ]
