"""Atom (RFC 4287), for feed readers: what is new and what changed, the newest first, at most MAX_ENTRIES of it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from uuid import UUID, uuid5

from feedsvc.core.model import EventStatus
from feedsvc.core.text import clean_line
from feedsvc.feeds.feed import EventValues, Feed, FeedFacts, instant
from feedsvc.ical.write.description import description

EXTENSION = "atom"
CONTENT_TYPE = "application/atom+xml; charset=utf-8"
NAME = "Atom"
MAX_ENTRIES = 200

_FOOT = b"</feed>\n"
_ENTRY = b"\n<entry>"


def render(feed: Feed) -> Iterator[bytes]:
    """The feed in pieces."""
    yield "".join(_head(feed.facts)).encode()
    for record in feed.newest(MAX_ENTRIES):
        yield "".join(_entry(EventValues(record, feed.facts.rendering))).encode()
    yield b"\n" + _FOOT


def is_whole(body: bytes, events: int) -> bool:
    """Every event has an entry, as far as there may be."""
    framed = body.startswith(b"<?xml ") and body.endswith(b"\n" + _FOOT)
    return framed and body.count(_ENTRY) == min(events, MAX_ENTRIES)


def _head(facts: FeedFacts) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
    yield _element("id", facts.id)
    yield _element("title", facts.title)
    yield _element("subtitle", facts.description)
    yield _element("updated", instant(facts.last_modified))
    yield f"\n<author>{_element('name', facts.site_name)}\n</author>"
    if facts.feed_url is not None and facts.page_url is not None:
        yield _link("self", facts.feed_url, "application/atom+xml")
        yield _link("alternate", facts.page_url, "text/html")


def _entry(told: EventValues) -> Iterator[str]:
    record = told.record
    yield _ENTRY.decode()
    yield _element("id", _urn(record.uid))
    yield _element("title", told.summary)
    yield _element("published", instant(record.created))
    yield _element("updated", instant(record.modified))
    if told.url is not None:
        yield _link("alternate", told.url, "text/html")
    # The reason for the entry comes first.
    news = "cancelled" if record.status is EventStatus.CANCELLED else "changed" if record.sequence else "new"
    for name in dict.fromkeys((news, *record.event.themes, *told.country_names)):
        yield f'\n<category term="{_text(name)}"/>'
    # The words of the moment of the change, so that an entry does not change by itself.
    yield _element("content", description(record, told.rendering, record.modified), ' type="text"')
    yield "\n</entry>"


def _urn(uid: str) -> str:
    """The UUID in the UID, as a name; of a UID that has none, one made of it."""
    try:
        return UUID(uid.partition("@")[0]).urn
    except ValueError:
        return uuid5(UUID(int=0), uid).urn


def _element(name: str, text: str, attributes: str = "") -> str:
    return f"\n<{name}{attributes}>{_text(text)}</{name}>"


def _link(relation: str, url: str, media_type: str) -> str:
    return f'\n<link rel="{relation}" type="{media_type}" href="{_text(url)}"/>'


def _text(text: str) -> str:
    return escape("\n".join(clean_line(line) for line in text.split("\n")))
