"""An HTML page as lines of text in document order, each with the link it carries: what a reader reads by grammar.

Block elements and <br> end a line. A link whose whole text is a line keeps its address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset(
    "address article aside blockquote body br button dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr html label li main nav ol option p pre section select summary table tbody td tfoot th thead time tr ul".split()
)
_SILENT = frozenset({"script", "style", "template", "noscript", "head", "svg", "-comment", "-doctype", "iframe"})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. `number` counts from 1; in HTML it counts the lines of text, not those of the markup."""

    number: int
    text: str
    link: str | None = None


def html_lines(html: str, base_url: str) -> list[Line]:
    """The lines of a page that are not empty. Links are made absolute."""
    lines: list[Line] = []
    parts: list[str] = []
    link: str | None = None

    def end_line() -> None:
        nonlocal link
        text = " ".join("".join(parts).split())
        if text:
            lines.append(Line(len(lines) + 1, text, link))
        parts.clear()
        link = None

    for tag, text, href in _walk(html):
        if tag in _BLOCKS:
            end_line()
        elif tag == "a" and href:
            # A link that begins a line names it; "Learn more" beside other text begins a line of its own.
            if text.strip().lower() == "learn more":
                end_line()
            link = link or urljoin(base_url, href)
        elif tag == "-text":
            parts.append(text)
    end_line()
    return lines


def _walk(html: str) -> Iterator[tuple[str, str, str | None]]:
    """(tag, text, href) at each start and end of a block, each link and each text, in document order; no recursion."""
    root = LexborHTMLParser(html).root
    stack: list[tuple[LexborNode, bool]] = [(root, False)] if root is not None else []
    while stack:
        node, done = stack.pop()
        tag = node.tag or ""
        if done:
            yield tag, "", None
            continue
        if tag in _SILENT:
            continue
        if tag == "-text":
            yield tag, node.text(), None
            continue
        href = node.attributes.get("href") if tag == "a" else None
        yield tag, (node.text() if tag == "a" else ""), href
        if tag in _BLOCKS:
            stack.append((node, True))
        stack.extend((child, False) for child in _children_backwards(node))


def _children_backwards(node: LexborNode) -> Iterator[LexborNode]:
    child = node.last_child
    while child is not None:
        yield child
        child = child.prev
