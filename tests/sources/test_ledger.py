"""Everything that a source shows is counted: the ledger of a reading adds up, for every kind and every damage."""

from __future__ import annotations

import os
import random
import tomllib
from pathlib import Path

import pytest

from feedsvc.core import serialize
from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import Finding, Ledger, Present, Reading
from feedsvc.core.normalise import normalise
from feedsvc.sources.base import find_kinds
from tests.sources.helpers import OPEN_GOV_WEEK, context
from tests.sources.test_kinds import SAMPLES, Sample

KINDS = find_kinds()
FUZZED = int(os.environ.get("FUZZED_READINGS", "150"))
"""Damaged readings a kind."""


def sample_of(kind: str) -> Sample:
    folder = SAMPLES / kind
    return Sample(KINDS[kind], folder, tomllib.loads((folder / "source.toml").read_text(encoding="utf-8")))


def adds_up(reading: Reading) -> None:
    kept = reading.counted
    assert kept.unaccounted == 0, kept
    assert (kept.events, kept.cannot_be_read) == (len(reading.listings), len(reading.present))
    after = normalise(reading.listings, OPEN_GOV_WEEK).ledger(reading)
    assert after.unaccounted == 0, after


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_ledger_of_a_sample_adds_up(kind: str) -> None:
    reading = sample_of(kind).read()
    assert reading.ledger is not None
    assert reading.counted.seen > 0
    adds_up(reading)
    assert serialize.reading_of(serialize.reading_text(reading)).ledger == reading.ledger


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_ledger_of_a_damaged_page_adds_up(kind: str) -> None:
    sample = sample_of(kind)
    page = sample.pages[sample.main_page]
    chance = random.Random(kind)
    read = 0
    for _ in range(FUZZED):
        try:
            adds_up(sample.read(damaged(page, chance)))
            read += 1
        except (SourceUnreadable, FetchFailed):
            continue
    assert read > FUZZED // 20, "hardly any damaged page could be read at all"


def damaged(page: bytes, chance: random.Random) -> bytes:
    """A page with a few parts lost, repeated, exchanged or overwritten."""
    for _ in range(chance.randint(1, 4)):
        first = chance.randrange(len(page))
        last = min(len(page), first + chance.choice((1, 5, 40, 300)))
        part = page[first:last]
        other = chance.randrange(len(page))
        swapped = page[other : other + len(part)]
        changed = chance.choice((b"", part * 2, swapped, bytes(chance.randrange(32, 127) for _ in part)))
        page = page[:first] + changed + page[last:]
    return page


def test_row_beyond_the_limit_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.sources.csv.MAX_EVENTS", 2)
    table = "title,day\n" + "".join(f"Talk {number},2027-03-0{number}\n" for number in range(1, 6))
    settings = KINDS["csv"].settings.model_validate({"columns": {"title": "title", "start": "day"}})
    reading: Reading = KINDS["csv"].read(settings, context(table))
    assert reading.counted == Ledger(seen=5, events=2, omitted=3)
    assert reading.incomplete == "more than 2 rows"
    assert [doubt.code for doubt in reading.findings] == ["too-many-events"]


def test_what_nobody_could_recognise_is_counted_apart() -> None:
    present = [Present(Finding("unreadable")), Present(Finding("undated"), title="Talk")]
    kept = Ledger.of([], present, parts=1, outside=2)
    assert kept.in_words == (
        "5 seen: 1 parts of an event, 2 outside the window, 1 present but unreadable, 1 unreadable and without identity"
    )
    assert kept.unaccounted == 0


def test_older_version_and_ended_series_are_counted(tmp_path: Path) -> None:
    lines = [
        "BEGIN:VCALENDAR",
        *event("1", "DTSTART:20270301T100000Z", "SEQUENCE:1"),
        *event("1", "DTSTART:20270302T100000Z", "SEQUENCE:2"),
        *event("2", "DTSTART:20100301T100000Z", "RRULE:FREQ=DAILY;COUNT=3"),
        *event("3", "DTSTART:20270301T100000Z", "RRULE:FREQ=DAILY;COUNT=3"),
        *event("4", "DTSTART:soon"),
        "END:VCALENDAR",
    ]
    settings = KINDS["ics"].settings()
    reading: Reading = KINDS["ics"].read(settings, context("\r\n".join(lines)))
    adds_up(reading)
    assert reading.counted.unreadable == 1
    assert reading.counted.parts == 1


def event(uid: str, *lines: str) -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:Talk {uid}", *lines, "END:VEVENT"]
