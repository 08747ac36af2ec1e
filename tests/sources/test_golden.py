"""The listing of 30 May 2024: 75 entries, 70 events, as text and as HTML."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from feedsvc.core.model import Reading
from feedsvc.sources.opengovweek import Settings, read
from tests.sources.helpers import ROOT, context, events

SAMPLE = ROOT / "config/samples/open-gov-week-2024.txt"
GOLDEN = json.loads((ROOT / "tests/golden/open-gov-week-2024.json").read_text(encoding="utf-8"))
GIVEN = ROOT.parent / "shared/data"
FURNITURE = (
    "<nav><a href='/'>Home</a> <a href='/events/All/2024-05-30/'>Events</a></nav>"
    "<select><option>Country</option><option>Chile</option></select>"
)


def text() -> str:
    return SAMPLE.read_text(encoding="utf-8")


def as_html(listing: str, card: str) -> str:
    """The listing as a web page; `card` holds {title}, {themes}, {when}, {link}."""
    cards = []
    for number, entry in enumerate(re.split(r"Learn more\n?", listing.split("\n", 1)[1])[:-1]):
        lines = [line for line in entry.split("\n") if line]
        words = dict.fromkeys(("title", "themes"), "") | {"when": html.escape(lines[-1]), "link": f"/event/e{number}/"}
        if len(lines) == 3:
            words |= {"title": html.escape(lines[0]), "themes": html.escape(lines[1])}
        elif len(lines) == 2:
            words["themes" if entry.startswith("\n\n\n") else "title"] = html.escape(lines[0])
        cards.append(card.format(**words))
    return (
        f"<!doctype html><html><head><title>Events</title></head><body>{FURNITURE}<h1>Open Gov Week Events</h1>"
        f"<div class='filter'>{FURNITURE}</div><main>{''.join(cards)}</main>"
        "<footer><p>For one week in May, everybody meets.</p><p>Comments are closed.</p></footer></body></html>"
    )


CARDS = {
    "plain": "<article><h3>{title}</h3><p>{themes}</p><p>{when}</p><a href='{link}'>Learn more</a></article>",
    "table": "<table><tr><td><b>{title}</b><br>{themes}<br/>{when}<td><a href='{link}'>Learn more</a></table>",
    "one link": "<a href='{link}'><div>{title}</div><div>{themes}</div><span>{when}</span> <div>Learn more →</div></a>",
    "spans": "<a href='{link}'>{title}</a><div>{themes}</div>\n {when}\n <a href='{link}'> Learn  more </a><hr>",
}


def read_page(page: str | bytes) -> Reading:
    return read(Settings(), context(page))


def test_text_listing_gives_the_expected_events() -> None:
    reading = read_page(text())
    assert (len(reading.listings), reading.findings, reading.incomplete) == (75, (), None)
    assert events(reading.listings) == GOLDEN


@pytest.mark.skipif(not GIVEN.is_dir(), reason="the listing as it was handed over is not here")
def test_listing_as_handed_over_gives_the_events_handed_over() -> None:
    page = next(GIVEN.glob("open-gov-week-*.txt")).read_bytes()
    reading = read_page(page)
    assert reading.incomplete is None
    assert events(reading.listings) == json.loads(Path(GIVEN / "expected-events.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_html_listing_gives_the_same_events(card: str) -> None:
    reading = read_page(as_html(text(), card))
    assert (len(reading.listings), reading.findings, reading.incomplete) == (75, (), None)
    assert events(reading.listings) == GOLDEN
    assert [listing.link for listing in reading.listings] == [f"https://events.example/event/e{n}/" for n in range(75)]


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_do_not_matter(line_end: str) -> None:
    assert events(read_page(text().replace("\n", line_end)).listings) == GOLDEN


def test_no_cut_of_the_text_passes_for_a_whole_page_unless_it_falls_between_two_entries() -> None:
    whole = text()
    between = {match.end() for match in re.finditer("Learn more\n*", whole)}
    ends = {end for stop in between for end in range(whole.rindex("Learn more", 0, stop) + len("Learn more"), stop + 1)}
    for at in range(60, len(whole) - 1, 23):
        reading = read_page(whole[:at])
        assert reading.incomplete or at in ends, whole[at - 40 : at]


def test_cut_html_page_is_not_whole() -> None:
    page = as_html(text(), CARDS["plain"])
    assert all(read_page(page[:at]).incomplete for at in range(2000, len(page) - 8, 997))
