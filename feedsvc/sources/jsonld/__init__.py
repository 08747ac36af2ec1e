"""Events that a web page announces to search engines: schema.org Event in JSON-LD.

The hardest case is a page whose JSON is almost right: a comma too many, a block in a comment. What can be mended
without guessing is; a block that cannot be read makes the reading incomplete, and the other blocks go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.html_text import html_to_text
from feedsvc.core.model import EventStatus, Finding, Horizon, Ledger, Listing, Page, Present, Reading, sorted_out
from feedsvc.core.stated_time import when_words
from feedsvc.core.text import canonical_url, clean_line, cut, fold, safe_url
from feedsvc.sources.base import Context, KindSettings
from feedsvc.sources.jsonld.nodes import (
    Node,
    blocks,
    event_nodes,
    is_linked_data,
    raw_text,
    read_places,
    text_of,
    type_in_words,
)
from feedsvc.sources.parsing.datetimes import end_after, read_moment, whole_days
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.json import many, read_careless_json
from feedsvc.sources.parsing.links import absolute
from feedsvc.sources.parsing.status import read_status

MAX_EVENTS = 20_000


class Settings(KindSettings):
    """The keys of `jsonld` beside those of every source."""

    keywords: bool = False
    """Use an event's keywords as its themes. Many pages fill them for search engines only."""


def read(settings: Settings, context: Context) -> Reading:
    """Read the page. Raises SourceUnreadable when it holds no JSON-LD at all."""
    page = context.fetch()
    text, findings = decode(page)
    found = blocks(text)
    if not found:
        begins = cut(clean_line(text[:200]), 60)
        raise SourceUnreadable(f"{page.url}: no JSON-LD ({len(page.content)} bytes, begins with {begins!r})")
    values, broken = _values(found)
    if not any(is_linked_data(value) for value in values):
        reason = broken[-1].detail if broken else "it has no @type"
        raise SourceUnreadable(f"{page.url}: nothing of its JSON-LD can be read: {reason}")
    nodes = [node for value in values for node in event_nodes(value)]
    doubts = [*findings, *broken]
    if len(nodes) > MAX_EVENTS:
        doubts.append(Finding("too-many-events", f"{len(nodes)}, {MAX_EVENTS} read"))
    outcomes = [_listing(node, settings, page) for node in nodes[:MAX_EVENTS]]
    read_ones, present = sorted_out(outcomes)
    listings = tuple(_fullest(read_ones))
    copies, beyond = len(read_ones) - len(listings), len(nodes) - len(outcomes)
    ledger = Ledger.of(listings, present, seen=len(nodes), parts=copies, omitted=beyond)
    incomplete = f"more than {MAX_EVENTS} events" if beyond else _why_incomplete(text, len(broken))
    return Reading(listings, tuple(doubts), incomplete, present, Horizon(to_last_listing=True), ledger)


def _values(texts: list[str]) -> tuple[list[Any], list[Finding]]:
    """The values of the blocks, and a finding for each block that has none."""
    values: list[Any] = []
    broken: list[Finding] = []
    for number, text in enumerate(texts, 1):
        try:
            values.append(read_careless_json(text))
        except ValueError as error:
            broken.append(Finding("unreadable", cut(clean_line(f"block {number} of JSON-LD: {error}"), 200)))
    return values, broken


def _why_incomplete(text: str, broken: int) -> str | None:
    if broken:
        return f"{broken} of the blocks of JSON-LD cannot be read"
    is_page = "<script" in text[:1_000_000].lower()
    return "the page has no </html>" if is_page and "</html" not in text[-2000:].lower() else None


def _listing(node: Node, settings: Settings, page: Page) -> Listing | Present:
    title = text_of(node.get("name"))
    stated = text_of(node.get("startDate"))
    start = read_moment(stated)
    if start is None:
        doubt = Finding("unreadable" if stated else "undated", cut(f"{title or 'an event'}: {stated}", 200))
        return Present(doubt, title or None, _id(node), _link(node, page.url))
    start, end = whole_days(start, end_after(start, read_moment(text_of(node.get("endDate")))))
    status, doubts = _status(node)
    location, countries = read_places(node.get("location"))
    return Listing(
        title=title or None,
        start=start,
        end=end,
        listed=when_words(start, end),
        themes=tuple(_keywords(node)) if settings.keywords else (),
        countries=countries,
        native_id=_id(node),
        link=_link(node, page.url),
        description=html_to_text(raw_text(node.get("description"))),
        location=location,
        host=", ".join(dict.fromkeys(filter(None, (text_of(one) for one in many(node.get("organizer")))))),
        event_type=type_in_words(node),
        status=status,
        findings=doubts,
    )


def _status(node: Node) -> tuple[EventStatus, tuple[Finding, ...]]:
    """Of several states the one that matters most to attendees."""
    stated = many(node.get("eventStatus"))
    words = [text_of(one.get("@id") or one if isinstance(one, dict) else one) for one in stated]
    found = [read_status(word) for word in words]
    return next((one for one in found if one[0] is not EventStatus.CONFIRMED), (EventStatus.CONFIRMED, ()))


def _id(node: Node) -> str | None:
    """The event's own id, where it is one for the whole web; "#event" and "_:b0" are only good on their page."""
    name = text_of(node.get("@id"))
    return name if safe_url(name) else None


def _link(node: Node, base_url: str) -> str | None:
    for key in ("url", "mainEntityOfPage"):
        for one in many(node.get(key)):
            link = absolute(text_of(one.get("@id") if isinstance(one, dict) else one), base_url)
            if safe_url(link):
                return link
    return _id(node)


def _keywords(node: Node) -> Iterator[str]:
    stated = many(node.get("keywords"))
    names = (name.strip() for one in stated for name in text_of(one).split("," if len(stated) == 1 else "\n"))
    return (name for name in dict.fromkeys(names) if name)


def _fullest(listings: Iterable[Listing]) -> list[Listing]:
    """Each event once: of several with one title and time that may be the same, the one that says most."""
    kept: list[Listing] = []
    places: dict[tuple[object, ...], list[int]] = {}
    for listing in listings:
        alike = places.setdefault((fold(listing.title or ""), listing.start.date, listing.start.time), [])
        at = next((n for n in alike if _may_be_one(kept[n], listing)), None)
        if at is None:
            alike.append(len(kept))
            kept.append(listing)
        elif _size(listing) > _size(kept[at]):
            kept[at] = listing
    return kept


def _may_be_one(one: Listing, other: Listing) -> bool:
    """Return True if nothing sets them apart: link and place are equal where both state them."""
    links = [canonical_url(link) for link in (one.link, other.link) if link]
    return len(set(links)) < 2 and (not one.location or not other.location or one.location == other.location)


def _size(listing: Listing) -> int:
    texts = (listing.title or "", listing.description, listing.location, listing.host, listing.link or "")
    return sum(map(bool, texts)) * 100_000 + sum(map(len, texts)) + bool(listing.end)
