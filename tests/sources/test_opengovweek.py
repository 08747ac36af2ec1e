"""Several days of the site, and each event's own page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import Page, Reading
from feedsvc.sources.opengovweek import Settings, read
from tests.sources.helpers import Pages, context, events

URL = "https://opengovweek.org/events/All/{date}/"
DAY_22, DAY_23 = (URL.replace("{date}", f"2024-05-{day}") for day in (22, 23))


def page(*entries: str) -> str:
    return "<!doctype html><h1>Open Gov Week Events</h1>" + "".join(entries) + "<p>Comments are closed.</p></html>"


def entry(title: str, when: str, link: str | None = None, themes: str = "Civic Space") -> str:
    more = f"<a href='{link}'>Learn more</a>" if link else "Learn more"
    return f"<h3>{title}</h3><p>{themes}</p><p>{when}</p><div>{more}</div>"


KENYA_22 = "Kenya — May 22, 2024 @ 9:00am - 11:00am GMT+03:00"
KENYA_23 = "Kenya — May 23, 2024 @ 9:00am - 11:00am GMT+03:00"


def read_days(pages: dict[str, str], **settings: object) -> Reading:
    return read(Settings(dates="2024-05-22..2024-05-23", **settings), context(pages, url=URL))


def test_each_day_has_its_page() -> None:
    reading = read_days(
        {DAY_22: page(entry("A", KENYA_22, "/event/a/")), DAY_23: page(entry("B", KENYA_23, "/event/b/"))}
    )
    assert [listing.title for listing in reading.listings] == ["A", "B"]
    assert reading.incomplete is None


def test_event_on_two_pages_is_one() -> None:
    www = "https://www.opengovweek.org/event/a"
    reading = read_days({DAY_22: page(entry("A", KENYA_22, "/event/a/")), DAY_23: page(entry("A", KENYA_22, www))})
    assert len(reading.listings) == 1


def test_event_without_a_link_on_two_pages_is_one_and_copies_on_one_page_stay() -> None:
    copies = entry("A", KENYA_22) * 2
    reading = read_days({DAY_22: page(entry("A", KENYA_22)), DAY_23: page(copies, entry("B", KENYA_23))})
    assert [event["copies"] for event in events(reading.listings)] == [2, 1]


def test_other_time_under_the_same_link_is_another_listing() -> None:
    link = "/event/a/"
    reading = read_days({DAY_22: page(entry("A", KENYA_22, link)), DAY_23: page(entry("A", KENYA_23, link))})
    assert [listing.start.date.day for listing in reading.listings] == [22, 23]


def test_day_that_cannot_be_fetched_makes_the_reading_incomplete() -> None:
    reading = read_days({DAY_22: page(entry("A", KENYA_22))})
    assert len(reading.listings) == 1
    assert reading.incomplete == f"{DAY_23}: answered 404"


def test_day_that_is_another_page_makes_the_reading_incomplete() -> None:
    reading = read_days({DAY_22: page(entry("A", KENYA_22)), DAY_23: "<html>Please log in</html>"})
    assert reading.incomplete is not None
    assert "not an Open Gov Week listing" in reading.incomplete


def test_day_without_events_is_whole() -> None:
    assert read_days({DAY_22: page(entry("A", KENYA_22)), DAY_23: page()}).incomplete is None


def test_site_that_does_not_answer_is_not_asked_for_the_other_days() -> None:
    asked: list[str | None] = []

    def away(url: str | None = None) -> Page:
        asked.append(url)
        if url == DAY_22:
            return Page(url, page(entry("A", KENYA_22)).encode())
        raise FetchFailed(f"{url}: took longer than 30 s")

    reading = read(Settings(dates="2024-05-22..2024-05-31"), replace(context({}, url=URL), fetch=away))
    assert asked == [DAY_22, DAY_23]
    assert reading.incomplete == f"{DAY_23}: took longer than 30 s"


def test_no_page_at_all_is_a_failure() -> None:
    with pytest.raises(FetchFailed, match="404"):
        read_days({})


@pytest.mark.parametrize(
    ("dates", "url", "words"),
    [(None, URL, "say which days"), ("2024-05-22", "https://opengovweek.org/", "holds no {date}")],
)
def test_dates_and_their_place_in_the_address_need_each_other(dates: str | None, url: str, words: str) -> None:
    with pytest.raises(SourceUnreadable, match=words):
        read(Settings(dates=dates), context({}, url=url))


@pytest.mark.parametrize(
    "dates",
    ["2024-05-31..2024-05-22", "2024-05-22..2025-05-22", "22 May 2024", "2024-02-30", "2024-05-22...2024-05-23"],
)
def test_range_that_makes_no_sense_is_refused(dates: str) -> None:
    with pytest.raises(ValidationError):
        Settings(dates=dates)


DETAIL = """<!doctype html><html><head><title>x</title></head><body><nav>Home</nav>
<h1>Temara – open doors</h1><p>Public Participation — Seminar/Panel</p>
<p>Morocco — May 22, 2024 @ 9:00am - 11:00am GMT-00:00</p>
<p>Morocco — May 23, 2024 @ 9:00am - 11:00am GMT-00:00</p>
<p>Morocco — May 23, 2024 @ 9:00am - 11:00am</p>
<p>Town hall, first floor</p><p>Host Organization and Partners — Commune of Temara</p>
<p>https://temara.example/</p><p>SHARE</p><p>We open the doors.</p><p>Bring a friend.</p>
<p>Downloads</p><p>poster.pdf</p><p>Comments are closed.</p></body></html>"""
LINK = "https://opengovweek.org/event/temara/"
LISTED = entry("Temara - open doors", "Morocco — May 22, 2024 @ 9:00am - 11:00am GMT-00:00", LINK)


def read_details(detail: str | None, listing: str = LISTED) -> Reading:
    site = {"https://events.example/": page(listing)} | ({LINK: detail} if detail is not None else {})
    return read(Settings(details=True), context(site))


def test_detail_page_gives_place_host_text_type_and_every_time() -> None:
    first, second = read_details(DETAIL).listings
    assert (first.start.date.day, second.start.date.day) == (22, 23)
    assert second.start.offset is not None, "the row with an offset is kept"
    assert (first.link, second.link) == (LINK, LINK)
    assert first.location == "Town hall, first floor"
    assert first.host == "Commune of Temara"
    assert first.event_type == "Seminar/Panel"
    assert first.description == "https://temara.example/\nWe open the doors.\nBring a friend."
    assert first.title == "Temara - open doors", "the listing's title stays"


def test_each_detail_page_is_fetched_once() -> None:
    later = entry("Temara - open doors", "Morocco — May 23, 2024 @ 9:00am - 11:00am GMT-00:00", LINK + "?utm_source=x")
    given = context({"https://events.example/": page(LISTED, later), LINK: DETAIL})
    assert len(read(Settings(details=True), given).listings) == 2
    assert isinstance(given.fetch, Pages)
    assert given.fetch.asked.count(LINK) == 1


@pytest.mark.parametrize(
    "detail",
    [
        None,
        "",
        "<html><p>We use cookies.</p><h1>Temara – open doors</h1><p>We open the doors.</p></html>",
        page(entry("Another event", KENYA_22)),
    ],
    ids=["not found", "empty", "without a date", "the home page"],
)
def test_detail_page_that_says_nothing_costs_nothing(detail: str | None) -> None:
    reading = read_details(detail)
    (listing,) = reading.listings
    assert listing.listed == "Morocco — May 22, 2024 @ 9:00am - 11:00am GMT-00:00"
    assert [finding.code for finding in listing.findings] == ["detail-failed"]
    assert reading.incomplete is None


def test_older_detail_page_names_the_partner() -> None:
    (listing,) = read_details(
        "<html><h1>Temara - open doors</h1><p>Justice — Webinar</p><p>May 22, 2022 @ 9:00am - 11:00am</p>"
        "<p>Partner — Ministry</p><p>Text</p><p>Leave a Reply</p><p>Your address</p></html>"
    ).listings
    assert (listing.host, listing.event_type, listing.description) == ("Ministry", "Webinar", "Text")


def test_site_that_refuses_its_detail_pages_is_left_alone_after_three() -> None:
    listed = [entry(f"Event {n}", KENYA_22, f"/event/{n}/") for n in range(9)]
    given = context({"https://events.example/": page(*listed)})
    reading = read(Settings(details=True), given)
    assert isinstance(given.fetch, Pages)
    assert len(given.fetch.asked) == 1 + 3
    assert len(reading.listings) == 9
    assert reading.incomplete == "3 detail pages in a row could not be fetched"


@pytest.mark.parametrize(
    ("status", "days"), [(None, [22, 23]), (500, [22, 23]), (403, [22, 23]), (404, [22]), (410, [22])]
)
def test_detail_page_that_cannot_be_had_now_says_what_it_said_before(status: int | None, days: list[int]) -> None:
    site = Pages({"https://events.example/": page(LISTED)})

    def fetch(url: str | None = None) -> Page:
        if url == LINK:
            raise FetchFailed("not now", status=status)
        return site(url)

    given = replace(context({}), fetch=fetch, recall=lambda url: Page(url, DETAIL.encode()))
    reading = read(Settings(details=True), given)
    assert [listing.start.date.day for listing in reading.listings] == days
    assert reading.incomplete is None
    if days == [22, 23]:
        assert reading.listings == read_details(DETAIL).listings, "nobody sees a difference"
        assert [finding.code for finding in reading.findings] == ["detail-failed"]


def test_site_that_refuses_its_detail_pages_is_left_alone_though_they_are_known() -> None:
    listed = [entry(f"Event {n}", KENYA_22, f"/event/{n}/") for n in range(9)]
    given = context({"https://events.example/": page(*listed)})
    reading = read(Settings(details=True), replace(given, recall=lambda url: Page(url, DETAIL.encode())))
    assert reading.incomplete == "3 detail pages in a row could not be fetched"
