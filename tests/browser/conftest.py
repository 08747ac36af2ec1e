"""Real Chromium, a site with every kind of event, and a page that fails the test when anything went wrong in it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from feedsvc.core.model import EventStatus, Stated
from tests.browser.chromium import chromium, why_not
from tests.browser.serving import serving
from tests.needed import missing
from tests.web.site import listing
from tests.web.test_pages_hostile import LINKS, TEXTS

HARMLESS = ("Transition was aborted", "Transition was skipped")
"""A page that is left while it fades in; the next one is shown all the same."""
MOVED = Stated(date(2026, 5, 27), time(16), zone="Europe/Kyiv")


def events():
    """One of each kind: usual, doubtful, cancelled, of several countries, whole days, over midnight, hostile."""
    return [
        listing("Día abierto del presupuesto", themes=("Fiscal Openness", "Civic Space"), location="Palacio"),
        listing("Open end", end=None, countries=("Kenya",), themes=("Justice",)),
        listing("Called off", status=EventStatus.CANCELLED, countries=("Kenya",)),
        listing("Three capitals", date(2026, 5, 28), countries=("Argentina", "Armenia", "Uruguay")),
        listing("Festival", start=Stated(date(2026, 6, 1)), end=Stated(date(2026, 6, 3)), countries=("France",)),
        listing(
            "Kyiv talk",
            start=Stated(date(2026, 5, 27), time(14), zone="Europe/Kyiv"),
            end=None,
            countries=("Ukraine",),
            themes=("Digital Governance",),
            link="https://example.org/talk",
            description="One paragraph.\n\nAnother one.",
            host="City library",
        ),
        listing("Last year", date(2025, 5, 27), countries=("Peru",)),
        *(
            listing(text, date(2026, 6, 4), themes=(text,), location=text, host=text, description=text)
            for text in TEXTS
        ),
        *(listing(f"Link {n}", date(2026, 6, 5), link=link) for n, link in enumerate(LINKS)),
    ]


@pytest.fixture(scope="session")
def browser():
    """Chromium; the tests that need it are skipped, with the reason, where there is none."""
    if reason := why_not():
        missing("browser", reason)
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site with one of each kind of event, in May 2026."""
    with serving(tmp_path_factory.mktemp("browser"), *events()) as running:
        happen(running)
        yield running


def happen(running):
    """Let the source move the talk in Kyiv by two hours, and a visitor save a choice; `saved` is its secret path."""
    at = next(n for n, one in enumerate(running.listings) if one.title == "Kyiv talk")
    running.listings[at] = replace(running.listings[at], start=MOVED, listed="Ukraine, at 16:00")
    running.refresh()
    made = running.client.post("/bundle/new", data={"name": "Lunch in the east", "country": ["ke", "ua"]})
    (running.saved,) = re.findall(rf">{running.url}(/bundle/[^/<]+/edit/[^<]+)</textarea>", made.text)


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The site with the real listing of May 2024, ten days before it."""
    now = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)
    with serving(tmp_path_factory.mktemp("sample"), sample=True, now=now) as running:
        yield running


@pytest.fixture
def open_page(browser):
    """Opens an address in a fresh profile. What goes wrong in the page, or is refused by its policy, fails the test."""
    contexts, wrong = [], []

    def note(told):
        if not any(harmless in told for harmless in HARMLESS):
            wrong.append(told)

    def open_(url, *, expect_missing=False, **options):
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/Paris", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: note(str(error)))
        page.on("console", lambda told: note(told.text) if told.type == "error" else None)
        page.goto(url)
        if expect_missing:
            wrong.clear()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong


def pytest_collection_modifyitems(items):
    """Everything in this folder needs a browser."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
