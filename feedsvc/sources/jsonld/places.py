"""Where an event takes place, in the shapes of schema.org: a text, a place, an address, a link, a list of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from feedsvc.core.text import safe_url
from feedsvc.sources.jsonld.nodes import Node, text_of, types
from feedsvc.sources.parsing.json import line, many

_ADDRESS = ("streetAddress", "addressLocality", "addressRegion", "addressCountry")
_MAX_PLACES = 20


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
