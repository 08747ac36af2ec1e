"""What a programme officer does: see what waits, set the pace, pause, and take everything back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.core.errors import RequestError
from feedsvc.services.sources import Actions, GroundChanged
from feedsvc.store.administrators import Actor
from feedsvc.store.claims import Heartbeat
from tests.admin.office import PASSWORD, Office
from tests.web.site import visible

ENGINEER = Actor("cli:engineer")


def test_first_link_makes_an_owner_once_and_leads_to_today(office: Office) -> None:
    code = office.accounts.first_link()
    browser = office.browser()
    assert "There is no account yet" in visible(browser.get("/admin/").text)
    form = {"name": "Ana", "shown": "Ana Duarte", "password": "too short", "clock": "America/Santiago"}
    refused = browser.post(f"/admin/first/{code}", **form)
    assert refused.status_code == 400
    assert "The password has 9 characters; it must have at least 12." in visible(refused.text)
    assert "Ana Duarte" in refused.text, "what was filled in stays"
    made = browser.post(f"/admin/first/{code}", **{**form, "password": PASSWORD})
    assert "No worker was ever seen" in browser.follow(made)
    assert office.accounts.first_link() is None
    assert office.browser().get(f"/admin/first/{code}").status_code == 410


def test_a_new_first_link_ends_the_one_before(office: Office) -> None:
    old, new = office.accounts.first_link(), office.accounts.first_link()
    assert office.browser().get(f"/admin/first/{old}").status_code == 410
    assert office.browser().get(f"/admin/first/{new}").status_code == 200
    office.now += timedelta(hours=25)
    assert office.browser().get(f"/admin/first/{new}").status_code == 410


def test_pace_is_set_told_and_taken_back_with_one_press(office: Office) -> None:
    browser = office.owner()
    page = browser.follow(browser.post("/admin/sources/chile/pace", every="30min", why="event week"))
    assert "chile: pace, 6 h → 30 min. Undo" in page
    assert "Set here by Ana Duarte, today 05:00: “event week”. The file says 6 h." in page
    with office.runtime.store.read() as snapshot:
        assert snapshot.sources.state("chile").every_seconds == 1_800
    browser.post(browser.undo_in("/admin/log"))
    with office.runtime.store.read() as snapshot:
        assert snapshot.sources.state("chile").every_seconds is None
    assert "The file says" not in browser.words("/admin/sources/chile")


def test_a_pace_that_is_none_changes_nothing_and_says_why(office: Office) -> None:
    browser = office.owner()
    refused = browser.post("/admin/sources/chile/pace", every="1s")
    assert refused.status_code == 409
    assert "every=1s" in visible(refused.text)
    with office.runtime.store.read() as snapshot:
        assert snapshot.sources.state("chile").every_seconds is None


def test_pause_and_resume_are_undone_even_when_undone(office: Office) -> None:
    browser = office.owner()
    browser.post("/admin/sources/kenya/pause", why="site is being rebuilt")
    assert "site is being rebuilt" in browser.words("/admin/sources?state=paused")
    browser.post(browser.undo_in("/admin/log"))
    assert "No source is paused." in browser.words("/admin/sources?state=paused")
    browser.post(browser.undo_in("/admin/log"))
    assert "Kenya" in browser.words("/admin/sources?state=paused")


def test_an_undo_whose_ground_has_changed_says_by_whom_and_does_nothing(office: Office) -> None:
    actions = Actions(office.runtime.store, lambda: office.now)
    source = office.runtime.source("chile")
    first = actions.pace(Actor("Ana"), source, timedelta(minutes=30))
    actions.pace(ENGINEER, source, timedelta(hours=1))
    with pytest.raises(GroundChanged, match="cli:engineer changed it since"):
        actions.undo(Actor("Ana"), first)
    with office.runtime.store.read() as snapshot:
        assert snapshot.sources.state("chile").every_seconds == 3_600
    with pytest.raises(RequestError, match="unknown action 999"):
        actions.undo(Actor("Ana"), 999)


def test_refresh_now_is_done_by_the_worker_and_not_by_the_web(office: Office) -> None:
    browser = office.owner()
    browser.post("/admin/sources/chile/refresh")
    with office.runtime.store.read() as snapshot:
        assert snapshot.sources.state("chile").due_at == office.now
        assert snapshot.sources.last_runs("chile") == []
    browser.post("/admin/sources/chile/pause")
    assert "is paused; resume it" in visible(browser.post("/admin/sources/chile/refresh").text)


def test_a_failing_source_is_a_task_until_it_is_good_again(office: Office) -> None:
    browser = office.owner()
    with office.runtime.store.write() as snapshot:
        snapshot.claims.beat(Heartbeat("worker", "worker:1", office.now, office.now))
        facts = {
            "tried_at": office.now,
            "failures": 3,
            "last_error": "https://u:p@events.example.cl/?k=v: answered 500",
        }
        snapshot.sources.change("chile", **facts)
    words = browser.words("/admin/")
    assert "Chile is failing" in words
    assert "https://events.example.cl/ answered 500; 3 times in a row" in words
    with office.runtime.store.write() as snapshot:
        snapshot.sources.change("chile", failures=0, last_error=None, refreshed_at=office.now)
    assert "Chile is failing" not in browser.words("/admin/")


def test_the_last_owner_cannot_be_closed_and_a_closed_account_comes_back_by_undo(office: Office) -> None:
    owner, editor = office.owner(), office.editor()
    assert "is the last owner" in visible(owner.post("/admin/accounts/ana/close").text)
    assert editor.get("/admin/").status_code == 200
    owner.post("/admin/accounts/ed/close")
    assert editor.get("/admin/").status_code == 303
    owner.post(owner.undo_in("/admin/log"))
    assert office.browser().post("/admin/in", name="ed", password=PASSWORD).status_code == 303


def test_words_of_others_are_text_and_never_markup(office: Office) -> None:
    browser = office.owner()
    browser.post("/admin/sources/chile/pause", why="<script>alert(1)</script>")
    for path in ("/admin/log", "/admin/sources", "/admin/sources/chile", "/admin/"):
        assert "<script" not in browser.get(path).text


def test_a_store_that_is_away_is_one_sentence(office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    browser = office.owner()
    for file in tmp_path.glob("feedsvc.sqlite*"):
        file.rename(file.with_name(f"gone-{file.name}"))
    response = browser.get("/admin/")
    assert response.status_code == 503
    assert "The store does not answer" in visible(response.text)


def test_only_a_source_without_any_event_reads_nothing(office: Office) -> None:
    browser = office.owner()
    with office.runtime.store.write() as snapshot:
        snapshot.sources.change("chile", tried_at=office.now, refreshed_at=office.now)
    assert "Chile reads nothing" in browser.words("/admin/")
    assert "Kenya reads nothing" not in browser.words("/admin/"), "it was never read"


def test_a_source_that_is_resumed_begins_with_a_clean_slate(office: Office) -> None:
    browser = office.owner()
    with office.runtime.store.write() as snapshot:
        snapshot.sources.change("chile", paused_at=office.now, paused_why="x", strikes=3, lone_strikes=3, failures=2)
    browser.post("/admin/sources/chile/resume")
    with office.runtime.store.read() as snapshot:
        state = snapshot.sources.state("chile")
    assert (state.paused_at, state.strikes, state.lone_strikes, state.failures) == (None, 0, 0, 0)
