"""Cards and own pages of events as web pages have them: furniture, headings, rows of times with something between."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Horizon, Listing, Reading
from feedsvc.sources.opengovweek import Settings, read
from tests.sources.helpers import context

WHEN = "Ukraine — May {day}, 2026 @ 10:00am - 11:00am GMT+02:00"
ARROW = '<a href="/m/{day}">Learn more</a><span>→</span><span>Add to favourites</span>'


def cards(*bodies: str) -> Reading:
    page = f"<!doctype html><body><h1>Open Gov Week Events</h1>{''.join(bodies)}<footer>Open Gov Week</footer></html>"
    return read(Settings(), context(page))


def card(title: str, day: int, themes: str = "<p>Civic Space</p>") -> str:
    return f"<div>{title}{themes}<p>{WHEN.format(day=day)}</p>{ARROW.format(day=day)}</div>"


def test_furniture_of_every_card_is_no_title() -> None:
    reading = cards(*(card(f"<h3>Talk {day}</h3>", day) for day in range(20, 25)))
    assert [listing.title for listing in reading.listings] == [f"Talk {day}" for day in range(20, 25)]
    assert {listing.themes for listing in reading.listings} == {("Civic Space",)}


def test_card_without_themes_takes_none_of_its_neighbour() -> None:
    (first, second) = cards(card("<h3>Alpha meeting</h3>", 20), card("<h3>Budget night</h3>", 21, "")).listings
    assert (second.title, second.themes) == ("Budget night", ())
    assert first.title == "Alpha meeting"


def test_text_of_the_card_s_own_link_is_its_title() -> None:
    bodies = [card(f'<p>Sponsored</p><a href="/m/{day}">Talk {day}</a><p>Kyiv</p>', day) for day in (20, 21)]
    assert [listing.title for listing in cards(*bodies).listings] == ["Talk 20", "Talk 21"]


def own_page(body: str, title: str = "Alpha meeting", when: str = WHEN.format(day=20)) -> tuple[Listing, ...]:
    listed = f"<h3>Alpha meeting</h3><p>Civic Space</p><p>{WHEN.format(day=20)}</p><a href='/m/1'>Learn more</a>"
    site = {
        "https://events.example/": f"<h1>Open Gov Week Events</h1>{listed}</html>",
        "https://events.example/m/1": f"<p>{title}</p><p>Civic Space — Webinar</p><p>{when}</p>{body}",
    }
    return read(Settings(details=True), context(site)).listings


def test_partners_in_a_text_are_no_host() -> None:
    (found,) = own_page("<p>We talk.</p><p>Partners: the library</p><p>Register.</p><p>Comments are closed.</p>")
    assert (found.location, found.host) == ("", "")
    assert found.description == "We talk.\nPartners: the library\nRegister."


def test_text_goes_on_after_words_that_look_like_the_end() -> None:
    host = "<p>Town hall</p><p>Host Organization and Partners — City</p>"
    text = "<p>Join us for</p><p>Downloads</p><p>and discuss</p><p>Meet the moment with your mayor.</p><p>Last.</p>"
    (found,) = own_page(f"{host}{text}<p>Comments are closed.</p><p>Footer</p>")
    assert found.description == "Join us for\nDownloads\nand discuss\nMeet the moment with your mayor.\nLast."
    assert (found.location, found.host, found.event_type) == ("Town hall", "City", "Webinar")


def test_element_between_the_rows_of_times_ends_nothing() -> None:
    more = "".join(f"<p>Add to calendar</p><p>{WHEN.format(day=day)}</p>" for day in (21, 22))
    found = own_page(f"{more}<p>Add to calendar</p><p>Town hall</p><p>Partner — City</p><p>Text</p>")
    assert [listing.start.date.day for listing in found] == [20, 21, 22]
    assert found[0].host == "City"


def test_own_page_that_states_another_time_is_in_doubt() -> None:
    (found,) = own_page("<p>Text.</p>", when=WHEN.format(day=25))
    assert [(doubt.code, doubt.detail) for doubt in found.findings] == [("detail-time-differs", WHEN.format(day=20))]


def test_own_page_with_another_title_is_still_its_own() -> None:
    (found,) = own_page("<p>Text.</p>", title="Alpha meeting: new title")
    assert (found.title, found.event_type, found.description) == ("Alpha meeting", "Webinar", "Text.")
    assert [(doubt.code, doubt.detail) for doubt in found.findings] == [
        ("detail-title-differs", "Alpha meeting: new title")
    ]


def test_days_count_from_today() -> None:
    assert Settings(dates="today..+2d").days(date(2027, 3, 1)) == tuple(date(2027, 3, day) for day in (1, 2, 3))
    assert Settings(dates="today-1d..today").days(date(2027, 3, 2)) == (date(2027, 3, 1), date(2027, 3, 2))
    day = f"<h1>Open Gov Week Events</h1>{card('<h3>Talk</h3>', 20)}</html>"
    url = "https://x.example/{date}/"
    given = context({"https://x.example/2026-05-20/": day}, url=url, today=date(2026, 5, 20))
    assert read(Settings(dates="today"), given).horizon == Horizon(date(2026, 5, 20), date(2026, 5, 20))
    with pytest.raises(SourceUnreadable, match="count from today"):
        read(Settings(dates="today..+2d"), context(day, url=url))


def test_kind_knows_its_placeholder_for_no_end() -> None:
    def source(**more: object) -> Source:
        common = SourceSettings.model_validate({"id": "a", "kind": "opengovweek", "path": "a.txt", **more})
        return Source(common, Settings(), Path("/nowhere"))

    assert source().no_end_times == (time(5, 30),)
    assert source(no_end_times=[]).no_end_times == ()
    assert source(no_end_times=["00:00"]).no_end_times == (time(0),)
