"""What a refresh changes: the life of an event from its first listing to the end of its tombstone, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feedsvc.core.changes import SILENT, ChangeKind, Changes, Decision
from feedsvc.core.model import Event, EventStatus, Finding, Record
from feedsvc.core.reconcile import Situation, compare, reconcile
from feedsvc.core.timespan import Timespan
from tests.core.records import NOW, event, mark, record, span

HOUR = timedelta(hours=1)


def decide(
    records: Sequence[Record],
    events: Sequence[Event],
    now: datetime = NOW,
    *,
    dropped: Sequence[Record] = (),
) -> Changes:
    """What one refresh decides."""
    marks = [mark(one) for one in records] + [mark(one, dropped=True) for one in dropped]
    situation = Situation("source", "test", now)
    comparison = compare(marks, events, situation)
    known = {one.uid: one for one in (*records, *dropped)}
    return reconcile(comparison, {uid: known[uid] for uid in comparison.needed}, situation)


def only(changes: Changes) -> Decision:
    """The one decision."""
    assert len(changes.decisions) == 1
    return changes.decisions[0]


def test_unchanged_event_is_not_even_looked_at() -> None:
    changes = decide([record()], [event()])
    assert (changes.decisions, changes.unchanged, changes.coming) == ((), 1, 1)


def test_a_finding_on_another_line_is_no_change() -> None:
    doubt = Finding("missing-themes", "", 3)
    assert not decide([record(event(findings=(doubt,)))], [event(findings=(replace(doubt, line=9),))]).decisions


def test_new_event_begins_with_sequence_0_in_whole_seconds() -> None:
    made = only(decide([], [event()], NOW + timedelta(microseconds=5)))
    assert made.kind is ChangeKind.NEW
    assert (made.after.sequence, made.after.created, made.after.modified) == (0, NOW, NOW)


@pytest.mark.parametrize(
    ("new", "fields"),
    [
        (event(span=span(7, hours=2)), ("span",)),
        (event(days=8), ("span",)),
        (event(location="Town hall"), ("location",)),
        (event(status=EventStatus.CANCELLED), ("status",)),
        (event("Öpen day"), ("title", "summary")),
    ],
)
def test_visible_change_raises_sequence_once_and_moves_last_modified(new: Event, fields: tuple[str, ...]) -> None:
    old = record(sequence=4)
    made = only(decide([old], [new]))
    assert (made.kind, made.fields) == (ChangeKind.CHANGED, fields)
    assert (made.after.uid, made.after.sequence, made.after.modified) == (old.uid, 5, NOW)
    assert made.after.created == old.created


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (event(themes=("Justice",)), ChangeKind.CHANGED),
        (event(description="More"), ChangeKind.CHANGED),
        (event(span=replace(span(7), zone=None, offset_minutes=180)), ChangeKind.CHANGED),
        (event(span=replace(span(7), end=None)), ChangeKind.CHANGED),
        (event(copies=2), ChangeKind.RENDERED),
        (event(findings=(Finding("near-duplicate", "Open day"),)), ChangeKind.RENDERED),
    ],
)
def test_what_is_no_change_of_the_event_itself_moves_last_modified_alone(new: Event, kind: ChangeKind) -> None:
    made = only(decide([record(sequence=4)], [new]))
    assert (made.kind, made.after.sequence, made.after.modified) == (kind, 4, NOW)


def test_move_remembers_where_it_was_and_forgets_after_14_days_without_a_new_sequence() -> None:
    moved = only(decide([record()], [event(days=30)])).after
    assert (moved.moved_from, moved.moved_at) == (span(7), NOW)
    assert not decide([moved], [event(days=30)], NOW + timedelta(days=14) - HOUR).decisions
    made = only(decide([moved], [event(days=30)], NOW + timedelta(days=14)))
    assert (made.kind, made.after.moved_from, made.after.moved_at) == (ChangeKind.SETTLED, None, None)
    assert made.after.sequence == moved.sequence
    assert made.after.modified > moved.modified


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (replace(span(7), zone=None, offset_minutes=180), replace(span(7), zone="Europe/Kyiv", offset_minutes=180)),
        (replace(span(7), end=None), span(7)),
        (span(7), replace(span(7), end=None)),
    ],
    ids=["a zone is known now", "an end is known now", "the end is no longer given"],
)
def test_what_is_only_known_better_has_not_moved(before: Timespan, after: Timespan) -> None:
    made = only(decide([record(event(span=before))], [event(span=after)]))
    assert (made.kind, made.after.moved_from) == (ChangeKind.CHANGED, None)


@pytest.mark.parametrize("after", [span(7, hours=2), span(7.5), Timespan.of_days(NOW.date(), NOW.date())])
def test_another_start_end_or_whole_day_is_a_move(after: Timespan) -> None:
    assert only(decide([record()], [event(span=after)])).after.moved_from == span(7)


def test_another_event_under_the_calendar_s_own_link_is_another_event() -> None:
    home = "https://calendar.example/"
    stays, goes, comes = (event(title, day, link=home) for title, day in (("Stays", 3), ("Goes", 5), ("Comes", 9)))
    changes = decide([record(stays), record(goes)], [stays, comes])
    assert [made.kind for made in changes.decisions] == [ChangeKind.NEW, ChangeKind.MISSING]
    renamed = decide([record(goes)], [comes])
    assert [made.kind for made in renamed.decisions] == [ChangeKind.CHANGED], "a link of its own is known"


def test_coming_event_is_cancelled_after_two_refreshes_without_it() -> None:
    first = only(decide([record()], []))
    assert (first.kind, first.after.misses, first.after.sequence) == (ChangeKind.MISSING, 1, 0)
    assert first.kind in SILENT
    second = only(decide([first.after], [], NOW + HOUR))
    assert (second.kind, second.after.cancelled_at, second.after.sequence) == (ChangeKind.CANCELLED, NOW + HOUR, 1)
    assert second.after.status is EventStatus.CANCELLED


def test_event_that_is_listed_again_in_time_was_never_away() -> None:
    made = only(decide([record(misses=1)], [event()]))
    assert (made.kind, made.after.misses, made.after.sequence) == (ChangeKind.FOUND, 0, 0)
    assert made.kind in SILENT


def test_past_event_that_leaves_the_source_stays() -> None:
    assert not decide([record(event(days=-1))], []).decisions
    running = event(span=span(-0.1, hours=10))
    assert not decide([record(running)], []).decisions


def test_missing_event_whose_time_came_is_past_and_stays() -> None:
    made = only(decide([record(event(days=0.01), misses=1)], [], NOW + timedelta(days=1)))
    assert (made.kind, made.after.misses) == (ChangeKind.FOUND, 0)


def test_tombstone_stays_30_days_and_then_leaves() -> None:
    buried = record(event(days=90), cancelled_at=NOW, misses=2, sequence=1, modified=NOW)
    assert not decide([buried], [], NOW + timedelta(days=30) - HOUR).decisions
    made = only(decide([buried], [], NOW + timedelta(days=30)))
    assert (made.kind, made.after.sequence) == (ChangeKind.DROPPED, 1)
    assert made.after.modified == NOW + timedelta(days=30)
    assert not decide([], [], NOW + timedelta(days=31), dropped=[made.after]).decisions


@pytest.mark.parametrize("is_dropped", [False, True])
def test_event_that_comes_back_keeps_its_uid_and_is_confirmed_again(is_dropped: bool) -> None:
    buried = record(event(days=90), cancelled_at=NOW, misses=2, sequence=1, modified=NOW)
    now = NOW + timedelta(days=20)
    changes = (
        decide([], [event(days=90)], now, dropped=[buried]) if is_dropped else decide([buried], [event(days=90)], now)
    )
    made = only(changes)
    assert (made.kind, made.after.uid, made.after.sequence) == (ChangeKind.RETURNED, buried.uid, 2)
    assert (made.after.cancelled_at, made.after.misses, made.after.status) == (None, 0, EventStatus.CONFIRMED)


def test_event_that_comes_back_on_another_day_has_moved_too() -> None:
    buried = record(event(days=40), cancelled_at=NOW, misses=2, sequence=1)
    made = only(decide([buried], [event(days=50)], NOW + HOUR))
    assert (made.kind, made.fields, made.after.moved_from) == (ChangeKind.RETURNED, ("span", "status"), span(40))


def test_of_two_records_that_look_alike_the_living_one_is_meant() -> None:
    living, buried = record(uid="b@test"), record(uid="a@test", cancelled_at=NOW)
    for order in ([living], [buried]), ([buried], [living]):
        assert not decide([*order[0], *order[1]], [event()]).decisions


def test_last_modified_never_goes_back_though_the_clock_does() -> None:
    made = only(decide([record(modified=NOW)], [event(location="Here")], NOW - timedelta(days=300)))
    assert made.after.modified == NOW + timedelta(seconds=1)


def test_a_second_event_out_of_the_same_identity_gets_a_uid_of_its_own() -> None:
    first = only(decide([], [event(identity="x")])).after
    moved_on = replace(first, event=event("Other", 20, identity="x", countries=("ar",)))
    changes = decide([moved_on], [moved_on.event, event(identity="x")])
    assert only(changes).after.uid not in (first.uid, "")


def test_own_id_that_appears_later_is_kept_to_recognise_it_by() -> None:
    made = only(decide([record()], [event(identity="id:7", location="Here")]))
    assert made.after.event.identity == "id:7"
    again = only(decide([made.after], [event("All new", 40, identity="id:7", countries=("ar",))]))
    assert (again.kind, again.after.uid) == (ChangeKind.CHANGED, made.after.uid)


def test_one_id_that_was_known_is_enough_for_ids_to_count() -> None:
    past = record(event("Past", -20, identity="id:p"), uid="p@test")
    coming = [record(event(f"Coming {n}", 7 + n, identity=f"id:c{n}"), uid=f"c{n}@test") for n in range(2)]
    listed = [event("Past", 20, identity="id:p"), event("New", 30, identity="id:n")]
    assert not decide([past, *coming], listed).ids_set_aside
    assert decide([past, *coming], [event("Past", 20, identity="id:q"), listed[1]]).ids_set_aside
