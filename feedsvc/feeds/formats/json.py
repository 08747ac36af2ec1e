"""JSON: the events as this service knows them, with their doubts. Described by docs/schema/feed.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from feedsvc.core.text import clean_line, safe_url
from feedsvc.feeds.feed import EventValues, Feed, instant

EXTENSION = "json"
CONTENT_TYPE = "application/json; charset=utf-8"
NAME = "JSON"

_FOOT = b"\n]}\n"


def render(feed: Feed) -> Iterator[bytes]:
    """The feed in pieces, one event a line."""
    facts = feed.facts
    about = {
        "id": facts.id,
        "title": facts.title,
        "description": facts.description,
        "page": facts.page_url,
        "url": facts.feed_url,
        "last_modified": instant(facts.last_modified),
    }
    yield b'{"feed":' + _dump(about) + b',\n"events":['
    between = b"\n"
    for record in feed.records():
        yield between + _dump(_event(EventValues(record, feed.facts.rendering)))
        between = b",\n"
    yield _FOOT


def is_whole(body: bytes, events: int) -> bool:
    """Each event begins a line with its UID."""
    return body.startswith(b'{"feed":') and body.endswith(_FOOT) and body.count(b'\n{"uid":') == events


def _event(told: EventValues) -> dict[str, Any]:
    record, event = told.record, told.record.event
    return {
        "uid": record.uid,
        "title": event.title,
        "summary": told.summary,
        "status": record.status.value,
        "sequence": record.sequence,
        "created": instant(record.created),
        "modified": instant(record.modified),
        **told.when(),
        "countries": list(event.countries),
        "places": told.country_names,
        "themes": list(event.themes),
        "location": clean_line(event.location),
        "host": clean_line(event.host),
        "type": clean_line(event.event_type),
        "description": told.text(),
        "listed": clean_line(event.listed),
        "copies": event.copies,
        "url": told.url,
        "join_link": safe_url(event.join_link),
        "page": told.page,
        "doubts": told.doubts,
    }


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
