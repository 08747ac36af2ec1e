"""jCal says the same as iCalendar, property by property, and a spreadsheet runs nothing, and Atom is news."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.bootstrap import Runtime
from feedsvc.feeds.build import facts_of
from feedsvc.feeds.formats.ics import head_and_foot
from feedsvc.feeds.spec import FeedSpec
from feedsvc.ical.write.calendar import CalendarFacts, frame, nearest_css_color
from feedsvc.ical.write.event import vevent
from feedsvc.ical.write.jcal import jcal_vevent
from tests.feeds.readers import ATOM, atom_entries, csv_table, whole_jcal
from tests.ical.samples import NOW, RENDERING, record
from tests.web.site import Site, listing


def comparable(properties: list[list[Any]]) -> dict[str, list[Any]]:
    """Properties by name, without what the library writes differently: types of X- names, its own escaping of them."""
    return {name: [kind, *values] for name, _, kind, *values in properties if not name.startswith("x-")}


def test_jcal_and_icalendar_say_the_same(sample: Runtime) -> None:
    ours = json.loads(sample.documents.document(FeedSpec(), "jcal").body)
    theirs = whole_jcal(sample.documents.document(FeedSpec(), "ics").body)
    assert [one[0] for one in ours[2]] == [one[0] for one in theirs[2]]
    for own, other in zip(ours[2], theirs[2], strict=True):
        assert comparable(own[1]) == comparable(other[1])
    source = json.loads(sample.documents.document(FeedSpec(), "jcal").body)[1]
    assert {one[0] for one in source} == {one[0] for one in theirs[1]}


@given(st.text(max_size=120), st.text(max_size=200), st.lists(st.text(min_size=1, max_size=20), max_size=3))
def test_any_text_comes_back_from_jcal_as_from_icalendar(summary: str, told: str, themes: list[str]) -> None:
    written = vevent(record(summary=summary or "x", description=told, themes=tuple(themes)), RENDERING, NOW)
    framed = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-\r\n" + written + b"END:VCALENDAR\r\n"
    assert comparable(jcal_vevent(written)[1]) == comparable(whole_jcal(framed)[2][0][1])


def test_values_have_the_types_of_rfc_7265(sample: Runtime) -> None:
    head = json.loads(sample.documents.document(FeedSpec(), "jcal").body)[1]
    types = {name: kind for name, _parameters, kind, *_values in head}
    assert types["refresh-interval"] == "duration"
    assert types["source"] == types["url"] == "uri"
    assert types["x-wr-calname"] == "unknown"
    assert types["last-modified"] == "date-time"


def test_frame_that_was_written_before_is_the_one_that_would_be_written_now(sample: Runtime) -> None:
    moments = (datetime(2024, 5, 30, 12, 13, 14, tzinfo=UTC), datetime(1999, 1, 2, tzinfo=timezone(timedelta(hours=5))))
    site, vocabulary = sample.documents.site, sample.documents.vocabulary()
    for moment in moments:
        facts = facts_of(FeedSpec(), "ics", site, vocabulary, moment)
        facts = replace(facts, title="A\\nLAST-MODIFIED:19700101T000000Z", description="x;y,z")
        expected = frame(
            CalendarFacts(
                facts.title, facts.description, facts.page_url, facts.feed_url, moment, facts.refresh_interval,
                nearest_css_color(facts.color), facts.color,
            )
        )  # fmt: skip
        assert head_and_foot(facts) == expected


FORMULAS = ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", " =1", "\t=1", "＝1+1", "|calc", "%0A=1"]
FORMULAS += ["a;=1+1", "b; @c", 'd;"=1+1"', 'e;"" +1', "f,g;-1", '"=1+1"']


@pytest.fixture(scope="module")
def formulas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    day = date(2026, 5, 26)
    made = [
        listing(text, day + timedelta(days=n), host=text, location=text, description=f"A, b\n{text}\n\n{text}")
        for n, text in enumerate(FORMULAS)
    ]
    site = Site(tmp_path_factory.mktemp("formulas"), *made)
    yield site
    site.runtime.close()


def test_no_cell_is_a_formula(formulas: Site) -> None:
    body = formulas.runtime.documents.document(FeedSpec(), "csv").body
    table = csv_table(body)
    assert len(table) == len(FORMULAS)
    cells = [cell for row in table for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "＝", "|", "%"))]
    assert "'=1+1" in cells
    assert "a;'=1+1" in cells


def test_no_cell_is_a_formula_where_semicolons_part_them(formulas: Site) -> None:
    text = formulas.runtime.documents.document(FeedSpec(), "csv").body.decode("utf-8-sig")
    cells = [cell.lstrip(' "') for cell in re.split(r"[;\r\n]", text)]
    assert len(cells) > 6 * len(FORMULAS)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "＝", "|", "%"))]


def test_atom_tells_the_newest_change_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    early, late = listing("Early", date(2026, 5, 26)), listing("Late", date(2026, 5, 28))
    site = Site(tmp_path_factory.mktemp("news"), early, late)
    site.now += timedelta(hours=1)
    site.listings[1] = listing("Late", date(2026, 5, 29))
    site.refresh()
    entries = atom_entries(site.runtime.documents.document(FeedSpec(), "atom").body)
    assert [(one.findtext(f"{ATOM}title"), one.find(f"{ATOM}category").get("term")) for one in entries] == [  # type: ignore[union-attr]
        ("Late", "changed"),
        ("Early", "new"),
    ]
    assert [one.findtext(f"{ATOM}updated") for one in entries] == ["2026-05-20T10:00:00Z", "2026-05-20T09:00:00Z"]
    site.runtime.close()
