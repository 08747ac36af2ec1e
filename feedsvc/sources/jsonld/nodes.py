"""Events in JSON-LD and microdata, and their places, wherever a page hides them: in lists, graphs, places, events.

The hardest case is the same event twice on a page, once in short in a list and once in full: the fuller one counts.
Microdata (HTML Standard, "Microdata") is read in the shape of JSON-LD; `itemref` is not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.core.model import Finding
from feedsvc.core.text import clean_line, cut, safe_url
from feedsvc.sources.parsing.values import line, many, read_careless_json

MAX_DEPTH = 40
"""Levels of nesting that are looked into."""

Node = dict[str, Any]

_OTHER_EVENTS = frozenset({"Festival", "Hackathon", "CourseInstance", "EventSeries"})
_NO_EVENTS = frozenset({"PublicationEvent", "BroadcastEvent", "OnDemandEvent", "DeliveryEvent"})
# What an event says of others: they are not what this page announces, or no events at all.
_NOT_FOLLOWED = frozenset({"superEvent", "offers", "review", "aggregateRating", "eventSchedule", "previousStartDate"})
_INHERITED = ("name", "location", "url", "organizer", "eventStatus", "keywords")
"""Keys that an event within an event takes from the one around it, where it says nothing of its own."""
_ADDRESS = ("streetAddress", "addressLocality", "addressRegion", "addressCountry")
_MAX_PLACES = 20
_LINKS = {"a": "href", "area": "href", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
_SILENT = frozenset({"script", "style", "template", "noscript"})
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def announcements(text: str, base_url: str) -> tuple[list[Any], list[tuple[Finding, bool]]]:
    """The values of a page in JSON-LD and in microdata.

    Of each block of JSON-LD that cannot be read there is a finding, and whether it speaks of events.
    """
    values: list[Any] = []
    broken: list[tuple[Finding, bool]] = []
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        blocks = [text]  # no page but JSON
    else:
        scripts = [(script, script.attributes.get("type") or "") for script in LexborHTMLParser(text).css("script")]
        is_data = "application/ld+json"
        blocks = [script.text() for script, kind in scripts if kind.partition(";")[0].strip().lower() == is_data]
    for number, block in enumerate(blocks, 1):
        if not block.strip():
            continue
        try:
            value = read_careless_json(block)
        except ValueError as error:
            doubt = Finding("unreadable", cut(clean_line(f"block {number} of JSON-LD: {error}"), 200))
            broken.append((doubt, "Event" in block or "startDate" in block))
            continue
        # Other JSON has no type, context or graph at its top.
        if any(isinstance(one, dict) and {"@type", "@context", "@graph"} & one.keys() for one in many(value)):
            values.append(value)
    return values + _microdata_nodes(text, base_url), broken


def _microdata_nodes(text: str, base_url: str) -> list[Node]:
    """The items at the top of a page, in its order, nested by document order without recursion; empty without any."""
    if "itemscope" not in text:
        return []
    root = LexborHTMLParser(text).root
    found: list[Node] = []
    stack: list[tuple[LexborNode, Node | None]] = [(root, None)] if root is not None else []
    while stack:
        element, item = stack.pop()
        attributes = element.attributes if (element.tag or "-").isalnum() else {}
        names = (attributes.get("itemprop") or "").split()
        inside = item
        if "itemscope" in attributes:
            inside = {"@type": (attributes.get("itemtype") or "").split()}
            if attributes.get("itemid"):
                inside["@id"] = attributes["itemid"]
            if item is None or not names:
                found.append(inside)
        for name in names if item is not None else ():
            value: Any = inside if inside is not item else _value(element, attributes, base_url)
            item.setdefault(name, []).append(value)  # type: ignore[union-attr]
        child = element.last_child
        while child is not None:
            if child.tag not in _SILENT and child.tag != "-text":
                stack.append((child, inside))
            child = child.prev
    return found


def _value(element: LexborNode, attributes: dict[str, str | None], base_url: str) -> str:
    if attributes.get("content") is not None:
        return attributes["content"] or ""
    tag = element.tag or ""
    if tag == "time" and attributes.get("datetime"):
        return attributes["datetime"] or ""
    if tag in _LINKS:
        href = attributes.get(_LINKS[tag]) or ""
        try:
            return urljoin(base_url, href)
        except ValueError:  # a broken IPv6 address
            return href
    if tag in ("data", "meter"):
        return attributes.get("value") or ""
    return element.text(separator=" ")


def event_nodes(value: Any) -> Iterator[tuple[Node, bool]]:
    """Every node that is an event and more than a reference to one, in the order of the text. No recursion.

    True stands beside one that is only the frame of the events within it.
    """
    stack: list[tuple[Any, int, Node]] = [(value, 0, {})]
    while stack:
        node, depth, above = stack.pop()
        if isinstance(node, dict):
            inner = [one for key, one in node.items() if key not in _NOT_FOLLOWED]
            if is_event(node):
                node = {**above, **node} if "startDate" in node else node
                if any(key in node for key in ("name", "startDate", "location", "description")):
                    yield node, _is_frame(node)
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


def _is_frame(node: Node) -> bool:
    """Return True for a series whose single events are listed within it, or a span of days over events with times."""
    inner = [one for one in many(node.get("subEvent")) if isinstance(one, dict)]
    if "EventSeries" in types(node):
        return bool(inner)
    # The events within a span of days bear its name, or none.
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
            addresses = (address for address in (one, *many(one.get("address"))) if isinstance(address, dict))
            countries |= dict.fromkeys(text_of(address.get("addressCountry")) for address in addresses)
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
