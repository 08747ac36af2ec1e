"""Microdata of a web page (HTML Standard, "Microdata") in the shape of JSON-LD: one node for each item at the top.

Properties are nested by document order, without recursion. `itemref` is not followed.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.sources.jsonld.nodes import Node

_LINKS = {"a": "href", "area": "href", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
_SILENT = frozenset({"script", "style", "template", "noscript"})


def microdata_nodes(text: str, base_url: str) -> list[Node]:
    """The items at the top of a page, in its order; an empty list where it has none."""
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
