"""Sources that went wrong once, played through whole refreshes; skipped where the shared cases are not at hand."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import EventStatus, Page, Record
from feedsvc.fetch import Response, Validators
from feedsvc.refresh import Outcome, refresh
from feedsvc.sources.base import find_kinds
from tests.refresh.world import World
from tests.sources.helpers import ROOT

CASES = ROOT.parent / "shared" / "cases"
KINDS, ICS = CASES / "kinds", CASES / "ics"
AUTUMN = datetime(2026, 11, 25, 8, tzinfo=UTC)
SHEET = {
    "columns": {"id": "id", "title": "title", "start": "day", "time": "time"},
    "date_format": "%Y-%m-%d",
}
MULTI = {"title": "Title", "start": "From", "end": "Till", "time": "Begin", "end_time": "Finish", "country": "Country"}
CASES_AT_HAND = CASES.is_dir()
pytestmark = pytest.mark.skipif(not CASES_AT_HAND, reason="the shared cases are not at hand")


def case_source(kind: str, folder: Path, own: dict[str, Any] | None = None, **common: Any) -> Source:
    given = {"id": "case", "kind": kind, **common} if "url" in common else {"id": "case", "kind": kind, "path": "now"}
    settings = SourceSettings.model_validate({**given, **common})
    return Source(settings, find_kinds()[kind].settings.model_validate(own or {}), folder)


class Case(World):
    """A world over one file that is exchanged, moment by moment."""

    @classmethod
    def of(cls, folder: Path, kind: str, own: dict[str, Any] | None = None, **common: Any) -> Case:
        return cls(folder / "store", case_source(kind, folder, own, **common), now=AUTUMN)

    def shows(self, file: Path) -> Outcome:
        shutil.copy(file, self.folder.parent / "now")
        self.passes(hours=13)
        return refresh(self.context, self.source)


def statuses(case: World) -> set[EventStatus]:
    return {record.status for record in case.by_uid().values()}


def starts(case: World) -> dict[str, str]:
    return {title: f"{record.event.span.start:%Y-%m-%dT%H:%M}" for title, record in case.records().items()}


def codes(record: Record) -> set[str]:
    return set(record.event.codes)


@pytest.mark.parametrize(
    ("form", "kind", "own", "zone", "unreadable"),
    [
        ("ogw.html", "opengovweek", {}, None, {"Talk 2"}),
        ("sheet.csv", "csv", SHEET, "Europe/Kyiv", {"Meeting 3", "Meeting 4"}),
    ],
)
def test_present_but_unreadable_is_never_cancelled(
    form: str, kind: str, own: dict[str, Any], zone: str | None, unreadable: set[str], tmp_path: Path
) -> None:
    case = Case.of(tmp_path, kind, own, country="ua", timezone=zone)
    case.shows(KINDS / f"present-1-{form}")
    before, body = starts(case), case.feed().body
    second, third = (case.shows(KINDS / f"present-2-{form}") for _ in range(2))
    assert (case.feed().body, statuses(case)) == (body, {EventStatus.CONFIRMED})
    assert all("unreadable" in {doubt.code for doubt in one.findings} for one in (second, third))
    case.shows(KINDS / f"present-2-{form}")
    found = case.records()
    assert {title: f"{record.event.span.start:%Y-%m-%dT%H:%M}" for title, record in found.items()} == before
    doubted = {title for title, record in found.items() if record.status is EventStatus.TENTATIVE}
    assert doubted == unreadable
    assert statuses(case) == {EventStatus.CONFIRMED, EventStatus.TENTATIVE}
    case.shows(KINDS / f"present-1-{form}")
    assert statuses(case) == {EventStatus.CONFIRMED}


def test_column_in_another_format_is_never_applied_however_long(tmp_path: Path) -> None:
    case = Case.of(tmp_path, "csv", SHEET, country="ua", timezone="Europe/Kyiv")
    case.shows(KINDS / "present-1-sheet.csv")
    body = case.feed().body
    for _ in range(20):
        outcome = case.shows(KINDS / "present-3-sheet.csv")
        assert outcome.run.outcome == "failed"
        assert "%Y-%m-%d" in (outcome.run.message or "")
    assert case.feed().body == body


def test_column_in_another_format_is_a_failing_new_source(tmp_path: Path) -> None:
    outcome = Case.of(tmp_path, "csv", SHEET, country="ua").shows(KINDS / "present-3-sheet.csv")
    assert outcome.run.outcome == "failed"
    assert "is not written as %Y-%m-%d" in (outcome.run.message or "")


def test_what_falls_off_the_end_of_the_next_ten_stays(tmp_path: Path) -> None:
    case = Case.of(tmp_path, "jsonld", country="ua")
    case.shows(KINDS / "next-ten-1.html")
    before = starts(case)
    for _ in range(4):
        case.shows(KINDS / "next-ten-2.html")
    after = starts(case)
    assert before.items() <= after.items()
    assert len(after) > len(before)
    assert statuses(case) == {EventStatus.CONFIRMED}


def test_date_of_one_uid_moves_under_its_uid(tmp_path: Path) -> None:
    case = Case.of(tmp_path, "ics", timezone="Europe/Berlin", country="de")
    case.shows(ICS / "sameuid-1.ics")
    before = {record.event.span.start: uid for uid, record in case.by_uid().items()}
    for _ in range(3):
        case.shows(ICS / "sameuid-2.ics")
    after = {uid: record.event.span.start for uid, record in case.by_uid().items()}
    assert (len(before), len(after), statuses(case)) == (4, 5, {EventStatus.CONFIRMED})
    moved = datetime(2027, 7, 15, 17, tzinfo=UTC)
    (uid,) = (uid for uid, start in after.items() if start == moved)
    assert {start.date() for start, known in before.items() if known == uid} == {moved.date()}


def test_event_of_two_sources_is_one(tmp_path: Path) -> None:
    first = Case.of(tmp_path, "ics", timezone="Europe/Berlin", country="de")
    first.shows(ICS / "shared-a.ics")
    shutil.copy(ICS / "shared-b.ics", tmp_path / "other")
    common = {"timezone": "Europe/Berlin", "country": "de", "id": "other", "path": "other"}
    refresh(first.context, case_source("ics", tmp_path, **common))
    assert sorted(first.records()) == ["Only in A", "Only in B", "Shared gathering"]
    assert first.feed().body.count(b"BEGIN:VEVENT") == 3
    with first.runtime.store.read() as snapshot:
        assert snapshot.merges.sources_of(first.record("Shared gathering").uid) == ["case", "other"]


def test_mass_change_is_held_and_a_small_one_applied(tmp_path: Path) -> None:
    made = tmp_path / "made"
    subprocess.run([sys.executable, CASES / "change/mass-change/gen.py", made], check=True)
    case = Case.of(tmp_path, "ics", country="cl")
    case.shows(made / "good.ics")
    before = {title: (record.event.span, record.event.location) for title, record in case.records().items()}
    for name, words in (("shift", "moved by -5 h"), ("blank", "40 titles")):
        outcome = case.shows(made / f"{name}.ics")
        assert outcome.run.outcome == "held"
        assert words in (outcome.run.message or "")
        now = {title: (record.event.span, record.event.location) for title, record in case.records().items()}
        assert now == before
        assert case.shows(made / "good.ics").run.outcome != "held"
    outcome = case.shows(made / "few.ics")
    assert (outcome.run.outcome, outcome.run.changed) == ("applied", 2)
    assert sorted(record.sequence for record in case.by_uid().values()) == [0] * 38 + [1] * 2


def read_once(tmp_path: Path, kind: str, file: str, own: dict[str, Any] | None = None, **common: Any) -> Case:
    case = Case.of(tmp_path, kind, own, **{"country": "de", **common})
    outcome = case.shows(KINDS / file)
    assert (outcome.run.outcome, outcome.run.ledger.unaccounted) == ("applied", 0)
    return case


def span(record: Record) -> str:
    event = record.event.span
    form = "%d" if event.all_day else "%dT%H:%M"
    return f"{event.start:{form}} {event.end:{form}}" if event.end else f"{event.start:{form}}"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("ld-end-day-only.html", {"Three-day fair": "02T08:00 04T23:00"}),
        ("ld-dur.html", {"With a duration": "07T18:00 07T20:00", "With door time": "08T18:00"}),
        ("ld-seconds-fraction-colon.html", {"Workshop A": "05T16:30 05T18:30"}),
        ("ld-empty-block.html", {"Talk beside an empty block": "06T16:30"}),
        ("ld-micro.html", {"Council meeting": "06T16:30"}),
        ("jsonld-one-huge-number.html", {"Good one": "01T10:00", "Odd one": "02T10:00"}),
    ],
)
def test_announcements_mean_what_is_expected(file: str, expected: dict[str, str], tmp_path: Path) -> None:
    case = read_once(tmp_path, "jsonld", file)
    assert {title: span(record) for title, record in case.records().items()} == expected


def test_events_within_an_event_inherit_and_their_frame_is_none(tmp_path: Path) -> None:
    case = read_once(tmp_path, "jsonld", "ld-subevents.html", country=None)
    found = sorted(case.by_uid().values(), key=lambda one: one.event.span.start)
    assert [f"{one.event.span.start:%m-%dT%H:%M}" for one in found] == ["03-02T09:00", "03-30T08:00"]
    assert {one.event.countries for one in found} == {("de",)}
    assert all(one.event.location.startswith("Town hall") and one.event.link for one in found)


def test_ends_and_times_of_a_table_mean_what_is_expected(tmp_path: Path) -> None:
    case = read_once(tmp_path, "csv", "csv-multi.csv", {"columns": MULTI}, country=None)
    found = {title: span(record) for title, record in case.records().items()}
    assert found["Three days with times"] == "02T08:00 04T16:00"
    assert found["Three days start time only"] == "02T08:00 04T23:00"
    assert found["Three days no time"] == "02 05"
    assert found["Overnight"] == found["Over night with end day"] == "02T21:00 03T01:00"
    assert found["Time with seconds"] == found["Time am"] == "02T08:00"
    assert not any(record.event.span.all_day for title, record in case.records().items() if "no time" not in title)


def serving(files: dict[str, bytes]) -> Any:
    def get(url: str, _validators: Validators | None, _agent: str | None = None, /) -> Response:
        if url not in files:
            raise FetchFailed(f"{url}: answered 404", status=404)
        return Response(Page(url, files[url]), False, Validators(None, None), None, len(files[url]))

    return get


def test_further_pages_of_tribe_are_asked_at_the_source_s_own_host(tmp_path: Path) -> None:
    url = "https://town.example/wp-json/tribe/events/v1/events"
    first = (KINDS / "tribe-next-other-host.json").read_bytes()
    second = b'{"events": [], "total": 0}'
    asked: list[str] = []

    def get(address: str, _validators: Validators | None, _agent: str | None = None, /) -> Response:
        asked.append(address)
        body = first if address == url else second
        return Response(Page(address, body), False, Validators(None, None), None, len(body))

    world = World(tmp_path / "store", case_source("tribe", tmp_path, url=url, country="es"), now=AUTUMN, get=get)
    world.refresh()
    assert len(asked) > 1
    assert all(address.startswith("https://town.example/") for address in asked)


def test_furniture_of_cards_is_no_title(tmp_path: Path) -> None:
    case = read_once(tmp_path, "opengovweek", "ogw-arrow.html", country=None)
    found = case.records()
    assert set(found) == {"Alpha meeting", "Budget night"}
    assert found["Budget night"].event.themes == ()


def test_own_pages_add_what_they_say_and_tell_what_differs(tmp_path: Path) -> None:
    url = "https://week.example/events/"
    files = {f"https://week.example/m/d{n}": (KINDS / f"ogw-d{n}.html").read_bytes() for n in range(1, 5)}
    files[url] = (KINDS / "ogw-d.html").read_bytes()
    world = World(
        tmp_path / "store",
        case_source("opengovweek", tmp_path, {"details": True}, url=url),
        now=datetime(2026, 3, 1, tzinfo=UTC),
        get=serving(files),
    )
    world.refresh()
    found = {record.event.link: record for record in world.by_uid().values()}
    by_page = {link[-2:]: record for link, record in found.items() if link}
    assert "detail-time-differs" in codes(by_page["d2"])
    assert "detail-title-differs" in codes(by_page["d4"])
    assert all("detail-failed" not in codes(record) for record in by_page.values())
    assert by_page["d1"].event.description
    assert by_page["d3"].event.description
