"""A date that cannot be read is not a missing event, and what lies beyond a page's end is unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.core.model import EventStatus, Finding, Horizon, Listing, Present, Reading
from feedsvc.core.serialize import reading_text
from feedsvc.sources.base import find_kinds
from tests.refresh.world import World, listing, made_source, read_here

FIRST = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DAYS = [date(2024, 6, day) for day in range(1, 13)]
TALKS = [listing(f"Talk {number}", day, native_id=f"t{number}") for number, day in enumerate(DAYS)]


def unreadable(one: Listing, **more: Any) -> Present:
    return Present(Finding("unreadable", f"{one.title}: TBC"), one.title, **more)


def says(world: World, *given: Listing, present: tuple[Present, ...] = (), **more: Any) -> None:
    text = reading_text(Reading(given, present=present, **more))
    world.read = lambda _task, _fetch: text


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.refresh(*TALKS)
    return world


def statuses(world: World) -> set[EventStatus]:
    return {record.status for record in world.records().values()}


@pytest.mark.parametrize(
    "known_by", [{"native_id": "t3"}, {"link": "https://x.example/3"}, {}], ids=["its id", "its link", "its title"]
)
def test_what_is_listed_without_a_readable_date_stays_as_it_was(tmp_path: Path, known_by: dict[str, str]) -> None:
    own: dict[str, Any] = {} if "native_id" in known_by else {"native_id": None, "link": known_by.get("link")}
    talks = [*TALKS[:3], listing("Talk 3", DAYS[3], **{"native_id": "t3", **own}), *TALKS[4:]]
    world = World(tmp_path)
    world.refresh(*talks)
    before, body = world.by_uid(), world.feed().body
    says(world, *talks[:3], *talks[4:], present=(unreadable(talks[3], **known_by),))
    for _ in range(4):
        world.refresh()
    assert world.feed().body == body
    assert world.by_uid().keys() == before.keys()
    assert world.state().word == "good"


def test_it_becomes_tentative_after_three_readings_over_a_day_and_confirmed_when_it_can_be_read(world: World) -> None:
    says(world, *TALKS[:11], present=(unreadable(TALKS[11], native_id="t11"),))
    for _ in range(3):
        world.refresh()
        world.passes(hours=9)
    assert statuses(world) == {EventStatus.CONFIRMED}, "a day has not passed between the first and the third"
    world.refresh()
    record = world.record("Talk 11")
    assert (record.status, record.sequence) == (EventStatus.TENTATIVE, 1)
    feed = world.feed().body.replace(b"\r\n ", b"")
    assert feed.count(b"STATUS:TENTATIVE") == 1
    assert b"date of this event cannot be read any more" in feed
    world.refresh(*TALKS)
    record = world.record("Talk 11")
    assert (record.status, record.sequence, record.unread) == (EventStatus.CONFIRMED, 2, 0)


def test_where_half_of_the_dates_cannot_be_read_the_source_is_failing_and_nothing_is_tentative(world: World) -> None:
    moved = listing("Talk 0", date(2024, 6, 20), native_id="t0")
    present = tuple(unreadable(one, native_id=one.native_id) for one in TALKS[4:])
    says(world, moved, *TALKS[1:4], present=present)
    for _ in range(5):
        world.refresh()
        world.passes(hours=12)
    assert statuses(world) == {EventStatus.CONFIRMED}
    assert world.record("Talk 0").event.span.first_day == date(2024, 6, 20), "what can be read is applied"
    assert world.state().word == "failing"
    assert "the dates of 8 of 12 coming events cannot be read" in (world.state().last_error or "")
    world.refresh(*TALKS)
    assert world.state().word == "good"


def test_a_source_of_which_nothing_can_be_read_is_failing_from_the_first(tmp_path: Path) -> None:
    world = World(tmp_path)
    says(world, present=tuple(unreadable(one) for one in TALKS))
    outcome = world.refresh()
    assert outcome.run.outcome == "failed"
    assert "none of its 12 entries can be read; the first: unreadable: Talk 0: TBC" in (outcome.run.message or "")


def test_a_title_of_several_says_nothing_of_one_of_them(tmp_path: Path) -> None:
    weekly = [listing("Weekly", day) for day in DAYS[:6]]
    world = World(tmp_path)
    world.refresh(*weekly)
    says(world, *weekly[1:], present=(unreadable(weekly[0]),))
    world.refresh()
    world.refresh()
    assert sum(one.status is EventStatus.CANCELLED for one in world.by_uid().values()) == 1


def test_what_fell_off_the_end_of_the_next_ten_stays(world: World) -> None:
    for horizon in (Horizon(to_last_listing=True), Horizon(date(2024, 6, 1), date(2024, 6, 10))):
        says(world, *TALKS[:10], horizon=horizon)
        for _ in range(3):
            world.refresh()
        assert statuses(world) == {EventStatus.CONFIRMED}
    says(world, *TALKS[:4], *TALKS[5:10], horizon=Horizon(to_last_listing=True))
    world.refresh()
    world.refresh()
    assert [one.event.title for one in world.records().values() if one.cancelled_at] == ["Talk 4"]


def test_what_starts_with_the_last_listing_may_stand_behind_it(world: World) -> None:
    twins = [listing(f"Twin {number}", DAYS[9]) for number in range(2)]
    for shown in ([*TALKS[:9], *twins], [*TALKS[:9], twins[0]], [*TALKS[:9], twins[0]], [*TALKS[:9], twins[0]]):
        says(world, *shown, horizon=Horizon(to_last_listing=True))
        world.refresh()
    assert world.record("Twin 1").cancelled_at is None


@pytest.mark.parametrize(
    ("absent", "cancelled"), [("cancel", {"Talk 4", "Talk 11"}), ("until-last", {"Talk 4"}), ("keep", set())]
)
def test_a_source_s_setting_says_what_absence_means(tmp_path: Path, absent: str, cancelled: set[str]) -> None:
    world = World(tmp_path, made_source(absent=absent))
    world.refresh(*TALKS)
    says(world, *TALKS[:4], *TALKS[5:11], horizon=Horizon(to_last_listing=True))
    for _ in range(3):
        world.refresh()
    assert {title for title, one in world.records().items() if one.cancelled_at} == cancelled


COLUMNS = {"id": "id", "title": "title", "start": "day", "time": "time"}
SHEET = "id,title,day,time\n" + "".join(f"e{n},Meeting {n},2027-03-{n + 1:02},18:00\n" for n in range(12))


def kind_world(folder: Path, kind: str, name: str, settings: dict[str, Any], **common: Any) -> World:
    common = {"id": "made", "kind": kind, "path": name, "country": "ua", **common}
    found = find_kinds()[kind].settings.model_validate(settings)
    return World(folder, Source(SourceSettings(**common), found, folder), now=FIRST, read=read_here)


def test_a_sheet_with_one_date_tbc_and_one_in_another_format_loses_nothing(tmp_path: Path) -> None:
    world = kind_world(tmp_path, "csv", "sheet.csv", {"columns": COLUMNS, "date_format": "%Y-%m-%d"})
    page = tmp_path / "sheet.csv"
    page.write_text(SHEET)
    world.refresh()
    page.write_text(SHEET.replace("2027-03-04", "04.03.2027").replace("2027-03-05", "TBC"))
    for _ in range(4):
        world.refresh()
    assert (len(world.records()), statuses(world)) == (12, {EventStatus.CONFIRMED})
    with world.runtime.store.read() as snapshot:
        assert [one["code"] for one in snapshot.feeds.findings()].count("unreadable") == 2
    page.write_text(SHEET.replace("2027-03-", "03.2027-"))
    for _ in range(4):
        assert world.refresh().run.outcome == "failed"
        world.passes(days=1)
    assert (len(world.records()), statuses(world)) == (12, {EventStatus.CONFIRMED})
