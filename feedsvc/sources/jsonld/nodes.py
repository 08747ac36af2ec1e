"""Events in JSON-LD and their places, wherever a page hides them: in lists, graphs, places, and events within events.

The hardest case is the same event twice on a page, once in short in a list and once in full: the fuller one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from feedsvc.core.text import safe_url
from feedsvc.sources.parsing.json import line, many

MAX_DEPTH = 40
"""Levels of nesting that are looked into."""

Node = dict[str, Any]

_OTHER_EVENTS = frozenset({"Festival", "Hackathon", "CourseInstance", "EventSeries"})
_NO_EVENTS = frozenset({"PublicationEvent", "BroadcastEvent", "OnDemandEvent", "DeliveryEvent"})
# What an event says of others: they are not what this page announces, or no events at all.
_NOT_FOLLOWED = frozenset({"superEvent", "offers", "review", "aggregateRating", "eventSchedule", "previousStartDate"})
_INHERITED = ("name", "location", "url", "organizer", "eventStatus", "keywords")
"""What an event within an event takes from the one around it, where it says nothing of its own."""
_ADDRESS = ("streetAddress", "addressLocality", "addressRegion", "addressCountry")
_MAX_PLACES = 20
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def blocks(text: str) -> list[str]:
    """The texts of the page's `application/ld+json` scripts; the text itself where it is no page but JSON."""
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return [text]
    scripts = LexborHTMLParser(text).css("script")
    return [
        script.text()
        for script in scripts
        if (script.attributes.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json"
    ]


def is_linked_data(value: Any) -> bool:
    """Return True if a value is JSON-LD and not other JSON: something at its top has a type, a context or a graph."""
    return any(isinstance(one, dict) and bool({"@type", "@context", "@graph"} & one.keys()) for one in many(value))


def event_nodes(value: Any) -> Iterator[Node]:
    """Every node that is an event and more than a reference to one, in the order of the text. No recursion."""
    stack: list[tuple[Any, int, Node]] = [(value, 0, {})]
    while stack:
        node, depth, above = stack.pop()
        if isinstance(node, dict):
            inner = [one for key, one in node.items() if key not in _NOT_FOLLOWED]
            if is_event(node):
                node = {**above, **node} if "startDate" in node else node
                if not _only_frame(node):
                    yield node
                above = {key: node[key] for key in _INHERITED if key in node}
        elif isinstance(node, list):
            inner = node
        else:
            continue
        if depth < MAX_DEPTH:
            stack.extend((one, depth + 1, above) for one in reversed(inner))


def is_event(node: Node) -> bool:
    """Return True if one of its types is Event or a subtype of it."""
    return any((name.endswith("Event") or name in _OTHER_EVENTS) and name not in _NO_EVENTS for name in types(node))


def types(node: Node) -> list[str]:
    """Its types without their address: "https://schema.org/BusinessEvent" is "BusinessEvent"."""
    names = [one.strip() for one in many(node.get("@type")) if isinstance(one, str)]
    return [name[max(map(name.rfind, "/#:")) + 1 :] for name in names]


def type_in_words(node: Node) -> str:
    """Its kind for people: "Business Event"; "" where it is only an event."""
    name = next((one for one in types(node) if one not in ("Event", "EventSeries", "Thing")), "")
    return _WORDS.sub(" ", name)


def _only_frame(node: Node) -> bool:
    """A reference to an event elsewhere, or a series whose single events are listed within it."""
    if not any(key in node for key in ("name", "startDate", "location", "description")):
        return True
    inner = [one for one in many(node.get("subEvent")) if isinstance(one, dict)]
    if "EventSeries" in types(node):
        return bool(inner)
    # A span of days over events that are listed with their times, under its own name.
    name = text_of(node.get("name"))
    return bool(inner) and all("startDate" in one and text_of(one.get("name")) in ("", name) for one in inner)


def text_of(value: Any) -> str:
    """A text as one line, also where it is in a list or has a language: {"@value": "…", "@language": "en"}."""
    return next((text for one in many(value) if (text := line(_bare(one)))), "")


def raw_text(value: Any) -> str:
    """Like `text_of`, but with its markup and line breaks."""
    found = (_bare(one) for one in many(value))
    return next((one for one in found if isinstance(one, str) and one.strip()), "")


def _bare(value: Any) -> Any:
    return (value.get("@value") or value.get("name")) if isinstance(value, dict) else value


def read_places(value: Any) -> tuple[str, tuple[str, ...]]:
    """The places in one line, and the names of their countries as stated."""
    lines: dict[str, None] = {}
    countries: dict[str, None] = {}
    for one in many(value)[:_MAX_PLACES]:
        if isinstance(one, dict):
            lines[_place_line(one)] = None
            countries |= dict.fromkeys(_countries(one))
        else:
            lines[_online(one) if safe_url(line(one)) else line(one)] = None
    return "; ".join(filter(None, lines)), tuple(filter(None, countries))


def _place_line(place: Node) -> str:
    if "VirtualLocation" in types(place):
        return _online(place.get("url"))
    # An address may stand where the place should.
    addresses = [place] if any(key in place for key in _ADDRESS) else many(place.get("address"))
    parts = [text_of(place.get("name"))]
    for address in addresses:
        if isinstance(address, dict):
            parts += [text_of(address.get(key)) for key in ("name", *_ADDRESS)]
        else:
            parts.append(line(address))
    return ", ".join(dict.fromkeys(filter(None, parts)))


def _online(url: Any) -> str:
    link = safe_url(text_of(url))
    return f"Online: {link}" if link else "Online"


def _countries(place: Node) -> Iterator[str]:
    for address in (place, *many(place.get("address"))):
        if isinstance(address, dict):
            yield text_of(address.get("addressCountry"))
