"""New settings, a new release or new time zone data are told apart from what the source changed at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, reset_tzpath

import pytest

from feedsvc.core.serialize import reading_of, reading_text
from feedsvc.core.timespan import clock_of
from feedsvc.refresh import dry_run
from feedsvc.refresh.cures import with_setting
from feedsvc.refresh.pipeline import BY_RULES
from feedsvc.refresh.render import read_again
from tests.refresh.sheet import Sheet, sheet_in, table
from tests.refresh.world import World, listing, listings, made_source


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    return sheet_in(tmp_path)


def test_new_setting_is_applied_although_it_moves_every_event(sheet: Sheet) -> None:
    sheet.set(timezone="America/Punta_Arenas")
    assert sheet.refresh().run.outcome == "unchanged"
    assert sheet.hours() == {21}
    assert [(run.outcome, run.changed, run.message) for run in sheet.runs()[:2]] == [
        ("unchanged", 0, None),
        ("applied", 40, BY_RULES),
    ]


def test_what_the_source_moves_in_the_same_refresh_is_held(sheet: Sheet) -> None:
    sheet.set(timezone="America/Punta_Arenas")
    sheet.puts(table(13))
    assert "all 40 coming events moved by -5 h" in (dry_run(sheet.context, sheet.source).run.message or "")
    run = sheet.refresh().run
    assert (run.outcome, sheet.hours()) == ("held", {21})
    assert "all 40 coming events moved by -5 h" in (run.message or "")
    assert sheet.runs()[1].changed == 40


def test_new_release_is_told_apart_as_well(sheet: Sheet) -> None:
    release = replace(sheet.context, fingerprint="another release")
    sheet.runtime = replace(sheet.runtime, refresh_context=release)
    sheet.puts(table(13))
    assert sheet.refresh().run.outcome == "held"
    assert sheet.hours() == {22}


def test_events_of_which_a_question_waits_follow_new_rules_from_what_they_said_before(sheet: Sheet) -> None:
    sheet.puts(table(13))
    assert sheet.refresh().run.outcome == "held"
    sheet.set(timezone="America/Punta_Arenas")
    run = sheet.refresh().run
    assert (run.outcome, sheet.hours()) == ("held", {21})
    assert "moved by -5 h" in (run.message or "")


def test_new_filter_cancels_without_a_question_but_not_at_once(sheet: Sheet) -> None:
    sheet.set(exclude=tuple(f"Talk {number}" for number in range(10, 40)))
    assert [sheet.refresh().run.outcome for _ in range(2)] == ["unchanged", "applied"]
    assert sum(one.status.value == "cancelled" for one in sheet.by_uid().values()) == 30


@pytest.mark.parametrize("is_first", [False, True])
def test_events_that_a_release_sees_no_more_are_asked_about(sheet: Sheet, is_first: bool) -> None:
    sheet.runtime = replace(sheet.runtime, refresh_context=replace(sheet.context, fingerprint="another release"))
    if is_first:
        with sheet.runtime.store.write() as snapshot:
            snapshot.sources.change(sheet.source.id, rules_digest="of version 0.1.0, one for all".ljust(32))
    true_read = sheet.read
    sheet.read = lambda task, fetch: reading_text(
        replace(found := reading_of(true_read(task, fetch)), listings=found.listings[:10])
    )
    run = sheet.refresh().run
    assert (run.outcome, run.missing) == ("held", 0)
    assert "30 of 40 coming events are no longer listed" in (run.message or "")


def test_new_format_that_cannot_read_what_was_said_before_reads_what_is_said_now(tmp_path: Path) -> None:
    sheet = sheet_in(tmp_path, date_format="%Y-%m-%d")
    sheet.puts(table(18, day="{day:02}.{month:02}.2024"))
    assert sheet.refresh().run.outcome == "failed"
    sheet.source = with_setting(sheet.source, "date_format", "%d.%m.%Y")
    assert (sheet.refresh().run.outcome, sheet.hours(), sheet.state().word) == ("unchanged", {22}, "good")


def test_source_without_a_capture_is_judged_whole(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.refresh(*listings(20))
    world.source = made_source(name="Another name")
    moved = [listing(one.title, hour=one.start.time.hour - 5) for one in listings(20) if one.start and one.start.time]
    assert world.refresh(*moved).run.outcome == "held"


@pytest.fixture
def other_zone_data(tmp_path: Path) -> Iterator[None]:
    """Time zone data in which Santiago's clock is that of Lima, an hour behind."""
    folder = tmp_path / "zones" / "America"
    folder.mkdir(parents=True)
    (folder / "Santiago").write_bytes(files("tzdata").joinpath("zoneinfo/America/Lima").read_bytes())

    def use(path: Sequence[str]) -> None:
        reset_tzpath(path)
        ZoneInfo.clear_cache()
        clock_of.cache_clear()

    before = TZPATH
    use((str(tmp_path / "zones"),))
    yield
    use(before)


@pytest.mark.parametrize("state", ["paused", "held", "failing", "removed"])
def test_new_zone_data_reaches_sources_that_are_not_read(
    sheet: Sheet, state: str, request: pytest.FixtureRequest
) -> None:
    assert sheet.source.path is not None
    if state == "held":
        sheet.puts(table(13))
        assert sheet.refresh().run.outcome == "held"
    else:
        sheet.source.path.unlink()
    if state == "failing":
        assert sheet.refresh().run.outcome == "failed"
    elif state == "paused":
        with sheet.runtime.store.write() as snapshot:
            snapshot.sources.change(sheet.source.id, paused_at=sheet.now)
    request.getfixturevalue("other_zone_data")
    sheet.runtime = replace(sheet.runtime, refresh_context=replace(sheet.context, fingerprint="new zone data"))
    read_again(sheet.context, [] if state == "removed" else [sheet.source])
    assert sheet.hours() == {23}
    assert sheet.runs()[0].message == BY_RULES
    assert state in (sheet.state().word, "removed")
    assert {one.moved_from for one in sheet.by_uid().values()} == {None}
