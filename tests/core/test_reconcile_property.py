"""Whatever a source says after whatever it said before: its events, each once, under names that nobody else had."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core.changes import ChangeKind
from feedsvc.core.identity import identified, merged
from feedsvc.core.model import Event, Record
from feedsvc.core.reconcile import Situation, compare, reconcile
from feedsvc.core.serialize import visible_digest
from tests.core.records import NOW, event, mark, span

HOUR = timedelta(hours=1)


def _event(title: str, days: float, link: str | None, identity: str, place: str, country: str) -> Event:
    start = span(days).start
    made = {"": "", "own": f"id:{title}", "series": f"id:u@x/{start:%Y%m%dT%H%M%SZ}"}[identity]
    return event(title, days, identity=made, link=link, location=place, countries=(country,))


EVENTS = st.builds(
    _event,
    st.sampled_from(["Open day", "Ópen day", "Council"]),
    st.sampled_from([-20, -2, 1, 1.25, 8, 8.25, 15]),
    st.sampled_from([None, "https://x.example/", "https://x.example/a"]),
    st.sampled_from(["", "own", "series"]),
    st.sampled_from(["Hall", "Room"]),
    st.sampled_from(["cl", "ua"]),
)


def _reading(events: list[Event]) -> tuple[Event, ...]:
    """What a source lists. Of two that look alike under two ids nobody can say which is which, so one is enough."""
    listed = identified(merged(events))
    return tuple({visible_digest(one): one for one in listed}.values())


READINGS = st.lists(EVENTS, max_size=8).map(_reading)


@given(st.lists(READINGS, min_size=2, max_size=6))
def test_calendars_hold_what_the_source_says_and_every_name_is_for_ever(readings: list[tuple[Event, ...]]) -> None:
    known: dict[str, Record] = {}
    dropped: set[str] = set()
    now = NOW
    for reading in readings:
        now += HOUR
        marks = [mark(one, dropped=uid in dropped) for uid, one in known.items()]
        situation = Situation("source", "test", now)
        changes = reconcile(compare(marks, reading, situation), known, situation)
        before = dict(known)
        for decision in changes.decisions:
            uid = decision.after.uid
            assert (decision.before is None) is (uid not in known)
            known[uid] = decision.after
            (dropped.add if decision.kind is ChangeKind.DROPPED else dropped.discard)(uid)
        assert len({decision.after.uid for decision in changes.decisions}) == len(changes.decisions)
        _holds_what_is_listed(known, reading, before)


def _holds_what_is_listed(known: dict[str, Record], reading: tuple[Event, ...], before: dict[str, Record]) -> None:
    live = [one for one in known.values() if one.cancelled_at is None and not one.misses]
    shown = [visible_digest(one.event) for one in live]
    listed = {visible_digest(one) for one in reading}
    assert all(shown.count(digest) == 1 for digest in listed)
    # What is shown and not listed is over: sources drop what is over.
    assert all(one.event.span.start <= NOW + 9 * HOUR for one in live if visible_digest(one.event) not in listed)
    for uid, one in before.items():
        if visible_digest(one.event) in listed and one.cancelled_at is None and not one.misses:
            assert replace(known[uid], modified=one.modified, sequence=one.sequence) == one
            assert known[uid].sequence == one.sequence
