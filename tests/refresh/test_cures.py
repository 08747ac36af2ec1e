"""Settings under which held changes vanish are tried when the hold is made, and shown with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.config.loader import Source
from feedsvc.core.cures import in_own_words
from feedsvc.core.errors import RequestError
from feedsvc.refresh import Outcome, RefreshContext, refresh, refresh_from_capture
from feedsvc.refresh.cures import with_setting
from tests.refresh.sheet import Sheet, sheet_in, table
from tests.refresh.world import World


def cures(sheet: Sheet) -> list[tuple[str, str, int, int]]:
    """Those of the only hold."""
    [hold] = sheet.holds()
    return [(one.key, one.value, one.cured, one.held) for one in hold.cures]


def own_words(sheet: Sheet) -> tuple[str, str] | None:
    [hold] = sheet.holds()
    with sheet.runtime.store.read() as snapshot:
        return in_own_words((row.before, row.sighting.after) for row in snapshot.holds.rows(hold.id))


def test_site_that_writes_utc_where_it_wrote_its_clock_is_read_on_that_clock(tmp_path: Path) -> None:
    sheet = sheet_in(tmp_path, table(18, "America/Santiago"))
    sheet.puts(table(18, "UTC"))
    assert sheet.refresh().run.outcome == "held"
    assert cures(sheet) == [("times", "wall-clock", 40, 40)]
    assert own_words(sheet) == ("America/Santiago", "UTC")


def test_days_and_months_that_changed_places_are_read_in_the_other_order(tmp_path: Path) -> None:
    sheet = sheet_in(tmp_path, table(18, count=12, day="{day:02}/{month:02}/2024"), date_format="%d/%m/%Y")
    sheet.puts(table(18, count=12, day="{month:02}/{day:02}/2024"))
    assert sheet.refresh().run.outcome == "held"
    assert cures(sheet) == [("date_format", "%m/%d/%Y", 11, 11)]


def test_list_that_became_short_may_be_one_of_the_next_few(tmp_path: Path) -> None:
    sheet = sheet_in(tmp_path)
    sheet.puts(table(18, count=10))
    assert sheet.refresh().run.outcome == "held"
    assert cures(sheet) == [("absent", "keep", 30, 30), ("absent", "until-last", 30, 30)]
    assert own_words(sheet) is None


def test_what_no_setting_explains_has_no_cure_and_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = sheet_in(tmp_path)
    sheet.puts(table(13))
    sheet.refresh()
    assert cures(sheet) == []
    assert own_words(sheet) == ("18", "13")
    monkeypatch.setattr("feedsvc.refresh.pipeline.try_cures", lambda *_: pytest.fail("it was tried again"))
    assert sheet.refresh().run.outcome == "held"


def test_cure_reads_again_what_was_sent_and_nothing_moves(tmp_path: Path) -> None:
    sheet = sheet_in(tmp_path, table(18, "America/Santiago"))
    sheet.puts(table(18, "UTC"))
    assert sheet.refresh().run.outcome == "held"
    assert sheet.source.path is not None
    sheet.source.path.unlink()
    sheet.set(times="wall-clock")
    assert refresh_from_capture(sheet.context, sheet.source).run.outcome == "applied"
    assert (sheet.hours(), sheet.holds(), sheet.state().word) == ({22}, [], "good")
    assert {one.sequence for one in sheet.by_uid().values()} == {0}
    sheet.puts(table(19, "UTC"))
    assert "moved by +1 h" in (sheet.refresh().run.message or "")


@pytest.mark.parametrize("read", [refresh, refresh_from_capture])
def test_cure_does_not_read_by_the_new_setting_what_was_said_before(
    tmp_path: Path, read: Callable[[RefreshContext, Source], Outcome]
) -> None:
    sheet = sheet_in(tmp_path, table(18, count=12, day="{day:02}/{month:02}/2024"), date_format="%d/%m/%Y")
    before = {one.event.span for one in sheet.by_uid().values()}
    sheet.puts(table(18, count=12, day="{month:02}/{day:02}/2024"))
    sheet.refresh()
    sheet.source = with_setting(sheet.source, "date_format", "%m/%d/%Y")
    read(sheet.context, sheet.source)
    assert ({one.event.span for one in sheet.by_uid().values()}, sheet.holds()) == (before, [])
    assert {one.moved_from for one in sheet.by_uid().values()} == {None}


def test_nothing_kept_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="nothing that source 'made' sent is kept"):
        refresh_from_capture((world := World(tmp_path)).context, world.source)
