"""The last look at a file finds in pieces what it finds in the whole, and needs no more memory for a larger one."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.core.model import Record
from feedsvc.feeds import exports
from feedsvc.ical.lint import check
from feedsvc.ical.lint.check import faults, file_faults
from feedsvc.publish import run
from feedsvc.store import dialects
from tests.publish.house import House
from tests.store.records import CHILE, START, record

pytestmark = pytest.mark.slow

HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n"
FOOT = b"END:VCALENDAR\r\n"


def event(number: int, extra: bytes = b"") -> bytes:
    return (
        b"BEGIN:VEVENT\r\nUID:%d@feeds.test\r\nDTSTAMP:20240520T090000Z\r\nDTSTART:20240528T140000Z\r\n"
        b"DTEND:20240528T150000Z\r\nSUMMARY:About %d\r\n%sEND:VEVENT\r\n" % (number, number, extra)
    )


@pytest.fixture(params=[64, 200, 1_000, 10_000_000])
def piece_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Pieces of many sizes, so that every place of a calendar lies at the end of one in some test."""
    monkeypatch.setattr(check, "PIECE_BYTES", request.param)
    return int(request.param)


def found(document: bytes) -> list[str]:
    return file_faults(io.BytesIO(document))


@pytest.mark.usefixtures("piece_bytes")
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_sound_calendar_is_sound_in_pieces(count: int) -> None:
    document = HEAD + b"".join(map(event, range(count))) + FOOT
    assert faults(document) == []
    assert found(document) == []


WHOLE = HEAD + b"".join(map(event, range(30)))
FAULTY = {
    "cut": WHOLE,
    "cut in an event": WHOLE[:-40] + FOOT,
    "cut in the foot": WHOLE + FOOT[:-4],
    "empty": b"",
    "a page": b"<!doctype html><title>Log in</title>",
    "line end": WHOLE.replace(b"About 17\r\n", b"About 17\n") + FOOT,
    "control": WHOLE.replace(b"About 17", b"About\x0017") + FOOT,
    "long line": WHOLE.replace(b"About 17", b"About" * 30) + FOOT,
    "no stamp": WHOLE.replace(b"UID:17@feeds.test\r\nDTSTAMP:20240520T090000Z", b"UID:17@feeds.test") + FOOT,
    "after the end": WHOLE + FOOT + event(99),
    "same UID next to it": WHOLE + event(29) + FOOT,
    "same UID far away": WHOLE + event(0) + FOOT,
    "half a character": WHOLE.replace(b"About 17", b"About \xe9") + FOOT,
}


@pytest.mark.usefixtures("piece_bytes")
@pytest.mark.parametrize("document", FAULTY.values(), ids=FAULTY.keys())
def test_fault_is_found_wherever_it_lies(document: bytes) -> None:
    assert faults(document)
    assert found(document)


def long_record(number: int) -> Record:
    one = record(f"e{number}", START + timedelta(minutes=number))
    return replace(one, event=replace(one.event, description="Words of an event. " * 150))


def test_memory_does_not_grow_with_the_feed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_HELD_WHOLE", 100)
    monkeypatch.setattr(dialects, "_FETCH", 50)
    monkeypatch.setattr(check, "PIECE_BYTES", 100_000)
    house.apply(*(house.written(long_record(number), CHILE) for number in range(1_000)))
    feed_files = house.exports.feed_files((), (0, "")).feed_files
    staged = house.folder / "feed"
    with house.exports.publication(
        next(feed_file for feed_file in feed_files if feed_file.path == "country/cl.ics")
    ) as publication:
        tracemalloc.start()
        try:
            draft = run._write(publication.chunks, staged)
            with staged.open("rb") as file:
                assert file_faults(file) == []
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert draft.bytes > 2_500_000
    assert peak < 1_200_000
