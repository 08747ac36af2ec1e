"""A source and a store, driven at random: what is listed is shown, what is doubted waits, what has begun stays."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import EventStatus, Listing, Record
from feedsvc.refresh import apply_holds, keep_holds
from feedsvc.store.administrators import Actor
from tests.ical.read_back import read_events
from tests.refresh.world import NOW, World, listing

pytestmark = pytest.mark.slow

FIRST_DAY = date(2024, 5, 25)


@dataclass(frozen=True)
class Known:
    """What a source says of one event."""

    day: int
    room: int = 0


def starts(day: int) -> datetime:
    return datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=15)


class Calendar(RuleBasedStateMachine):
    """Each title is an event of its own, in a country of its own, so that the model needs no matching."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.world = World(self.folder)
        self.shown: dict[str, Known] = {}
        self.read: set[str] = set()
        self.listed: dict[str, Known] = {}
        self.before: dict[str, Record] = {}
        self.uids: dict[str, str] = {}

    @initialize(count=st.integers(9, 16))
    def begins(self, count: int) -> None:
        self.listed = {f"Event {number}": Known(12 + number) for number in range(count)}
        self._refresh()

    @rule(numbers=st.lists(st.integers(0, 25), min_size=1, max_size=4), day=st.integers(0, 60))
    def grows(self, numbers: list[int], day: int) -> None:
        self.listed |= {f"Event {number}": self.listed.get(f"Event {number}", Known(day)) for number in numbers}
        self._refresh()

    @precondition(lambda self: self.listed)
    @rule(data=st.data(), count=st.sampled_from([1, 2, 3, 6, 7, 20]))
    def shrinks(self, data: st.DataObject, count: int) -> None:
        for title in data.draw(st.permutations(sorted(self.listed)))[:count]:
            del self.listed[title]
        self._refresh()

    @precondition(lambda self: self.listed)
    @rule(data=st.data(), day=st.integers(0, 60), room=st.integers(0, 3))
    def changes(self, data: st.DataObject, day: int, room: int) -> None:
        self.listed[data.draw(st.sampled_from(sorted(self.listed)))] = Known(day, room)
        self._refresh()

    @rule(days=st.sampled_from([0, 0, 1, 3, 15, 31]), order=st.randoms(use_true_random=False), forced=st.booleans())
    def is_read_again(self, days: int, order: Random, forced: bool) -> None:
        self.world.passes(days=days)
        self._refresh(order, forced=forced)
        events = read_events(self.world.feed().body)
        assert sorted(event.uid for event in events) == sorted(self.world.by_uid())

    def _refresh(self, order: Random | None = None, *, forced: bool = False) -> None:
        says = self._says()
        if order is not None:
            order.shuffle(says)
        self.world.says(*says, ids_name_dates=True)
        run = self.world.refresh(allow_shrink=forced).run
        assert (run.outcome == "held") is bool(self._waiting()), run
        self.read = set(self.listed)

    @rule(error=st.sampled_from([FetchFailed("500", status=500), SourceUnreadable("a login page")]))
    def fails(self, error: Exception) -> None:
        self.world.fails(error)
        assert self.world.refresh().run.outcome == "failed"

    @rule()
    def is_cut_in_half(self) -> None:
        says = self._says()
        half = dict(list(self.listed.items())[: len(says) // 2])
        self.world.says(*says[: len(half)], incomplete="cut in half", ids_name_dates=True)
        assert self.world.refresh().run.outcome in ("applied", "unchanged", "held")
        self.read = set(half)

    @precondition(lambda self: self._waiting())
    @rule()
    def is_applied_by_hand(self) -> None:
        waiting = self._waiting()
        apply_holds(self.world.context, "made", Actor("somebody"))
        assert not self._waiting()
        after = self.world.by_uid()
        gone = [after[uid] for uid in waiting if after[uid].event.summary not in self.listed]
        assert {record.status for record in gone} <= {EventStatus.CANCELLED}

    @precondition(lambda self: self._waiting())
    @rule()
    def is_kept_by_hand(self) -> None:
        before = self._by_title()
        keep_holds(self.world.context, "made", Actor("somebody"))
        assert (self._waiting(), self._by_title()) == (set(), before)

    @invariant()
    def what_is_listed_is_shown_and_what_waits_stays(self) -> None:
        records, waiting = self.world.records(), self._waiting() | self._kept()
        for title in self.read:
            if title in self.listed and records[title].uid not in waiting:
                assert self._seen(records[title]) == (self.listed[title], EventStatus.CONFIRMED)
        for title, known in self.shown.items():
            if title in records and (title not in self.read or records[title].uid in waiting):
                assert self._seen(records[title])[0] == known or title in self.read
        self.shown = {title: self._seen(record)[0] for title, record in records.items()}

    @invariant()
    def what_has_begun_is_never_struck_out_and_what_waits_neither(self) -> None:
        waiting = self._waiting()
        for record in self.world.records().values():
            if record.cancelled_at is not None:
                assert record.cancelled_at < record.event.span.start
                assert record.uid not in waiting

    @invariant()
    def nothing_changes_unless_it_changed(self) -> None:
        after = self.world.records()
        for title, record in after.items():
            assert self.uids.setdefault(title, record.uid) == record.uid
            before = self.before.get(title)
            if before is None:
                continue
            told = [(one.event, one.status, one.moved_from, one.held, one.held_span) for one in (before, record)]
            is_same = told[0] == told[1]
            assert (before.modified == record.modified) is is_same
            assert record.sequence - before.sequence in (0, 1)
            assert not is_same or record.sequence == before.sequence
        assert len(set(self.uids.values())) == len(self.uids)
        self.before = after

    def teardown(self) -> None:
        self.world.runtime.close()
        shutil.rmtree(self.folder)

    def _says(self) -> list[Listing]:
        return [
            listing(title, FIRST_DAY + timedelta(days=one.day), location=f"Room {one.room}", native_id=title)
            for title, one in self.listed.items()
        ]

    def _seen(self, record: Record) -> tuple[Known, EventStatus]:
        day = (record.event.span.first_day - FIRST_DAY).days
        return Known(day, int(record.event.location.removeprefix("Room "))), record.status

    def _by_title(self) -> dict[str, tuple[Known, EventStatus]]:
        return {title: self._seen(record) for title, record in self.world.records().items()}

    def _waiting(self) -> set[str]:
        return {uid for uid, decision in self._sightings().items() if decision is None}

    def _kept(self) -> set[str]:
        return {uid for uid, decision in self._sightings().items() if decision == "kept"}

    def _sightings(self) -> dict[str, str | None]:
        with self.world.runtime.store.read() as snapshot:
            return {uid: one.decision for uid, one in snapshot.holds.sightings("made").items()}


assert starts(0) > NOW
TestCalendar = Calendar.TestCase
TestCalendar.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Making a failure smaller takes minutes: add Phase.shrink for as long as you need it.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
