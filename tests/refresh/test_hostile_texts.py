"""Texts that want to be more than texts: no lost event, no broken feed, one event and one finding at most."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from feedsvc.core.errors import EventUnwritable
from feedsvc.core.model import Record
from feedsvc.ical.lint.check import faults
from feedsvc.ical.write.description import Rendering
from feedsvc.ical.write.event import vevent
from tests.ical.read_back import read_events
from tests.refresh.world import World, file_source, listing

TITLES = {
    "100,000 characters": "x" * 100_000,
    "CR and LF": "A\r\nATTENDEE:mailto:evil@example.com",
    "a lone CR": "A\rATTENDEE:mailto:evil@example.com",
    "a lone LF": "A\nBEGIN:VALARM",
    "NUL and backspace": "A\x00B\x08C",
    "U+2028 and NEL": "A\u2028ATTENDEE:mailto:evil@example.com\x85C\x0bD",
    "a lone surrogate": "A\ud800B",
    "an override": "A\u202eB",
    "an end of the calendar": "END:VCALENDAR",
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_no_title_breaks_the_feed_or_loses_an_event(title: str, tmp_path: Path) -> None:
    world = World(tmp_path)
    outcome = world.refresh(listing(title), listing("Harmless"))
    assert (outcome.run.outcome, outcome.run.new) == ("applied", 2)
    body = world.feed().body
    assert faults(body) == []
    events = read_events(body)
    assert len(events) == 2
    assert all("\n" not in event.summary and len(event.summary) <= 500 for event in events)
    assert body.count(b"\r\nATTENDEE") == body.count(b"\r\nBEGIN:VALARM") == 0


def test_latin_1_bytes_are_read_with_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "listing.txt"
    when = "Chile — May 30, 2024 @ 9:00am - 10:00am GMT-04:00"
    text = f"Open Gov Week Events\n\nDiálogos\n\nCivic Space\n\n{when}\n\nLearn more\n"
    file.write_bytes(text.replace("—", "-").encode("latin-1"))
    world = World(tmp_path / "var", file_source(file))
    outcome = world.refresh()
    assert outcome.run.outcome == "applied"
    assert list(world.records()) == ["Diálogos"]
    assert [finding.code for finding in outcome.findings] == ["bad-encoding"]


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_that_no_zone_reaches_costs_one_event(day: date, tmp_path: Path) -> None:
    world = World(tmp_path)
    outcome = world.refresh(listing("Beyond", day, hour=22), listing("Harmless"))
    assert outcome.run.outcome == "applied"
    assert list(world.records()) == ["Harmless"]
    assert [finding.code for finding in outcome.findings] == ["unreadable"]


def test_an_event_that_cannot_be_written_costs_one_event_and_a_finding(tmp_path: Path) -> None:
    def refuse(record: Record, rendering: Rendering, now: datetime) -> bytes:
        if record.event.title == "Bad":
            raise EventUnwritable("event 'Bad' cannot be written: it is bad")
        return vevent(record, rendering, now)

    world = World(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("feedsvc.refresh.plan.vevent", refuse)
        outcome = world.refresh(listing("Good"), listing("Bad"))
    assert (outcome.run.new, outcome.run.findings) == (2, 1)
    assert [event.summary for event in read_events(world.feed().body)] == ["Good"]
    with world.runtime.store.read() as snapshot:
        assert [(one["code"], one["summary"]) for one in snapshot.feeds.findings()] == [("unwritable", "Bad")]


def test_a_change_that_cannot_be_written_leaves_what_was_published(tmp_path: Path) -> None:
    def refuse(record: Record, rendering: Rendering, now: datetime) -> bytes:
        if record.event.location == "Bad":
            raise EventUnwritable("event 'Talk' cannot be written: it is bad")
        return vevent(record, rendering, now)

    world = World(tmp_path)
    world.refresh(listing("Talk", location="Hall"))
    before = world.feed().body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("feedsvc.refresh.plan.vevent", refuse)
        first = world.refresh(listing("Talk", location="Bad"))
        again = world.refresh(listing("Talk", location="Bad"))
    assert world.feed().body == before
    assert [finding.code for finding in first.findings] == []
    with world.runtime.store.read() as snapshot:
        assert [(one["code"], one["summary"]) for one in snapshot.feeds.findings()] == [("unwritable", "Talk")]
    assert (again.run.changed, again.run.outcome) == (0, "unchanged")
    world.refresh(listing("Talk", location="Other hall"))
    assert world.records()["Talk"].event.location == "Other hall"
    with world.runtime.store.read() as snapshot:
        assert list(snapshot.feeds.findings()) == []
