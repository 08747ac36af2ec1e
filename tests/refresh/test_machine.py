"""A source and a store, driven at random against a model that knows nothing but titles, days and the rules."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import EventStatus, Listing, Record
from feedsvc.refresh import apply_hold
from tests.ical.read_back import read_events
from tests.refresh.world import NOW, World, listing

pytestmark = pytest.mark.slow

FIRST_DAY = date(2024, 5, 25)


@dataclass(frozen=True)
class Known:
    """What the model knows of one event: `misses` refreshes without it, then `gone` since."""

    day: int
    room: int = 0
    misses: int = 0
    gone: datetime | None = None

    def is_coming(self, now: datetime) -> bool:
        return starts(self.day) > now and self.gone is None and not self.misses


def starts(day: int) -> datetime:
    return datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=15)


def max_removals(coming: int) -> int:
    return min(max(5, int(coming * 0.3)), max(coming - 1, 0))


class Model:
    """The rules once more, in as few words as they can be said."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.held: list[tuple[dict[str, Known], datetime]] = []

    def refresh(self, listed: dict[str, Known], now: datetime, *, forced: bool = False) -> bool:
        """What a complete reading does. Returns whether it is applied."""
        coming = {title for title, one in self.known.items() if one.is_coming(now)}
        if len(coming - listed.keys()) > max_removals(len(coming)) and not forced:
            self.held = [*(one for one in self.held if one[0] == listed), (listed, now)]
            if len(self.held) < 3 or now - self.held[0][1] < timedelta(hours=24):
                return False
        self.held = []
        for title, one in self.known.items() - {(t, self.known[t]) for t in listed if t in self.known}:
            if one.gone is None:
                is_missing = starts(one.day) > now
                misses = one.misses + 1 if is_missing else 0
                self.known[title] = replace(one, misses=misses, gone=now if misses == 2 else None)
        self.known |= listed
        return True

    def shown(self, now: datetime) -> dict[str, tuple[int, int, str]]:
        """Title → day, room and status, of everything that calendars must have."""
        return {
            title: (one.day, one.room, "cancelled" if one.gone else "confirmed")
            for title, one in self.known.items()
            if one.gone is None or now - one.gone < timedelta(days=30)
        }


class Calendar(RuleBasedStateMachine):
    """Each title is an event of its own, in a country of its own, so that the model needs no matching."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.world = World(self.folder)
        self.model = Model()
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
        is_applied = self.model.refresh(dict(self.listed), self.world.now, forced=forced)
        assert (run.outcome in ("applied", "unchanged")) is is_applied, run

    @rule(error=st.sampled_from([FetchFailed("500", status=500), SourceUnreadable("a login page")]))
    def fails(self, error: Exception) -> None:
        self.world.fails(error)
        assert self.world.refresh().run.outcome == "failed"

    @rule()
    def is_cut_in_half(self) -> None:
        says = self._says()
        half = dict(list(self.listed.items())[: len(says) // 2])
        self.world.says(*says[: len(half)], incomplete="cut in half", ids_name_dates=True)
        assert self.world.refresh().run.outcome in ("applied", "unchanged")
        self.model.known |= half

    @precondition(lambda self: self._held())
    @rule()
    def is_applied_by_hand(self) -> None:
        with self.world.runtime.store.read() as snapshot:
            hold = snapshot.holds.open("made")
        assert hold is not None
        if hold.is_complete:
            self._refresh()
            if self._held():
                apply_hold(self.world.context, self.world.source)
                self.model.refresh(dict(self.listed), self.world.now, forced=True)

    @invariant()
    def calendars_are_what_the_model_says(self) -> None:
        now, after = self.world.now, self.world.records()
        by_title = {title: self._seen(record) for title, record in after.items()}
        shown = self.model.shown(now)
        # A tombstone goes with the next refresh, not by itself.
        late = {title for title in by_title.keys() - shown.keys() if after[title].status is EventStatus.CANCELLED}
        assert {title: seen for title, seen in by_title.items() if title not in late} == shown

    @invariant()
    def nothing_changes_unless_it_changed(self) -> None:
        after = self.world.records()
        for title, record in after.items():
            assert self.uids.setdefault(title, record.uid) == record.uid
            before = self.before.get(title)
            if before is None:
                continue
            is_same = (before.event, before.status, before.moved_from) == (
                record.event,
                record.status,
                record.moved_from,
            )
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

    def _seen(self, record: Record) -> tuple[int, int, str]:
        day = (record.event.span.first_day - FIRST_DAY).days
        return day, int(record.event.location.removeprefix("Room ")), record.status.value

    def _held(self) -> bool:
        with self.world.runtime.store.read() as snapshot:
            return snapshot.holds.open("made") is not None


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
