"""The Events Calendar: pages that move, end early, or lead astray."""

from __future__ import annotations

import json

import pytest

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import Reading
from feedsvc.sources.tribe import Settings, read
from tests.sources.helpers import Pages, context

URL = "https://city.example/wp-json/tribe/events/v1/events"


def page(*ids: int, following: str | None = None, total: int | None = None) -> str:
    events = [
        {
            "id": number,
            "title": f"Event {number}",
            "start_date": "2024-05-30 15:00:00",
            "end_date": "",
            "timezone": "UTC",
        }
        for number in ids
    ]
    answer: dict[str, object] = {"events": events}
    if following:
        answer["next_rest_url"] = following
    if total is not None:
        answer["total"] = total
    return json.dumps(answer)


def read_pages(*pages: str, url: str = URL) -> Reading:
    return read(
        Settings(), context({url if n == 0 else f"{url}?page={n + 1}": text for n, text in enumerate(pages)}, url=url)
    )


def ids(reading: Reading) -> list[str | None]:
    return [listing.native_id for listing in reading.listings]


def test_all_pages_are_read_and_an_event_on_two_of_them_is_one() -> None:
    reading = read_pages(page(1, 2, following=f"{URL}?page=2", total=3), page(2, 3, total=3))
    assert (ids(reading), reading.incomplete) == (["1", "2", "3"], None)


def test_fewer_events_than_stated_are_incomplete() -> None:
    assert read_pages(page(1, 2, total=3)).incomplete == "2 of 3 events came"


def test_number_may_be_a_text() -> None:
    text = page(1, 2, total=3).replace('"total": 3', '"total": "3"')
    assert read_pages(text).incomplete == "2 of 3 events came"
    assert read_pages(text.replace('"3"', '"many"')).incomplete is None


def test_number_stated_last_counts() -> None:
    reading = read_pages(page(1, 2, following=f"{URL}?page=2", total=3), page(3, total=4))
    assert reading.incomplete == "3 of 4 events came"


def test_page_past_the_end_does_no_harm_when_all_events_came() -> None:
    following = f"{URL}?page=2"
    assert read_pages(page(1, 2, following=following, total=2)).incomplete is None
    assert read_pages(page(1, 2, following=following, total=3)).incomplete == "2 of 3 events came"


def test_page_that_is_no_answer_is_incomplete() -> None:
    reading = read_pages(page(1, following=f"{URL}?page=2", total=2), "<html>Log in</html>")
    assert ids(reading) == ["1"]
    assert "invalid JSON" in (reading.incomplete or "")


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/wp-json/tribe/events/v1/events?page=2",
        "https://city.example:8443/wp-json/tribe/events/v1/events?page=2",
        "https://city.example.evil.example/events",
        "//evil.example/events",
        "file:///etc/passwd",
        "https://[broken/events",
    ],
)
def test_next_page_is_only_ever_asked_for_at_the_source_s_own_host(following: str) -> None:
    given = context({URL: page(1, following=following, total=2)}, url=URL)
    reading = read(Settings(), given)
    assert isinstance(given.fetch, Pages)
    assert all(url.startswith("https://city.example/") for url in given.fetch.asked)
    assert reading.incomplete is not None


def test_next_page_that_names_the_site_by_another_host_is_read() -> None:
    following = f"{URL.replace('city.example', 'www.city.example')}?page=2"
    assert ids(read_pages(page(1, following=following, total=2), page(2, total=2))) == ["1", "2"]


def test_categories_may_be_left_out() -> None:
    event = page(1, total=1).replace('"id": 1', '"id": 1, "categories": [{"name": "Budget"}]')
    (listing,) = read(Settings(categories=False), context({URL: event}, url=URL)).listings
    assert listing.themes == ()


def test_http_in_the_next_address_of_an_https_site_is_mended() -> None:
    reading = read_pages(page(1, following=f"{URL.replace('https', 'http')}?page=2", total=2), page(2, total=2))
    assert (ids(reading), reading.incomplete) == (["1", "2"], None)


def test_pages_that_go_in_a_circle_end() -> None:
    reading = read_pages(page(1, following=f"{URL}?page=2", total=9), page(2, following=f"{URL}?page=2", total=9))
    assert "was read before" in (reading.incomplete or "")


def test_pages_without_an_end_are_left_at_the_limit() -> None:
    site = {URL: page(0, following=f"{URL}?page=1")}
    site |= {f"{URL}?page={n}": page(n, following=f"{URL}?page={n + 1}") for n in range(1, 9)}
    reading = read(Settings(max_pages=3), context(site, url=URL))
    assert ids(reading) == ["0", "1", "2"]
    assert reading.incomplete == "there are more than 3 pages (max_pages)"


def test_first_page_that_is_missing_or_an_error_is_a_failure() -> None:
    with pytest.raises(FetchFailed):
        read_pages()
    with pytest.raises(SourceUnreadable, match="it says 'No route'"):
        read_pages('{"code": "rest_no_route", "message": "No route", "data": {"status": 404}}')


def test_no_events_are_a_whole_answer() -> None:
    assert read_pages(page(total=0)) == Reading((), ids_name_dates=True)
