"""An HTML page as lines of text in document order, each with the link it carries: what a reader reads by grammar.

Block elements and <br> end a line. A line keeps the address of its first link, also of one around several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.sources.parsing.links import absolute

_BLOCK_TAGS = (
    "address article aside blockquote body br button dd details div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr html label li main nav ol option p pre section select summary table tbody td tfoot th thead "
    "time tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LEARN_MORE = re.compile(r"\s*learn\s+more[\s.…→»›>]{0,8}", re.IGNORECASE)
_SILENT = frozenset({"script", "style", "template", "noscript", "head", "svg", "-comment", "-doctype", "iframe"})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. `number` counts from 1; in HTML it counts the lines of text, not those of the markup."""

    number: int
    text: str
    link: str | None = None
    is_heading: bool = False


def html_lines(html: str, base_url: str) -> list[Line]:
    """The lines of a page that are not empty. Links are made absolute."""
    lines: list[Line] = []
    parts: list[str] = []
    link: str | None = None
    around: str | None = None
    heading = inside_heading = False

    def end_line() -> None:
        nonlocal link, heading
        text = " ".join("".join(parts).split())
        if text:
            lines.append(Line(len(lines) + 1, text, link, heading))
        parts.clear()
        link, heading = None, False

    for tag, text in _walk(html):
        if tag in _BLOCKS:
            end_line()
            inside_heading = tag in _HEADINGS and not text
        elif tag == "a":
            around = absolute(text, base_url)
        elif tag == "-text":
            # "Learn more" beside other text is a line of its own.
            alone = around is not None and is_learn_more(text)
            if alone:
                end_line()
            parts.append(text)
            heading = heading or inside_heading
            if around and text.strip():
                link = link or around
            if alone:
                end_line()
    end_line()
    return lines


def is_learn_more(text: str) -> bool:
    """Return True if a text is "Learn more", which ends an entry, with or without an arrow."""
    return _LEARN_MORE.fullmatch(text) is not None


def _walk(html: str) -> Iterator[tuple[str, str]]:
    """Each start and end of a block (tag, "" or "end"), of a link ("a", address or ""), and each text; no recursion."""
    root = LexborHTMLParser(html).root
    stack: list[tuple[LexborNode, bool]] = [(root, False)] if root is not None else []
    while stack:
        node, done = stack.pop()
        tag = node.tag or ""
        if done:
            yield tag, "end" if tag in _BLOCKS else ""
            continue
        if tag in _SILENT:
            continue
        if tag == "-text":
            yield tag, node.text()
            continue
        yield tag, (node.attributes.get("href") or "") if tag == "a" else ""
        if tag in _BLOCKS or tag == "a":
            stack.append((node, True))
        stack.extend((child, False) for child in _children_backwards(node))


def _children_backwards(node: LexborNode) -> Iterator[LexborNode]:
    child = node.last_child
    while child is not None:
        yield child
        child = child.prev
