"""An address is enough: its kind is found, tried, and given as a block to paste."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from feedsvc.core.errors import FetchFailed, RequestError, SourceUnreadable
from feedsvc.core.model import Page
from feedsvc.fetch.client import NO_VALIDATORS, Response, Validators
from feedsvc.services.probe import Probe, probe
from tests.refresh.world import World

ICS = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Talk\nDTSTART:20270301T100000Z\nEND:VEVENT\nEND:VCALENDAR\n"
LD = '<script type="application/ld+json">{"@type": "Event", "name": "Talk", "startDate": "2027-03-01"}</script>'
TRIBE = """{"events": [{"id": 1, "title": "Talk", "url": "https://x.example/1", "start_date": "2027-03-01 10:00:00",
"timezone": "Europe/Kyiv"}], "rest_url": "https://x.example/wp-json/tribe/events/v1/events", "total": 1}"""
OGW = """<html><h1>Open Gov Week Events</h1><h3>Talk</h3><p>Civic Space</p>
<p>Ukraine — May 3, 2027 @ 9:00am - 6:00pm GMT+02:00</p><a href="/1">Learn more</a></html>"""
URL = "https://x.example/events"
SITES = {
    "ics": {URL: ICS},
    "jsonld": {URL: f"<html><head>{LD}</head></html>"},
    "tribe": {URL: TRIBE},
    "opengovweek": {URL: OGW},
    "json": {URL: '{"data": {"events": [{"id": 1, "name": "Talk", "startDate": "2027-03-01 10:00", "url": "/1"}]}}'},
    "csv": {URL: "Event name;Start_date;City;Website\nTalk;01.03.2027;Kyiv;x.example/1\n"},
}


def find(tmp_path: Path, site: dict[str, str], url: str = URL) -> Probe:
    def get(address: str, _validators: Validators | None, _agent: str | None = None, /) -> Response:
        if address not in site:
            raise FetchFailed(f"{address}: answered 404", status=404)
        content = site[address].encode()
        return Response(Page(address, content), False, NO_VALIDATORS, None, len(content))

    return probe(World(tmp_path, get=get).context, url, timezone="Europe/Kyiv", country="ua")


@pytest.mark.parametrize("kind", sorted(SITES))
def test_kind_is_found_and_tried(kind: str, tmp_path: Path) -> None:
    found = find(tmp_path, SITES[kind])
    (source,) = tomllib.loads(found.block)["source"]
    assert (source["kind"], source["url"], source["timezone"], source["country"]) == (kind, URL, "Europe/Kyiv", "ua")
    assert [event.summary for event in found.trial.events] == ["Talk"]
    assert found.trial.ledger.seen == 1


def test_column_of_times_is_guessed_beside_that_of_days(tmp_path: Path) -> None:
    site = {URL: "Name;StartDate;Begins;Kategorie\nTalk;03/04/2027;9.30;Budget\n"}
    (source,) = tomllib.loads(find(tmp_path, site).block)["source"]
    assert source["columns"] == {"title": "Name", "start": "StartDate", "time": "Begins", "themes": "Kategorie"}


def test_paths_of_an_answer_are_guessed(tmp_path: Path) -> None:
    (source,) = tomllib.loads(find(tmp_path, SITES["json"]).block)["source"]
    assert source["items"] == "data.events"
    assert source["paths"] == {"id": "id", "title": "name", "start": "startDate", "link": "url"}


def test_page_of_squarespace_is_read_by_its_answer(tmp_path: Path) -> None:
    answer = '{"upcoming": [{"id": "1", "title": "Talk", "startDate": 1810670400000, "fullUrl": "/events/talk"}]}'
    page = '<html><script src="https://static1.squarespace.com/a.js"></script><h1>Events</h1></html>'
    found = find(tmp_path, {URL: page, f"{URL}?format=json": answer})
    assert (found.source.common.kind, found.source.common.url) == ("json", f"{URL}?format=json")
    assert [event.summary for event in found.trial.events] == ["Talk"]


def test_columns_of_a_table_are_guessed(tmp_path: Path) -> None:
    (source,) = tomllib.loads(find(tmp_path, SITES["csv"]).block)["source"]
    assert source["columns"] == {"title": "Event name", "start": "Start_date", "link": "Website"}


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('<a href="/all.ics">Subscribe</a>', "https://x.example/all.ics"),
        ('<link rel="alternate" type="text/calendar" href="/cal?x=1">', "https://x.example/cal?x=1"),
        (
            '<iframe src="https://calendar.google.com/calendar/embed?src=a%40b.example"></iframe>',
            "https://calendar.google.com/calendar/ical/a%40b.example/public/basic.ics",
        ),
    ],
)
def test_page_that_links_a_calendar_leads_to_it(link: str, address: str, tmp_path: Path) -> None:
    found = find(tmp_path, {URL: f"<html><body>{link}</body></html>", address: ICS})
    assert (found.source.common.kind, found.source.common.url) == ("ics", address)


def test_calendar_that_cannot_be_had_gives_way_to_what_the_page_announces(tmp_path: Path) -> None:
    found = find(tmp_path, {URL: f'<html><head>{LD}</head><a href="/gone.ics">x</a></html>'})
    assert found.source.common.kind == "jsonld"
    assert found.passed_over == ("ics: https://x.example/gone.ics: answered 404",)


def test_page_with_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no calendar, table or announced event"):
        find(tmp_path, {URL: "<html><body>Hello</body></html>"})
    with pytest.raises(FetchFailed, match="404"):
        find(tmp_path, {})
    with pytest.raises(RequestError, match="url"):
        find(tmp_path, {}, "gopher://x.example/")
