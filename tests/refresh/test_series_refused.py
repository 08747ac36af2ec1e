"""A rule that is not understood any more says nothing of the dates it had: they stay, as what cannot be read does."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.core.model import EventStatus
from feedsvc.refresh import refresh
from feedsvc.sources import ics
from tests.refresh.test_shared_cases import AUTUMN, case_source
from tests.refresh.world import World

GOOD = "RRULE:FREQ=WEEKLY;COUNT=4"


def calendar(*rules: str) -> str:
    events = [
        f"BEGIN:VEVENT\nUID:{number}\nSUMMARY:Talk {number}\nDTSTART:2027030{number + 1}T100000Z\n{rule}\nEND:VEVENT"
        for number, rule in enumerate(rules)
    ]
    return "\n".join(["BEGIN:VCALENDAR", *events, "END:VCALENDAR", ""])


@pytest.mark.parametrize("refused", ["RRULE:FREQ=WEEKLY;BYMOON=3", "RRULE:FREQ=MINUTELY;COUNT=4000", "RRULE:whenever"])
def test_refused_rule_leaves_the_dates_that_were_there(refused: str, tmp_path: Path) -> None:
    world = World(tmp_path / "store", case_source("ics", tmp_path, country="gb"), now=AUTUMN)
    others = [GOOD, GOOD]
    for rule in (GOOD, *[refused] * 4):
        (tmp_path / "now").write_text(calendar(rule, *others), encoding="utf-8")
        world.passes(hours=13)
        outcome = refresh(world.context, world.source)
        assert outcome.run.ledger.unaccounted == 0
        assert outcome.run.outcome in ("applied", "unchanged")
    mine = [record for record in world.by_uid().values() if record.event.title == "Talk 0"]
    assert len(mine) == 4
    assert EventStatus.CANCELLED not in {record.status for record in mine}
    assert {record.status for record in mine if record.event.span.start.day != 1} == {EventStatus.TENTATIVE}


def test_series_that_is_over_is_no_doubt_about_its_dates(tmp_path: Path) -> None:
    world = World(tmp_path / "store", case_source("ics", tmp_path, country="gb"), now=AUTUMN)
    for rule in (GOOD, *["RRULE:FREQ=WEEKLY;UNTIL=20270201T000000Z"] * 3):
        (tmp_path / "now").write_text(calendar(rule, *[GOOD] * 3), encoding="utf-8")
        world.passes(hours=13)
        refresh(world.context, world.source)
    mine = [record for record in world.by_uid().values() if record.event.title == "Talk 0"]
    assert [record.status for record in mine].count(EventStatus.CANCELLED) == 3


def test_events_beyond_the_limit_are_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "store", case_source("ics", tmp_path, country="gb"), now=AUTUMN)
    (tmp_path / "now").write_text(calendar("", "", ""), encoding="utf-8")
    refresh(world.context, world.source)
    monkeypatch.setattr("feedsvc.ical.parse.lines.MAX_EVENTS", 2)
    monkeypatch.setattr(ics, "MAX_TEXT_BYTES", 1_000_000)
    for _ in range(3):
        world.passes(hours=13)
        outcome = refresh(world.context, world.source)
    assert {record.status for record in world.by_uid().values()} == {EventStatus.CONFIRMED}
    assert "more than" in (outcome.run.message or "")
