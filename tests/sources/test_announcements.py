"""What pages announce beside plain JSON-LD: microdata, events within events, broken neighbours, pages of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Horizon, Listing, Reading
from feedsvc.sources.jsonld import Settings, read
from tests.sources.helpers import Pages, context, moment

URL = "https://town.example/events/"
TALK = {"@type": "Event", "name": "Talk", "url": f"{URL}1", "startDate": "2027-03-02T10:00+01:00"}
MICRODATA = """<html><body><div itemscope itemtype="https://schema.org/Event"><h2 itemprop="name">Micro talk</h2>
<a itemprop="url" href="/e/9">more</a><time itemprop="startDate" datetime="2027-05-01T18:00+02:00">1 May</time>
<div itemprop="location" itemscope itemtype="https://schema.org/Place"><b itemprop="name">Hall</b>
<p itemprop="address" itemscope itemtype="https://schema.org/PostalAddress"><span itemprop="addressLocality">Bonn</span>
<meta itemprop="addressCountry" content="DE"></p></div></div></body></html>"""


def page(*blocks: Any, body: str = "") -> str:
    texts = (block if isinstance(block, str) else json.dumps(block) for block in blocks)
    scripts = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    return f"<html><head>{scripts}</head><body>{body}</body></html>"


def reading(*blocks: Any, **settings: Any) -> Reading:
    return read(Settings(**settings), context(page(*blocks), url=URL))


def only(*blocks: Any) -> Listing:
    (listing,) = reading(*blocks).listings
    return listing


def test_microdata_is_read_like_json() -> None:
    found = read(Settings(), context(MICRODATA, url=URL))
    (listing,) = found.listings
    assert (listing.title, listing.link) == ("Micro talk", "https://town.example/e/9")
    assert (listing.location, listing.countries) == ("Hall, Bonn, DE", ("DE",))
    assert moment(listing.start) == "2027-05-01 18:00 offset 2:00:00"
    assert (found.incomplete, found.counted.unaccounted) == (None, 0)


@pytest.mark.parametrize("block", ["", "  \n ", '{"@type": "WebSite", "name": "broken', "<!-- nothing -->"])
def test_empty_or_foreign_broken_block_costs_nothing(block: str) -> None:
    found = reading(TALK, block)
    assert ([listing.title for listing in found.listings], found.incomplete) == (["Talk"], None)


def test_broken_block_of_events_makes_the_reading_incomplete() -> None:
    assert reading(TALK, '{"@type": "Event", "name": "broken').incomplete is not None


def test_one_huge_number_costs_at_most_its_event() -> None:
    block = json.dumps([TALK, {**TALK, "name": "Huge", "url": f"{URL}2", "offers": "N"}]).replace('"N"', "9" * 5_000)
    assert [listing.title for listing in reading(block).listings] == ["Talk", "Huge"]


def test_event_within_an_event_inherits_place_country_and_link() -> None:
    place = {"@type": "Place", "name": "Hall", "address": {"addressCountry": "DE"}}
    inner = [{"@type": "Event", "name": "Open doors", "startDate": f"2027-03-{day:02}T10:00+01:00"} for day in (2, 30)]
    frame = {**TALK, "name": "Open doors", "startDate": "2027-03-02", "location": place, "subEvent": inner}
    found = reading(frame).listings
    assert [listing.start.date.day for listing in found] == [2, 30]
    assert {(one.location, one.countries, one.link) for one in found} == {("Hall, DE", ("DE",), f"{URL}1")}


def test_event_with_other_events_inside_stays_one_itself() -> None:
    inner = {"@type": "Event", "name": "Workshop", "startDate": "2027-03-02T14:00+01:00", "location": "Room 2"}
    found = reading({**TALK, "location": "Hall", "subEvent": [inner]}).listings
    assert [(one.title, one.location) for one in found] == [("Talk", "Hall"), ("Workshop", "Room 2")]


def test_duration_gives_the_end() -> None:
    listing = only({**TALK, "duration": "PT2H30M"})
    assert listing.end is not None
    assert moment(listing.end) == "2027-03-02 12:30 offset 1:00:00"
    assert only({**TALK, "duration": "soon"}).end is None


def test_fraction_behind_a_colon_is_read() -> None:
    assert (
        moment(only({**TALK, "startDate": "2027-05-05T18:30:00:00+02:00"}).start) == "2027-05-05 18:30 offset 2:00:00"
    )


def site(**more: str) -> dict[str, str]:
    links = "".join(f'<a href="/events/{n}">x</a>' for n in (1, 2, 2)) + '<a href="https://evil.example/events/9">x</a>'
    own = {f"{URL}{n}": page({**TALK, "name": f"Talk {n}", "url": f"{URL}{n}"}) for n in (1, 2)}
    return {URL: f"<html>{links}</html>", **own, **more}


def test_links_of_a_list_are_followed_on_its_own_host() -> None:
    given = context(site(), url=URL)
    found = read(Settings(follow="links"), given)
    assert [listing.title for listing in found.listings] == ["Talk 1", "Talk 2"]
    assert isinstance(given.fetch, Pages)
    assert given.fetch.asked == [URL, f"{URL}1", f"{URL}2"]
    assert found.incomplete is None


def test_followed_pages_are_bounded() -> None:
    found = read(Settings(follow="links", max_pages=1), context(site(), url=URL))
    assert found.incomplete == "there are more than 1 pages (max_pages)"
    assert [listing.title for listing in found.listings] == ["Talk 1"]


def test_sitemap_leads_to_the_pages_that_match() -> None:
    sitemap = "https://town.example/sitemap.xml"
    inner = "https://town.example/events.xml"
    urls = "".join(f"<url><loc>{url}</loc></url>" for url in (f"{URL}1", "https://town.example/about", f"{URL}2"))
    pages = site() | {
        sitemap: f"<sitemapindex><sitemap><loc>{inner}</loc></sitemap></sitemapindex>",
        inner: f"<urlset>{urls}</urlset>",
    }
    given = context(pages, url=sitemap)
    found = read(Settings(follow="sitemap", follow_match="/events/"), given)
    assert [listing.title for listing in found.listings] == ["Talk 1", "Talk 2"]
    assert found.horizon == Horizon()


def test_page_without_any_announcement_is_refused() -> None:
    with pytest.raises(SourceUnreadable, match="no JSON-LD and no microdata"):
        read(Settings(), context("<html><body>Events</body></html>", url=URL))


SCHEDULE = {
    "@type": "Event",
    "name": "Open hours",
    "url": f"{URL}hours",
    "startDate": "2027-03-01T18:00+01:00",
    "endDate": "2028-05-30T20:00+02:00",
    "eventSchedule": {
        "@type": "Schedule",
        "repeatFrequency": "P1W",
        "byDay": ["https://schema.org/Monday", "https://schema.org/Wednesday"],
        "startDate": "2027-03-01",
        "endDate": "2027-03-17",
        "startTime": "18:00",
        "endTime": "20:00",
        "exceptDate": ["2027-03-08"],
        "scheduleTimezone": "Europe/Berlin",
    },
}


def scheduled(**changes: Any) -> Reading:
    schedule = {**SCHEDULE["eventSchedule"], **changes}  # type: ignore[dict-item]
    node = {**SCHEDULE, "eventSchedule": {key: value for key, value in schedule.items() if value is not None}}
    return read(Settings(), replace(context(page(node), url=URL), today=date(2027, 3, 5)))


def days(found: Reading) -> list[str]:
    return [moment(one.start).removeprefix("2027-") for one in found.listings]


def test_schedule_is_one_event_for_each_of_its_dates() -> None:
    found = scheduled()
    assert days(found) == [f"03-{day} 18:00 Europe/Berlin" for day in ("01", "03", "10", "15", "17")]
    assert next(moment(one.end) for one in found.listings if one.end) == "2027-03-01 20:00 Europe/Berlin"
    assert (found.counted.seen, found.counted.events, found.counted.unaccounted) == (5, 5, 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"endDate": None, "repeatCount": 2}, ["03-01", "03-03"]),
        ({"byDay": None, "repeatFrequency": "P2W", "endDate": "2027-03-31"}, ["03-01", "03-15", "03-29"]),
        ({"byDay": None, "repeatFrequency": "P1M", "byMonthDay": [1, 15], "endDate": "2027-04-20"},
         ["03-01", "03-15", "04-01", "04-15"]),
        ({"byDay": ["1mo"], "repeatFrequency": "P1M", "endDate": "2027-06-01", "exceptDate": None},
         ["03-01", "04-05", "05-03"]),
    ],
)  # fmt: skip
def test_schedules_repeat_as_they_say(changes: dict[str, Any], expected: list[str]) -> None:
    assert [one[:5] for one in days(scheduled(**changes))] == expected


def test_schedule_without_a_time_or_zone_has_those_of_the_start() -> None:
    bare = {"startTime": None, "endTime": None, "scheduleTimezone": None, "duration": "PT90M"}
    found = scheduled(**bare)
    assert days(found)[:1] == ["03-01 18:00 offset 1:00:00"]
    assert moment(found.listings[0].end or found.listings[0].start) == "2027-03-01 19:30 offset 1:00:00"


@pytest.mark.parametrize("changes", [{"repeatFrequency": "often"}, {"startDate": None}, {"repeatFrequency": "P0D"}])
def test_schedule_that_cannot_be_read_leaves_the_start_and_a_finding(changes: dict[str, Any]) -> None:
    (listing,) = scheduled(**changes).listings
    assert moment(listing.start) == "2027-03-01 18:00 offset 1:00:00"
    assert [doubt.code for doubt in listing.findings] == ["rule-refused"]


def test_endless_schedule_stays_within_the_window() -> None:
    found = scheduled(endDate=None, byDay=None, repeatFrequency="P1D")
    assert found.listings[-1].start.date == date(2029, 3, 1)


def test_frame_of_dated_events_is_counted_as_a_part() -> None:
    frame = {"@type": "Event", "name": "Days", "startDate": "2027-03-01", "endDate": "2027-03-03"}
    frame["subEvent"] = [{"@type": "Event", "startDate": f"2027-03-0{day}T10:00+01:00"} for day in (1, 2)]  # type: ignore[assignment]
    found = reading(frame)
    assert [one.title for one in found.listings] == ["Days", "Days"]
    assert (found.counted.seen, found.counted.parts, found.counted.unaccounted) == (3, 1, 0)
