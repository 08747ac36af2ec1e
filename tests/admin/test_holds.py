"""What waits is shown with what would change, and decided whole or event by event, with the consequence beside it."""

from __future__ import annotations

from datetime import date

import pytest

from feedsvc.core.model import EventStatus
from tests.admin.office import Browser, Office
from tests.web.site import listing, visible

EVENTS = [listing(f"Talk {number}", date(2026, 6, 1 + number)) for number in range(12)]


@pytest.fixture
def browser(office: Office) -> Browser:
    """An owner who finds that Chile lists two of twelve events."""
    browser = office.owner()
    office.reads("chile", *EVENTS)
    office.reads("chile", *EVENTS[:2])
    office.reads("chile", *EVENTS[:2])
    return browser


def hold_of(office: Office) -> int:
    with office.runtime.store.read() as snapshot:
        (hold,) = snapshot.holds.open_of("chile")
    return hold.id


def statuses(office: Office) -> list[EventStatus]:
    with office.runtime.store.read() as snapshot:
        return [record.status for record in snapshot.events.all()]


def test_what_waits_is_the_first_task_and_says_what_happens_if_nobody_decides(office: Office, browser: Browser) -> None:
    assert "Chile waits for a decision" in browser.words("/admin/")
    assert "10 of 10 wait for a decision" in browser.words("/admin/sources/chile")
    words = browser.words(f"/admin/holds/{hold_of(office)}")
    assert "no longer listed" in words
    assert "If nobody decides: It is believed after three readings over 24 hours" in words


def test_applying_chosen_rows_leaves_the_others_waiting(office: Office, browser: Browser) -> None:
    number = hold_of(office)
    with office.runtime.store.read() as snapshot:
        uids = [row.sighting.uid for row in snapshot.holds.rows(number)][:2]
    page = browser.follow(browser.post(f"/admin/holds/{number}/apply", only=uids))
    assert "applied to 2, edition" in page
    assert "8 of 10 wait" in page
    assert statuses(office).count(EventStatus.CANCELLED) == 2
    assert "Ana Duarte apply chile" in browser.words("/admin/log")


def test_keeping_turns_it_down_and_the_same_is_not_asked_again(office: Office, browser: Browser) -> None:
    number = hold_of(office)
    browser.post(f"/admin/holds/{number}/keep")
    office.reads("chile", *EVENTS[:2])
    assert EventStatus.CANCELLED not in statuses(office)
    assert "waits for a decision" not in browser.words("/admin/")
    again = browser.post(f"/admin/holds/{number}/apply")
    assert again.status_code == 409
    assert "is not open" in visible(again.text)
