"""What a refresh saw is kept with its run; nothing readable of something fails, and an empty source says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.core.model import Finding, Ledger, Present, Reading
from feedsvc.core.serialize import reading_text
from feedsvc.refresh import try_source
from feedsvc.sources.base import find_kinds
from feedsvc.store.sources import Run
from tests.refresh.world import World, listing


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def last_run(world: World) -> Run:
    with world.runtime.store.read() as snapshot:
        return snapshot.sources.last_runs(world.source.id)[0]


def test_run_keeps_its_ledger(world: World) -> None:
    present = (Present(Finding("undated"), title="Some day"), Present(Finding("unreadable")))
    text = reading_text(Reading((listing("A"), listing("A"), listing("B")), (), None, present))
    world.read = lambda _task, _fetch: text
    world.refresh()
    expected = Ledger(seen=5, events=2, parts=1, unreadable=1, unidentified=1)
    assert last_run(world).ledger == expected
    world.refresh()
    assert (last_run(world).outcome, last_run(world).ledger) == ("unchanged", expected)


def test_source_of_which_nothing_can_be_read_is_failing(world: World) -> None:
    world.refresh(listing("A"))
    present = tuple(Present(Finding("unreadable", f"{number}.3.", number), title=str(number)) for number in range(1, 4))
    text = reading_text(Reading((), (), None, present))
    world.read = lambda _task, _fetch: text
    for _ in range(4):
        outcome = world.refresh()
        world.passes(days=2)
    assert outcome.run.outcome == "failed"
    assert outcome.run.message == "none of its 3 entries can be read; the first: line 1: unreadable: 1.3."
    assert world.state().word == "failing"
    assert world.record("A").status == "confirmed"


def test_first_reading_without_anything_says_so(world: World) -> None:
    world.read = lambda _task, _fetch: reading_text(Reading(()))
    outcome = world.refresh()
    assert "lists nothing at all" in (outcome.run.message or "")
    assert [finding.code for finding in outcome.findings] == ["nothing-listed"]


def sheet(folder: Path) -> World:
    columns = {"id": "id", "title": "title", "start": "day", "time": "time"}
    kind = find_kinds()["csv"]
    settings = kind.settings.model_validate({"columns": columns, "date_format": "%Y-%m-%d"})
    common = SourceSettings(id="sheet", kind="csv", path="sheet.csv", timezone="Europe/Kyiv", country="ua")
    return World(folder, source=Source(common, settings, folder))


def test_column_that_changes_its_format_is_never_believed(tmp_path: Path) -> None:
    world = sheet(tmp_path)
    table = tmp_path / "sheet.csv"
    days = range(1, 10)
    head = "id,title,day,time\n"
    table.write_text(head + "".join(f"e{n},Meeting {n},2027-03-0{n},18:00\n" for n in days), encoding="utf-8")
    assert world.refresh().run.new == 9
    table.write_text(head + "".join(f"e{n},Meeting {n},0{n}.03.2027,18:00\n" for n in days), encoding="utf-8")
    for _ in range(6):
        outcome = world.refresh()
        world.passes(days=3)
    assert outcome.run.outcome == "failed"
    assert "%Y-%m-%d" in (outcome.run.message or "")
    assert {record.status for record in world.records().values()} == {"confirmed"}


def test_cause_that_is_accepted_for_good_leaves_a_reading_whole(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    card = "<h3>Talk</h3><p>Ukraine — May {} , 2024 @ 9:00am - 6:00pm GMT+02:00</p><a href='/{}'>Learn more</a>"
    text = "<h1>Open Gov Week Events</h1>" + "".join(card.format(day, day).replace(" ,", ",") for day in (27, 28, 29))
    page.write_text(f"<html>{text}", encoding="utf-8")
    kind = find_kinds()["opengovweek"].settings()
    for accepted, is_whole in ((("the page has no </html>",), True), (("another cause",), False)):
        common = SourceSettings(id="week", kind="opengovweek", path="page.html", accept_incomplete=accepted)
        world = World(tmp_path / str(is_whole), source=Source(common, kind, tmp_path))
        assert world.refresh().run.new == 3
        assert (try_source(world.context, world.source).incomplete is None) == is_whole
