"""The settings of a source in the browser: tried on the last capture, saved, taken back, never over somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.refresh import refresh
from feedsvc.services.sources import Actions
from feedsvc.store.administrators import Actor
from tests.admin import office as offices
from tests.admin.office import Office
from tests.web.site import visible

PAGE = "/admin/sources/chile/settings"


def test_saving_comes_after_a_look_and_is_undone_with_one_press(office: Office) -> None:
    browser = office.owner()
    assert "Save these settings" not in browser.words(PAGE)
    tried = visible(browser.post(PAGE, drawn="", timezone="America/Santiago", act="try").text)
    assert "Nothing of this source was captured yet" in tried
    assert "Save these settings" in tried
    assert office.runtime.source("chile").common.timezone is None, "a look writes nothing"
    page = browser.follow(browser.post(PAGE, drawn="", timezone="America/Santiago", act="save", why="it says so"))
    assert "chile: settings, timezone not set → timezone America/Santiago" in page
    assert office.runtime.configuration.look().config.source("chile").common.timezone == "America/Santiago"  # type: ignore[union-attr]
    assert "it says so" in browser.words(PAGE)
    browser.post(browser.undo_in("/admin/log"))
    assert office.runtime.configuration.look().config.source("chile").common.timezone is None  # type: ignore[union-attr]


def test_a_form_drawn_before_somebody_elses_change_writes_nothing(office: Office) -> None:
    browser = office.owner()
    Actions(office.runtime.store, lambda: office.now).set(
        Actor("Ben"), office.runtime.config, "chile", {"times": "utc"}
    )
    stale = browser.post(PAGE, drawn="", times="wall-clock", act="save")
    assert stale.status_code == 409
    assert "Ben set times meanwhile. Nothing was written" in visible(stale.text)
    assert office.runtime.configuration.look().config.source("chile").common.times == "utc"  # type: ignore[union-attr]


def test_a_wrong_value_is_told_and_stays_in_its_field(office: Office) -> None:
    browser = office.owner()
    wrong = browser.post(PAGE, drawn="", timezone="Chile/Nowhere", act="save")
    assert wrong.status_code == 409
    assert "not an IANA time zone" in visible(wrong.text)
    assert 'value="Chile/Nowhere"' in wrong.text


def test_no_secret_of_an_address_is_on_the_page(office: Office) -> None:
    text = office.owner().get(PAGE).text
    for secret in ("tokenvalue9", "user:secret", "0123456789abcdef0123"):
        assert secret not in text
    assert "events.example.cl" in text


def test_what_is_told_beforehand_is_what_then_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = [f"BEGIN:VEVENT\nUID:{n}\nSUMMARY:Talk {n}\nDTSTART:2026061{n}T150000Z\nEND:VEVENT\n" for n in range(3)]
    (tmp_path / "c.ics").write_text(f"BEGIN:VCALENDAR\n{''.join(times)}END:VCALENDAR\n", encoding="utf-8")
    monkeypatch.setattr(offices, "SOURCES", '[[source]]\nid = "chile"\nkind = "ics"\npath = "c.ics"\ncountry = "cl"\n')
    office = Office(tmp_path)
    context = office.runtime.refresh_context
    refresh(context, office.runtime.source("chile"))
    browser, form = office.owner(), {"drawn": "", "times": "wall-clock", "timezone": "America/Santiago"}
    tried = visible(browser.post(PAGE, act="try", **form).text)
    assert "3 changed" in tried
    assert "2026-06-10 15:00 UTC+0000 → 2026-06-10 15:00 America/Santiago" in tried
    browser.post(PAGE, act="save", **form)
    refresh(context, office.runtime.configuration.look().config.source("chile"))  # type: ignore[arg-type]
    with office.runtime.store.read() as snapshot:
        spans = [record.event.span for record in snapshot.events.all()]
    assert [span.start.hour for span in spans] == [19, 19, 19], "three in the afternoon in Santiago"
    office.runtime.close()
