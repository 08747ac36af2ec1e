"""Finding events by words: the same on both databases, in the order that a reader wants, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.core.changes import ChangeKind
from feedsvc.core.model import Record
from feedsvc.core.words import words_of
from feedsvc.store import word_index
from feedsvc.store.store import Store
from tests.store.records import CHILE, KENYA, NOW, START, apply, changed, record, written


def event(name: str, title: str, days: int = 0, location: str = "") -> Record:
    one = record(name, START + timedelta(days=days))
    return replace(one, event=replace(one.event, summary=title, location=location))


def found(store: Store, query: str, *, ahead: bool = True, calendars: Sequence[tuple[str, str]] = ()) -> list[str]:
    with store.read() as snapshot:
        terms = [(one, calendars) for one in words_of(query)]
        hits = snapshot.words.events(terms, int(NOW.timestamp()), ahead=ahead)
        records = snapshot.events.by_row([one.event_id for one in hits])
        return [records[one.event_id].event.summary for one in hits]


def test_case_and_accents_do_not_matter_and_a_beginning_is_enough(store: Store) -> None:
    apply(store, written(event("a", "Política de datos")), written(event("b", "Budget night")))
    assert [found(store, query) for query in ("POLITICA", "polít", "night budget")] == [
        ["Política de datos"], ["Política de datos"], ["Budget night"],
    ]  # fmt: skip
    assert found(store, "olitica") == []


def test_every_word_must_match(store: Store) -> None:
    apply(store, written(event("a", "Budget night")), written(event("b", "Budget day", location="Quito")))
    assert found(store, "budget quito") == ["Budget day"]
    assert found(store, "budget lima") == []
    assert found(store, "…") == []


def test_what_is_coming_comes_next_first_and_what_is_past_latest_first(store: Store) -> None:
    apply(store, *(written(event(f"e{days}", f"talk {days}", days)) for days in (30, -60, 1, -20)))
    assert found(store, "talk") == ["talk 1", "talk 30"]
    assert found(store, "talk", ahead=False) == ["talk -20", "talk -60"]


def test_event_is_found_by_the_name_of_a_calendar_that_it_is_in(store: Store) -> None:
    apply(store, written(event("a", "Talk"), CHILE), written(event("b", "Talk too"), KENYA))
    assert found(store, "chili", calendars=[("country", "cl")]) == ["Talk"]


def test_changed_event_is_found_by_its_new_words_alone(store: Store) -> None:
    one = event("a", "Budget night")
    apply(store, written(one))
    other = changed(one, NOW + timedelta(days=1), event=replace(one.event, summary="Open parliament"))
    apply(store, written(other, kind=ChangeKind.CHANGED))
    assert [found(store, query) for query in ("budget", "parliament")] == [[], ["Open parliament"]]
    apply(store, written(other, kind=ChangeKind.DROPPED))
    assert found(store, "parliament") == []


def test_language_without_spaces_is_found_by_parts(store: Store) -> None:
    apply(store, written(event("a", "市民予算会議")), written(event("b", "予想の会")))
    assert found(store, "予算会議") == ["市民予算会議"]
    assert sorted(found(store, "予")) == ["予想の会", "市民予算会議"]


def test_common_word_is_bounded_and_gives_the_nearest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_index, "CANDIDATES", 3)
    apply(store, *(written(event(f"e{days}", f"talk {days}", days)) for days in range(6, 0, -1)))
    assert found(store, "talk") == ["talk 1", "talk 2", "talk 3"]


def test_calendars_are_found_by_any_of_their_names(store: Store) -> None:
    names = [
        ("Chile", "country", "cl"), ("Chili", "country", "cl"), ("Costa Rica", "country", "cr"),
        ("Civic Space", "theme", "civic-space"), ("50%", "theme", "half"), ("Czechia", "country", "cz"),
    ]  # fmt: skip
    store.name_calendars("1", lambda: names)

    def calendars(query: str) -> list[tuple[str, str]]:
        with store.read() as snapshot:
            return snapshot.words.calendars(words_of(query))

    assert calendars("chil") == [("country", "cl")]
    assert calendars("rica costa") == [("country", "cr")]
    assert calendars("c")[0] == ("country", "cl")
    assert calendars("%") == calendars("_") == []
    store.name_calendars("2", lambda: names[2:])
    assert calendars("chile") == []
    store.name_calendars("2", list)
    assert calendars("costa") == [("country", "cr")]
