"""One contract for every output format. Formats are found by themselves; a new one needs a reader in `readers`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import jsonschema
import pytest

from feedsvc.bootstrap import Runtime
from feedsvc.core.model import EventStatus, Stated
from feedsvc.feeds.document import Document
from feedsvc.feeds.feed import formats
from feedsvc.feeds.spec import FeedSpec
from feedsvc.ical.lint.check import faults
from tests.feeds.readers import BY_CHANGE, MEDIA_TYPES, READERS, ids, printable
from tests.sample import ROOT, opened
from tests.web.site import Site, listing

EXTENSIONS = list(formats())
PATHS = ["/all", "/country/ua", "/theme/fiscal-openness", "/country/ar_cl/theme/access-to-information", "/country/jp"]
HOSTILE = (
    "A\r\nATTENDEE:mailto:evil@x",
    "A\x00B\x08C",
    "A\u2028B\x85C\x0bD",
    "\ud800 lone",
    "</entry><script>alert(1)</script>]]>&amp;",
    '"},{"uid":"evil","x":"',
    "=HYPERLINK(0)\t+1",
    "\u202egnp.exe \ufeff \uffff",
    'semi;comma,back\\slash\\n "quoted"',
)
SCHEMA = json.loads((ROOT / "docs/schema/feed.json").read_text(encoding="utf-8"))


def document(runtime: Runtime, path: str, extension: str) -> Document:
    return runtime.documents.document(runtime.documents.find(path).spec, extension)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service whose source says hostile things in every field."""
    day = date(2026, 5, 26)
    listings = [
        listing(
            text,
            start=Stated(day + timedelta(days=n), time(11), offset=timedelta(hours=-4)),
            end=None,
            themes=(text, "Civic Space"),
            countries=("Chile", text),
            description=f"{text}\n{text}",
            location=text,
            host=text,
            event_type=text,
            listed=text,
            link="javascript:alert(1)" if n % 2 else f"https://x.example/?a={n}&b=<>\"'",
        )
        for n, text in enumerate(HOSTILE)
    ]
    days = Stated(day), Stated(day + timedelta(days=1))
    listings.append(listing("Two days", start=days[0], end=days[1], status=EventStatus.CANCELLED))
    site = Site(tmp_path_factory.mktemp("hostile"), *listings)
    yield site
    site.runtime.close()


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(EXTENSIONS) == set(MEDIA_TYPES)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_format_tells_the_same_events_as_icalendar_in_the_same_order(
    sample: Runtime, path: str, extension: str
) -> None:
    events = READERS["ics"](document(sample, path, "ics").body)
    told = READERS[extension](document(sample, path, extension).body)
    assert len(told) == document(sample, path, extension).events
    if extension in BY_CHANGE:
        assert sorted(ids(told)) == sorted(ids(events))
    else:
        assert ids(told) == ids(events)
    assert sorted(title for _, title in told) == sorted(title for _, title in events)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_second_build_of_the_same_store_is_byte_identical(sample: Runtime, sample_folder: Path, extension: str) -> None:
    again = opened(sample_folder, FEEDSVC_BASE_URL="https://calendars.example.org")
    one, other = document(sample, "/all", extension), document(again, "/all", extension)
    again.close()
    assert (one.body, one.etag, one.gzip) == (other.body, other.etag, other.gzip)
    assert one.last_modified == other.last_modified


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_streamed_feed_is_the_same_bytes(sample: Runtime, path: str, extension: str) -> None:
    with sample.documents.streamed(sample.documents.find(path).spec, extension) as pieces:
        assert b"".join(pieces) == document(sample, path, extension).body


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_feed_without_events_is_valid_and_empty(sample: Runtime, extension: str) -> None:
    found = document(sample, "/country/jp", extension)
    assert READERS[extension](found.body) == []
    assert found.events == 0
    assert "Japan" in found.body.decode() or extension == "csv"


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_damaged_document_is_seen_at_a_glance(sample: Runtime, extension: str) -> None:
    form, found = formats()[extension], document(sample, "/country/ua", extension)
    assert form.is_whole(found.body, 6)
    for damaged in (found.body[:-20], found.body[20:], b"", b"<html>Please log in</html>", found.body * 2):
        assert not form.is_whole(damaged, 6)
    assert not form.is_whole(found.body, 5)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_name_and_type_are_what_programs_expect(sample: Runtime, extension: str) -> None:
    form, found = formats()[extension], document(sample, "/country/ar_cl/theme/access-to-information", extension)
    assert found.filename == f"country-ar_cl-theme-access-to-information.{extension}"
    assert found.content_type == form.content_type == MEDIA_TYPES[extension]
    assert re.fullmatch(r"[a-z]+", extension)
    assert form.name


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_format_needs_no_public_address(sample_folder: Path, extension: str) -> None:
    without = opened(sample_folder)
    found = document(without, "/country/ua", extension)
    without.close()
    assert len(READERS[extension](found.body)) == 6
    assert b"None" not in found.body
    assert b"http" not in found.body.replace(b"http://www.w3.org", b"")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_hostile_texts_stay_in_their_field(hostile: Site, extension: str) -> None:
    found = hostile.runtime.documents.document(FeedSpec(), extension)
    told = READERS[extension](found.body)
    assert len(told) == found.events == len(HOSTILE) + 1
    assert "evil" not in ids(told)
    text = printable(found.body)
    assert "javascript:" not in text
    assert "<script" not in text or extension in ("ics", "jcal", "json", "csv")


def test_hostile_calendar_has_no_fault(hostile: Site) -> None:
    assert faults(hostile.runtime.documents.document(FeedSpec(), "ics").body) == []


@pytest.mark.parametrize("path", PATHS)
def test_calendar_of_the_sample_has_no_fault(sample: Runtime, path: str) -> None:
    assert faults(document(sample, path, "ics").body) == []


@pytest.mark.parametrize("path", ["/all", "/country/jp"])
def test_json_is_as_its_schema_says(sample: Runtime, hostile: Site, path: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for runtime in (sample, hostile.runtime):
        jsonschema.validate(json.loads(document(runtime, path, "json").body), SCHEMA)


def test_schema_refuses_what_it_does_not_know(sample: Runtime) -> None:
    told = json.loads(document(sample, "/country/ua", "json").body)
    told["events"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, SCHEMA)
