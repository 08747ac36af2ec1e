"""Events that web pages announce to search engines: schema.org Event in JSON-LD and in microdata.

The hardest case is a page whose JSON is almost right: a comma too many, a block in a comment. What can be mended
without guessing is; a block of events that cannot be read makes the reading incomplete, and the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.html_text import html_to_text
from feedsvc.core.model import (
    EventStatus,
    Finding,
    Horizon,
    Ledger,
    Listing,
    Page,
    Present,
    Reading,
    Stated,
    sorted_out,
)
from feedsvc.core.stated_time import when_words
from feedsvc.core.text import canonical_url, clean_line, cut, fold, safe_url
from feedsvc.sources.base import Context, KindSettings
from feedsvc.sources.jsonld.follow import follow, links_of, sitemap_links
from feedsvc.sources.jsonld.microdata import microdata_nodes
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
from feedsvc.sources.parsing.datetimes import end_after, read_duration, read_moment, whole_days
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.json import many, read_careless_json
from feedsvc.sources.parsing.links import absolute
from feedsvc.sources.parsing.status import read_status

MAX_EVENTS = 20_000


class Settings(KindSettings):
    """The keys of `jsonld` beside those of every source."""

    keywords: bool = False
    """Use an event's keywords as its themes. Many pages fill them for search engines only."""
    follow: Literal["links", "sitemap"] | None = None
    """Read each event's own page too: those that the page links, or those that it, a sitemap, names."""
    follow_match: str = ""
    """Words that an address must hold to be followed, such as "/event/"."""
    max_pages: int = Field(200, ge=1, le=1_000)
    """Pages of events that are followed at most."""


@dataclass(slots=True)
class _Harvest:
    """What the pages announce. `nodes` stand with their page; `is_data` tells that one had JSON-LD or microdata."""

    nodes: list[tuple[Node, Page]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    broken: int = 0
    is_data: bool = False

    def take(self, page: Page) -> str:
        """Take in the announcements of a page, and give its text."""
        text, findings = decode(page)
        self.findings.extend(findings)
        values, broken = _values(blocks(text))
        values = [one for one in values if is_linked_data(one)] + list(microdata_nodes(text, page.url))
        self.findings.extend(doubt for doubt, _ in broken)
        self.broken += sum(is_about_events for _, is_about_events in broken)
        self.is_data = self.is_data or bool(values)
        self.nodes.extend((node, page) for value in values for node in event_nodes(value))
        return text


def read(settings: Settings, context: Context) -> Reading:
    """Read the page, and those it names. Raises SourceUnreadable when nothing announces anything."""
    page = context.fetch()
    harvest = _Harvest()
    incomplete: str | None = None
    if settings.follow == "sitemap":
        links = sitemap_links(page, settings.follow_match, context)
    else:
        text = harvest.take(page)
        incomplete = _why_incomplete(text, harvest.broken)
        links = links_of(page, settings.follow_match)
    if settings.follow:
        incomplete = follow(links, page, context, settings.max_pages, harvest.take) or incomplete
    if not harvest.is_data:
        begins = cut(clean_line(decode(page)[0][:200]), 60)
        if harvest.findings and harvest.broken:
            raise SourceUnreadable(f"{page.url}: nothing of its JSON-LD can be read: {harvest.findings[-1].detail}")
        size = len(page.content)
        raise SourceUnreadable(f"{page.url}: no JSON-LD and no microdata ({size} bytes, begins with {begins!r})")
    return _reading(harvest, settings, incomplete)


def _reading(harvest: _Harvest, settings: Settings, incomplete: str | None) -> Reading:
    nodes, doubts = harvest.nodes, harvest.findings
    outcomes = [_listing(node, settings, page) for node, page in nodes[:MAX_EVENTS]]
    read_ones, present = sorted_out(outcomes)
    listings = tuple(_fullest(read_ones))
    copies, beyond = len(read_ones) - len(listings), len(nodes) - len(outcomes)
    if beyond:
        doubts.append(Finding("too-many-events", f"{beyond} left out, {MAX_EVENTS} read"))
        incomplete = f"more than {MAX_EVENTS} events"
    ledger = Ledger.of(listings, present, seen=len(nodes), parts=copies, omitted=beyond)
    horizon = Horizon(to_last_listing=settings.follow != "sitemap")
    return Reading(listings, tuple(doubts), incomplete, present, horizon, ledger)


def _values(texts: list[str]) -> tuple[list[Any], list[tuple[Finding, bool]]]:
    """The values of the blocks; of each block that has none a finding, and whether it speaks of events."""
    values: list[Any] = []
    broken: list[tuple[Finding, bool]] = []
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        try:
            values.append(read_careless_json(text))
        except ValueError as error:
            doubt = Finding("unreadable", cut(clean_line(f"block {number} of JSON-LD: {error}"), 200))
            broken.append((doubt, "Event" in text or "startDate" in text))
    return values, broken


def _why_incomplete(text: str, broken: int) -> str | None:
    if broken:
        return f"{broken} of the blocks of JSON-LD cannot be read"
    is_page = "<script" in text[:1_000_000].lower() or "itemscope" in text
    return "the page has no </html>" if is_page and "</html" not in text[-2000:].lower() else None


def _listing(node: Node, settings: Settings, page: Page) -> Listing | Present:
    title = text_of(node.get("name"))
    stated = text_of(node.get("startDate"))
    start = read_moment(stated)
    if start is None:
        doubt = Finding("unreadable" if stated else "undated", cut(f"{title or 'an event'}: {stated}", 200))
        return Present(doubt, title or None, _id(node), _link(node, page.url))
    start, end = whole_days(start, end_after(start, _end(node, start)))
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


def _end(node: Node, start: Stated) -> Stated | None:
    """The stated end, else the start and the stated duration (ISO 8601: PT2H)."""
    stated = read_moment(text_of(node.get("endDate")))
    length = read_duration(text_of(node.get("duration")))
    if stated is not None or length is None or start.time is None:
        return stated
    end = datetime.combine(start.date, start.time, UTC) + length
    return replace(start, date=end.date(), time=end.time())


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
