"""A source that gets another id keeps its events, their UIDs and its state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, select

from feedsvc.config.loader import one_of_each
from feedsvc.refresh import refresh
from feedsvc.store.recount import count_all
from feedsvc.store.schema import meta
from feedsvc.store.totals_schema import daily_total, feed_total, monthly_total, occurrence
from tests.refresh.world import SOON, World, listing, listings, made_source


def feed_lines(world: World) -> list[bytes]:
    """The feed of everything without its stamps."""
    return [line for line in world.feed().body.splitlines() if not line.startswith((b"DTSTAMP", b"LAST-MOD"))]


def test_a_renamed_source_shows_no_event_twice_and_keeps_every_byte(tmp_path: Path) -> None:
    world = World(tmp_path, made_source(id="old"))
    world.refresh(*listings(4))
    before, uids = world.feed().body, set(world.by_uid())
    world.source = made_source(id="new", former_ids=["old"])
    world.refresh()
    assert world.feed().body == before
    world.refresh(*listings(4), listing("One more", SOON + timedelta(days=1)))
    assert uids < set(world.by_uid())
    assert len(world.by_uid()) == 5
    assert {record.source_id for record in world.by_uid().values()} == {"new"}


def test_uids_are_made_from_the_oldest_id_also_in_an_empty_store(tmp_path: Path) -> None:
    old, new = (
        World(tmp_path / "old", made_source(id="old")),
        World(tmp_path / "new", made_source(id="new", former_ids=["old", "middle"])),
    )
    for world in (old, new):
        world.refresh(*listings(3))
    assert set(old.by_uid()) == set(new.by_uid())


def test_state_runs_and_counts_go_with_the_id(tmp_path: Path) -> None:
    world = World(tmp_path, made_source(id="old"))
    world.refresh(*listings(4))
    with world.runtime.store.write() as snapshot:
        snapshot.sources.change("old", every_seconds=1800)
    world.source = made_source(id="new", former_ids=["old"])
    world.refresh()
    with world.runtime.store.read() as snapshot:
        assert snapshot.sources.state("new").every_seconds == 1800
        assert [run.outcome for run in snapshot.sources.last_runs("new", 9)] == ["unchanged", "applied"]
        assert [state.id for state in snapshot.sources.states()] == ["new"]
        assert snapshot.sources.count_events() == {"new": 4}


def counts(connection: Connection) -> list[list[tuple[object, ...]]]:
    tables = (feed_total, daily_total, monthly_total, occurrence)
    return [sorted(map(tuple, connection.execute(select(table)))) for table in tables]


def test_what_is_counted_for_a_renamed_source_is_what_counting_again_gives(tmp_path: Path) -> None:
    world = World(tmp_path, made_source(id="old"))
    weekly = [listing("Weekly", SOON + timedelta(days=7 * week)) for week in range(5)]
    world.refresh(*weekly, *listings(3))
    world.source = made_source(id="new")
    world.refresh(*listings(1))
    world.source = made_source(id="new", former_ids=["old"])
    world.refresh(*weekly, *listings(3))
    with world.runtime.store.engine.begin() as connection:
        kept = counts(connection)
        connection.execute(delete(meta).where(meta.c.key == "counted"))
        count_all(connection)
        again = counts(connection)
    assert kept[1:] == again[1:]
    # A feed's total of a source that lists nothing there any more stays as a row of nothing.
    assert [row for row in kept[0] if row[3]] == again[0]


def test_a_past_event_of_another_name_is_known_by_every_id_the_source_had(tmp_path: Path) -> None:
    world = World(tmp_path, made_source(id="old"))
    world.refresh(*(listing(f"Event {one}", native_id=f"{one}") for one in range(3)))
    world.passes(days=60)
    world.source = made_source(id="new", former_ids=["older", "old"])
    world.refresh(*(listing(f"Event {one} (report)", native_id=f"{one}") for one in range(3)))
    assert len(world.by_uid()) == 3


def test_an_id_that_comes_back_is_the_same_source_with_a_finding(tmp_path: Path) -> None:
    world = World(tmp_path, made_source(id="old"))
    world.refresh(*listings(4))
    uids = set(world.by_uid())
    world.source = made_source(id="new", former_ids=["old"])
    world.refresh()
    world.source = made_source(id="old")
    outcome = world.refresh(*listings(5))
    assert uids < set(world.by_uid())
    assert len(world.by_uid()) == 5
    assert [(one.code, one.detail) for one in outcome.findings] == [("former-id", "old")]


def test_a_former_id_in_the_file_means_the_source_that_had_it(tmp_path: Path) -> None:
    old, new = made_source(id="old"), made_source(id="new", former_ids=["old"])
    for order in ((old, new), (new, old)):
        (kept,) = one_of_each(order)
        assert (kept.id, kept.namesakes) == ("new", ("old",))
    world = World(tmp_path, kept)
    outcome = world.refresh(*listings(2))
    assert [(one.code, one.detail) for one in outcome.findings] == [("former-id", "old")]


def test_a_refresh_under_the_old_id_writes_nothing_once_the_source_has_another(tmp_path: Path) -> None:
    world = World(tmp_path, made_source(id="old"))
    world.refresh(*listings(2))
    world.says(*listings(3))
    read = world.read

    def renamed_meanwhile(task: object, loader: object) -> str:
        with world.runtime.store.write() as snapshot:
            snapshot.sources.adopt("new", ["old"], ["new"])
        return read(task, loader)  # type: ignore[arg-type]

    world.read = renamed_meanwhile
    assert refresh(world.context, replace(world.source)).run.outcome == "overtaken"
    assert len(world.by_uid()) == 2


def test_a_source_that_was_already_read_under_its_new_id_takes_the_old_events_over(tmp_path: Path) -> None:
    world = World(tmp_path, made_source(id="old"))
    world.refresh(*listings(3))
    world.source = made_source(id="new")
    world.refresh(listing("Another", SOON + timedelta(days=2)))
    world.source = made_source(id="new", former_ids=["old"])
    world.refresh(*listings(3), listing("Another", SOON + timedelta(days=2)))
    assert len(world.by_uid()) == 4
    assert {record.status for record in world.by_uid().values()} == {"confirmed"}


def test_what_a_source_changes_with_its_new_id_is_held_as_ever(tmp_path: Path) -> None:
    world = World(tmp_path, made_source(id="old"))
    world.refresh(*listings(12))
    world.source = made_source(id="new", former_ids=["old"])
    outcome = world.refresh(*(listing(f"Event {number}", hour=11 + number % 12) for number in range(12)))
    assert outcome.run.outcome == "held"
