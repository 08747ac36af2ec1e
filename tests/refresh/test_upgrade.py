"""A filled store of version 0.1.0 comes over: UIDs and SEQUENCE as they were, and bytes, or LAST-MODIFIED moved."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.core.model import EventStatus, Listing, Stated
from feedsvc.refresh.render import render_stale
from tests.ical.read_back import ReadEvent, read_events
from tests.refresh.world import SOON, World, listing, made_source

KEPT = Path(__file__).parents[1] / "golden/version-0.1.0"
LEFT_AT = datetime(2024, 5, 26, 15, 0, tzinfo=UTC)
WEEKLY = "https://events.example/weekly"


def day(number: int) -> date:
    return SOON + timedelta(days=number)


LISTED: tuple[Listing, ...] = (
    listing("Open day"),
    listing("Round table", hour=16, native_id="id-1", link="https://events.example/1"),
    listing(
        "Workshop, part 1",
        day(1),
        native_id="id-2",
        description="Bring a laptop.",
        location="Town hall",
        host="City of Santiago",
    ),
    listing(None, day(2)),
    listing("Festival", start=Stated(day(3)), end=Stated(day(5))),
    listing("Two countries", day(4), countries=("Chile", "Argentina"), themes=("Civic Space", "A theme of its own")),
    listing("No end", day(6), end=None),
    listing("Called off", day(7), status=EventStatus.CANCELLED),
    *(listing("Weekly meeting", day(7 * week), 9, link=WEEKLY) for week in range(3)),
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    with sqlite3.connect(tmp_path / "feedsvc.sqlite") as connection:
        connection.executescript((KEPT / "store.sql").read_text(encoding="utf-8"))
    connection.close()
    made = World(tmp_path, made_source(), now=LEFT_AT)
    made.passes(hours=1)
    render_stale(made.context)
    return made


def blocks(body: bytes) -> dict[str, bytes]:
    """UID → its VEVENT."""
    parts = body.split(b"BEGIN:VEVENT\r\n")[1:]
    found = (part.partition(b"END:VEVENT")[0] for part in parts)
    return {part.partition(b"UID:")[2].partition(b"\r\n")[0].decode(): part for part in found}


def events(body: bytes) -> dict[str, ReadEvent]:
    return {one.uid: one for one in read_events(body)}


def test_uids_sequences_and_times_are_as_they_were(world: World) -> None:
    before, after = events((KEPT / "all.ics").read_bytes()), events(world.feed().body)
    assert before.keys() == after.keys()
    for uid, was in before.items():
        now = after[uid]
        assert (was.sequence, was.start, was.end, was.status) == (now.sequence, now.start, now.end, now.status)
        assert (was.summary, was.location, was.url) == (now.summary, now.location, now.url)
        assert was.stamps.created == now.stamps.created


def test_bytes_are_as_they_were_or_last_modified_has_moved(world: World) -> None:
    old, new = (KEPT / "all.ics").read_bytes(), world.feed().body
    before, after = blocks(old), blocks(new)
    modified = {uid: one.stamps.modified for uid, one in events(new).items()}
    known = {uid: one.stamps.modified for uid, one in events(old).items()}
    for uid, was in before.items():
        assert (was == after[uid]) is (known[uid] == modified[uid]), uid


def test_what_the_source_says_again_changes_nothing(world: World) -> None:
    before = events(world.feed().body)
    world.refresh(*LISTED)
    after = events(world.feed().body)
    assert before == after


def test_what_waited_goes_on_from_where_it_was(world: World) -> None:
    world.refresh(*LISTED)
    assert world.record("Withdrawn").cancelled_at is not None
    world.refresh(*LISTED, listing("Withdrawn", day(8), native_id="id-9"))
    assert world.record("Withdrawn").cancelled_at is None
    uid = world.record("Withdrawn").uid
    assert events(world.feed().body)[uid].sequence == 2
    world.passes(days=31)
    world.refresh(*LISTED)
    assert len(world.by_uid()) == 12
