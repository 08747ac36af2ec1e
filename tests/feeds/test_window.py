"""The window of a calendar: what is coming and the past of twelve months always, what is older while there is room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core.model import Listing, Stated
from feedsvc.feeds.build import first_moment, past_since, within
from feedsvc.feeds.exports import FeedExports
from feedsvc.store.feeds import Row
from tests.web.site import Site, listing

SINCE = 1_000
ROWS = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(1, 50).map(lambda size: b"x" * size), st.just(0)), max_size=40
).map(sorted)


@given(ROWS, st.integers(0, 1_000))
def test_window_holds_what_is_new_whole_and_as_much_of_the_old_as_has_room(rows: list[Row], fill: int) -> None:
    first = first_moment(rows, SINCE, fill)
    held = rows if first is None else list(within(rows, first, SINCE))
    assert [row for row in rows if row[0] >= SINCE] == [row for row in held if row[0] >= SINCE]
    older = [row for row in held if row[0] < SINCE]
    left_out = [row for row in rows if row not in held]
    if older:
        assert sum(len(row[1]) for row in held) <= fill
    if left_out:
        newest = max(row[0] for row in left_out)
        assert all(row[0] > newest for row in held)
        room = fill - sum(len(row[1]) for row in held)
        assert sum(len(row[1]) for row in left_out if row[0] == newest) > room


def test_event_that_began_long_ago_and_was_still_on_counts_by_its_end() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    since = past_since(now)
    start = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
    on = b"BEGIN:VEVENT\r\nUID:a\r\nDTEND;VALUE=DATE:20261231\r\nEND:VEVENT\r\n"
    over = on.replace(b"DTEND;VALUE=DATE:20261231", b"DTEND:20250102T030405Z")
    rows: list[Row] = [(start, on, 0), (start, over, 0)]
    first = first_moment(rows, since, 0)
    assert first is not None
    assert list(within(rows, first, since)) == [(start, on, 0)]


WEEKS = [date(2022 + year, 3, 1) for year in range(5)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Five yearly weeks of 400 events, each read when it was announced, three months before it."""
    made = Site(tmp_path_factory.mktemp("weeks"), now=datetime(2021, 12, 1, 9, tzinfo=UTC))
    for week in WEEKS:
        made.now = datetime(week.year - 1, 12, 1, 9, tzinfo=UTC)
        made.listings = [_listed(week, number) for number in range(400)]
        made.refresh()
        made.now += timedelta(days=150)
        made.listings = [_listed(week, number) for number in range(400)]
        made.refresh()
    return made


def _listed(week: date, number: int) -> Listing:
    day, hour = week + timedelta(days=number % 7), 8 + number // 7 % 12
    return listing(
        f"A talk on the open government of city number {number} in the year {week.year}",
        start=Stated(day, time(hour), offset=timedelta(hours=-3)),
        end=Stated(day, time(hour + 1), offset=timedelta(hours=-3)),
        link=f"https://www.example.org/events/{week.year}/a-talk-number-{number}",
        native_id=f"{week.year}-{number}",
        countries=(("Chile", "Kenya", "France", "Japan")[number % 4],),
        description="Who decides, who pays, who looks. " * 2,
        location="City hall, first floor",
    )


def uids(body: bytes) -> set[bytes]:
    return {line for line in body.split(b"\r\n") if line.startswith(b"UID:")}


def test_five_yearly_weeks_of_400_events_stay_below_800_kb_with_all_that_matters(site: Site) -> None:
    body = site.client.get("/all.ics").get_data()
    assert 650_000 < len(body) < 800_000
    whole = site.client.get("/all.json").get_json()["events"]
    assert len(whole) == 2_000
    last_change = max(event["modified"] for event in whole)
    year_before = f"{int(last_change[:4]) - 1}{last_change[4:]}"
    wanted = {f"UID:{event['uid']}".encode() for event in whole if event["start"] >= year_before}
    assert len(wanted) >= 400
    assert wanted <= uids(body)
    assert site.client.get("/all.jcal").get_data().count(b'\n["vevent"') == body.count(b"BEGIN:VEVENT")


def test_feed_of_a_year_holds_what_the_window_leaves_out(site: Site) -> None:
    left_out = uids(site.client.get("/year/2022.ics").get_data()) - uids(site.client.get("/all.ics").get_data())
    assert left_out
    assert site.client.get("/year/2022.ics").get_data().count(b"BEGIN:VEVENT") == 400


def test_window_does_not_move_with_the_clock(site: Site) -> None:
    before = site.client.get("/all.ics").get_data()
    site.now += timedelta(days=400)
    site.runtime.documents.lru.clear()
    assert site.client.get("/all.ics").get_data() == before
    site.now -= timedelta(days=400)


@pytest.mark.parametrize("extension", ["ics", "jcal", "json"])
def test_streamed_feed_has_the_bytes_of_the_built_one(site: Site, extension: str) -> None:
    spec = site.runtime.documents.find("/all").spec
    with site.runtime.documents.streamed(spec, extension) as pieces:
        assert b"".join(pieces) == site.client.get(f"/all.{extension}").get_data()


def test_years_are_published_as_files_where_a_feed_was_cut(site: Site) -> None:
    paths = {file.path for file in site.runtime.exports.feed_files((), (0, "")).feed_files}
    assert {"all.ics", "year/2022.ics", "year/2026.ics", "country/cl.ics"} <= paths
    assert "country/cl/year/2022.ics" not in paths
    assert not any(path.startswith("country/cl/region") for path in paths)
    narrow = replace(site.runtime.documents.site, fill_bytes=300_000)
    exports = FeedExports(site.runtime.store, site.runtime.dimensions, narrow, "")
    assert "country/cl/year/2022.ics" in {file.path for file in exports.feed_files((), (0, "")).feed_files}
