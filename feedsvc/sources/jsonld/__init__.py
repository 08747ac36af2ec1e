"""Events that web pages announce to search engines: schema.org Event in JSON-LD and in microdata.

The hardest case is a page whose JSON is almost right: a comma too many, a block in a comment. What can be mended
without guessing is; a block of events that cannot be read makes the reading incomplete, and the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

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
from feedsvc.sources.jsonld.nodes import (
    Node,
    announcements,
    event_nodes,
    raw_text,
    read_places,
    text_of,
    type_in_words,
)
from feedsvc.sources.jsonld.schedule import Occurrence, occurrences
from feedsvc.sources.parsing.datetimes import end_after, read_duration, read_moment, whole_days
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.values import absolute, many, read_status

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
    """Announcements of pages. `nodes` stand with their page; `is_data` tells that one had JSON-LD or microdata.

    `frames` counts events that only frame others.
    """

    nodes: list[tuple[Node, Page]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    broken: int = 0
    frames: int = 0
    is_data: bool = False

    def take(self, page: Page) -> str:
        """Take in the announcements of a page, and give its text."""
        text, findings = decode(page)
        self.findings.extend(findings)
        values, broken = announcements(text, page.url)
        self.findings.extend(doubt for doubt, _ in broken)
        self.broken += sum(is_about_events for _, is_about_events in broken)
        self.is_data = self.is_data or bool(values)
        for node, is_frame in (found for value in values for found in event_nodes(value)):
            if is_frame:
                self.frames += 1
            else:
                self.nodes.append((node, page))
        return text

    def reading(self, settings: Settings, context: Context, incomplete: str | None) -> Reading:
        """Read every announcement, and every date of those with a schedule."""
        outcomes: list[Listing | Present] = []
        read = 0
        for node, page in self.nodes:
            if len(outcomes) >= MAX_EVENTS:
                break
            has_zone = bool(context.zone or context.country or read_places(node.get("location"))[1])
            times, doubt = occurrences(node, context.today, has_zone=has_zone)
            outcomes += [_listing(node, settings, page, one, doubt) for one in times or (None,)]
            if doubt is not None and not times:  # its other dates are there, and cannot be read
                outcomes.append(Present(doubt, None, _id(node), _link(node, page.url)))
            read += 1
        read_ones, present = sorted_out(outcomes)
        listings = tuple(_fullest(read_ones))
        copies, beyond = len(read_ones) - len(listings), len(self.nodes) - read
        if beyond:
            self.findings.append(Finding("too-many-events", f"{beyond} left out, {len(outcomes)} read"))
            incomplete = f"more than {MAX_EVENTS} events"
        parts, seen = copies + self.frames, len(outcomes) + beyond + self.frames
        ledger = Ledger.of(listings, present, seen=seen, parts=parts, omitted=beyond)
        horizon = Horizon(to_last_listing=settings.follow != "sitemap")
        return Reading(listings, tuple(self.findings), incomplete, present, horizon, ledger)


def read(settings: Settings, context: Context) -> Reading:
    """Read the page, and those it names. Raises SourceUnreadable when nothing announces anything."""
    page = context.fetch()
    harvest = _Harvest()
    incomplete: str | None = None
    if settings.follow == "sitemap":
        links = sitemap_links(page, settings.follow_match, context)
    else:
        text = harvest.take(page)
        is_page = "<script" in text[:1_000_000].lower() or "itemscope" in text
        if harvest.broken:
            incomplete = f"{harvest.broken} of the blocks of JSON-LD cannot be read"
        elif is_page and "</html" not in text[-2000:].lower():
            incomplete = "the page has no </html>"
        links = links_of(page, settings.follow_match)
    if settings.follow:
        incomplete = follow(links, page, context, settings.max_pages, harvest.take) or incomplete
    if not harvest.is_data:
        begins = cut(clean_line(decode(page)[0][:200]), 60)
        if harvest.findings and harvest.broken:
            raise SourceUnreadable(f"{page.url}: nothing of its JSON-LD can be read: {harvest.findings[-1].detail}")
        size = len(page.content)
        raise SourceUnreadable(f"{page.url}: no JSON-LD and no microdata ({size} bytes, begins with {begins!r})")
    return harvest.reading(settings, context, incomplete)


def _listing(
    node: Node, settings: Settings, page: Page, planned: Occurrence | None, doubt: Finding | None
) -> Listing | Present:
    """The listing of a node, of one date of its schedule where it has one (`planned`)."""
    title = text_of(node.get("name"))
    stated = text_of(node.get("startDate"))
    start = planned[0] if planned else read_moment(stated)
    if start is None:
        fault = Finding("unreadable" if stated else "undated", cut(f"{title or 'an event'}: {stated}", 200))
        return Present(fault, title or None, _id(node), _link(node, page.url))
    start, end = whole_days(start, end_after(start, planned[1] if planned else _end(node, start)))
    # Of several states the one that matters most to attendees.
    states = [one.get("@id") or one if isinstance(one, dict) else one for one in many(node.get("eventStatus"))]
    confirmed = (EventStatus.CONFIRMED, ())
    status, doubts = next((one for state in states if (one := read_status(text_of(state))) != confirmed), confirmed)
    # Keywords are a list, or one text between commas.
    stated_words = many(node.get("keywords")) if settings.keywords else []
    separator = "," if len(stated_words) == 1 else "\n"
    keywords = (word.strip() for one in stated_words for word in text_of(one).split(separator))
    location, countries = read_places(node.get("location"))
    return Listing(
        title=title or None,
        start=start,
        end=end,
        listed=when_words(start, end, start.zone if planned else None),
        themes=tuple(dict.fromkeys(filter(None, keywords))),
        countries=countries,
        native_id=_id(node),
        link=_link(node, page.url),
        description=html_to_text(raw_text(node.get("description"))),
        location=location,
        host=", ".join(dict.fromkeys(filter(None, (text_of(one) for one in many(node.get("organizer")))))),
        event_type=type_in_words(node),
        status=status,
        findings=(*doubts, *([doubt] if doubt else [])),
    )


def _end(node: Node, start: Stated) -> Stated | None:
    """The stated end, else the start and the stated duration (ISO 8601: PT2H)."""
    stated = read_moment(text_of(node.get("endDate")))
    length = read_duration(text_of(node.get("duration")))
    if stated is not None or length is None or start.time is None:
        return stated
    end = datetime.combine(start.date, start.time, UTC) + length
    return replace(start, date=end.date(), time=end.time())


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


def _fullest(listings: Iterable[Listing]) -> list[Listing]:
    """Each event once: of several with one title and time that may be the same, the one that says most."""
    kept: list[Listing] = []
    places: dict[tuple[object, ...], list[int]] = {}
    for listing in listings:
        alike = places.setdefault((fold(listing.title or ""), listing.start.date, listing.start.time), [])
        # They may be one where nothing sets them apart: link and place are equal where both state them.
        place, link = listing.location, listing.link and canonical_url(listing.link)
        at = next(
            (
                n
                for n in alike
                if (not place or kept[n].location in ("", place))
                and (not link or not (other := kept[n].link) or canonical_url(other) == link)
            ),
            None,
        )
        if at is None:
            alike.append(len(kept))
            kept.append(listing)
        elif _size(listing) > _size(kept[at]):
            kept[at] = listing
    return kept


def _size(listing: Listing) -> int:
    texts = (listing.title or "", listing.description, listing.location, listing.host, listing.link or "")
    return sum(map(bool, texts)) * 100_000 + sum(map(len, texts)) + bool(listing.end)
