"""One event that several sources list: one VEVENT, whichever of them goes on listing it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feedsvc.app import create_application
from feedsvc.core.errors import RequestError
from feedsvc.core.model import EventStatus, Listing, Record
from feedsvc.refresh import refresh
from feedsvc.refresh.merging import join, keep_apart
from tests.refresh.world import World, listing, listings, made_source

LEADER, OTHER = made_source(id="leader"), made_source(id="other")
UID = "shared-1@org.example"


class Two:
    """A world with two sources, each of which lists what a test says; the leader stands first in the configuration."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.world = World(folder, LEADER)
        self.more = {"source_order": lambda: ("leader", "other"), **more}

    def refresh(self, source: Any, *given: Listing) -> None:
        own = listings(7) if source is LEADER else [listing(f"Own {n}", date(2024, 6, 9), 8 + n) for n in range(7)]
        self.world.says(*own, *given)
        self.world.passes(hours=1)
        outcome = refresh(replace(self.world.context, **self.more), source)
        assert outcome.run.outcome in ("applied", "unchanged"), outcome.run.message

    def shared(self) -> list[Record]:
        return [one for one in self.world.by_uid().values() if one.event.summary in ("Shared", "SHARED")]

    def count(self) -> int:
        return self.world.feed().body.count(b"SUMMARY:Shared") + self.world.feed().body.count(b"SUMMARY:SHARED")


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def test_the_second_source_s_event_is_folded_into_the_first_and_fills_its_blanks(two: Two) -> None:
    two.refresh(LEADER, listing("Shared", description="About it"))
    two.refresh(OTHER, listing("SHARED", location="Town hall", description="Other words"))
    (one,) = two.shared()
    assert (one.source_id, one.event.title, one.event.description) == ("leader", "Shared", "About it")
    assert one.event.location == "Town hall"
    assert two.count() == 1
    with two.world.runtime.store.read() as snapshot:
        assert snapshot.merges.sources_of(one.uid) == ["leader", "other"]
    body = two.world.feed().body
    for source, words in ((LEADER, {"description": "About it"}), (OTHER, {"location": "Town hall"})):
        title, more = ("Shared", words) if source is LEADER else ("SHARED", {**words, "description": "Other words"})
        two.refresh(source, listing(title, **more))
    assert two.world.feed().body == body, "what is said again changes nothing"


def test_the_one_seen_first_gives_the_uid_and_the_leader_the_words(two: Two) -> None:
    two.refresh(OTHER, listing("Shared", native_id=UID, description="Other"))
    (first,) = two.shared()
    two.refresh(LEADER, listing("Shared", native_id=UID, description="Leader"))
    (one,) = two.shared()
    assert (one.uid, one.source_id, one.event.description) == (first.uid, "leader", "Leader")
    assert one.sequence == first.sequence, "words alone are no new SEQUENCE"


@pytest.mark.parametrize("dropped", [LEADER, OTHER], ids=["the leader", "the other"])
def test_when_one_source_drops_it_it_goes_on_under_its_uid(two: Two, dropped: Any) -> None:
    two.refresh(LEADER, listing("Shared", native_id=UID))
    two.refresh(OTHER, listing("Shared", native_id=UID))
    (first,) = two.shared()
    kept = OTHER if dropped is LEADER else LEADER
    for _ in range(3):
        two.refresh(dropped)
        two.refresh(kept, listing("Shared", native_id=UID))
    (one,) = two.shared()
    assert (one.uid, one.status, one.sequence) == (first.uid, EventStatus.CONFIRMED, 0)
    assert one.source_id == kept.id
    two.refresh(dropped, listing("Shared", native_id=UID))
    assert [(one.uid, one.sequence) for one in two.shared()] == [(first.uid, 0)]
    for _ in range(3):
        two.refresh(LEADER)
        two.refresh(OTHER)
    (one,) = two.shared()
    assert (one.uid, one.status, one.sequence) == (first.uid, EventStatus.CANCELLED, 1)


def test_a_move_by_the_leader_is_a_move_and_by_another_one_is_not(two: Two) -> None:
    two.refresh(LEADER, listing("Shared", native_id=UID))
    two.refresh(OTHER, listing("Shared", native_id=UID))
    two.refresh(OTHER, listing("Shared", native_id=UID, hour=15))
    assert [one.sequence for one in two.shared()] == [0]
    two.refresh(LEADER, listing("Shared", native_id=UID, hour=15))
    (one,) = two.shared()
    assert (one.sequence, one.event.span.local_start.hour) == (1, 15)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"link": "https://x.example/1"}, {"link": "https://x.example/2"}),
        ({"location": "Hall"}, {"location": "Library"}),
        ({"countries": ("Chile",)}, {"countries": ("Argentina",)}),
        ({"hour": 11}, {"hour": 15}),
        ({"native_id": "17"}, {"native_id": "17", "hour": 16}),
    ],
    ids=["links", "places", "countries", "starts", "short ids"],
)
def test_namesakes_that_something_tells_apart_stay_two(two: Two, one: dict[str, Any], other: dict[str, Any]) -> None:
    two.refresh(LEADER, listing("Shared", **one))
    two.refresh(OTHER, listing("Shared", **other))
    assert two.count() == 2


def test_untitled_events_are_not_one(two: Two) -> None:
    two.refresh(LEADER, listing(None))
    two.refresh(OTHER, listing(None))
    assert sum(one.event.title is None for one in two.world.by_uid().values()) == 2


def test_where_merging_is_switched_off_there_are_two(tmp_path: Path) -> None:
    two = Two(tmp_path, merge_sources=False)
    two.refresh(LEADER, listing("Shared"))
    two.refresh(OTHER, listing("Shared"))
    assert two.count() == 2


def test_what_was_published_twice_before_is_one_without_a_tombstone(two: Two) -> None:
    two.refresh(LEADER, listing("Shared", hour=11))
    two.refresh(OTHER, listing("Shared", hour=15))
    first, later = sorted(two.shared(), key=lambda one: one.created)
    two.refresh(OTHER, listing("Shared", hour=11))
    assert [one.uid for one in two.shared()] == [first.uid]
    with two.world.runtime.store.read() as snapshot:
        found = snapshot.events.by_public_id(later.id)
    assert found is not None
    assert found.uid == first.uid


def test_what_a_person_said_is_not_one_stays_two(two: Two) -> None:
    two.refresh(LEADER, listing("Shared"))
    two.refresh(OTHER, listing("SHARED", location="Town hall"))
    (first,) = two.shared()
    with two.world.runtime.store.read() as snapshot:
        (folded,) = snapshot.merges.folded([first.uid])[first.uid]
    two.world.passes(hours=1)
    keep_apart(two.world.context, (folded.record.id, first.id), "somebody")
    assert two.count() == 2
    assert {(one.event.title, one.event.location) for one in two.shared()} == {("Shared", ""), ("SHARED", "Town hall")}
    for hour in (12, 13):
        two.refresh(LEADER, listing("Shared", hour=hour))
        two.refresh(OTHER, listing("SHARED", location="Town hall", hour=hour))
    assert two.count() == 2
    two.world.passes(hours=1)
    assert join(two.world.context, (folded.record.id, first.id), "somebody") == first.uid
    assert two.count() == 1
    with pytest.raises(RequestError, match="are one event already"):
        join(two.world.context, (folded.record.id, first.id), "somebody")
    with pytest.raises(RequestError, match="unknown event 'nothing'"):
        keep_apart(two.world.context, ("nothing", first.id), "somebody")


def test_the_next_occurrence_under_an_id_whose_event_was_handed_over_has_a_uid_of_its_own(two: Two) -> None:
    two.refresh(LEADER, listing("Shared", native_id=UID))
    two.refresh(OTHER, listing("Shared", native_id=UID))
    for _ in range(2):
        two.refresh(LEADER)
    two.world.passes(days=8)
    two.refresh(LEADER, listing("Shared", date(2024, 6, 10), native_id=UID))
    assert sorted(one.event.span.first_day.day for one in two.shared()) == [10, 27]


def test_the_file_of_a_folded_event_leads_to_the_one_that_stays(two: Two) -> None:
    two.refresh(LEADER, listing("Shared", hour=9))
    two.refresh(OTHER, listing("Shared", hour=10))
    uids = {one.event.span.start: one for one in two.shared()}
    first, later = (uids[start] for start in sorted(uids))
    client = create_application(two.world.runtime).test_client()
    assert client.get(f"/event/{later.id}.ics").status_code == 200
    two.refresh(OTHER, listing("Shared", hour=9))
    for extension in ("", ".ics"):
        answer = client.get(f"/event/{later.id}{extension}")
        assert (answer.status_code, answer.headers["Location"]) == (308, f"/event/{first.id}{extension}")
    assert client.get(f"/event/{first.id}.ics").status_code == 200


def test_one_icalendar_uid_and_title_is_one_event_also_at_two_times(two: Two) -> None:
    two.refresh(LEADER, listing("Shared", hour=11, native_id=UID))
    (first,) = two.shared()
    two.refresh(OTHER, listing("Shared", hour=15, native_id=UID))
    (one,) = two.shared()
    assert (one.uid, one.event.span) == (first.uid, first.event.span)
    with two.world.runtime.store.read() as snapshot:
        assert snapshot.merges.sources_of(one.uid) == ["leader", "other"]
    two.refresh(LEADER)
    two.refresh(LEADER)
    (one,) = two.shared()
    assert (one.uid, one.sequence) == (first.uid, 1), "the other source's time counts once the leader drops it"


def test_one_icalendar_uid_under_another_title_at_another_time_is_another_event(two: Two) -> None:
    two.refresh(LEADER, listing("Shared", hour=11, native_id=UID))
    two.refresh(OTHER, listing("Something else", hour=15, native_id=UID))
    assert len(two.shared()) == 1
    assert "Something else" in two.world.records()


def test_the_page_of_an_event_names_every_source_that_lists_it(two: Two) -> None:
    two.refresh(LEADER, listing("Shared"), listing("Alone", hour=15))
    two.refresh(OTHER, listing("Shared"))
    client = create_application(two.world.runtime).test_client()
    (one,) = two.shared()
    assert '<dt>Listed by</dt><dd dir="auto">leader, other</dd>' in client.get(f"/event/{one.id}").text
    assert "Listed by" not in client.get(f"/event/{two.world.record('Alone').id}").text
