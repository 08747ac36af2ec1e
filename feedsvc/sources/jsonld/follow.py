"""Each event's own page, read politely: the pages that a list or a sitemap names, bounded, one host, each once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urldefrag, urlsplit

from selectolax.lexbor import LexborHTMLParser

from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Page
from feedsvc.core.text import canonical_url
from feedsvc.sources.base import Context
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.values import absolute

MOST_FAILURES = 3
"""Fetches that fail one after the other before the rest is left for the next refresh: the site does not want them."""
_MOST_SITEMAPS = 20
_LOCATION = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\]]{1,2000}?)\s*(?:\]\]>)?\s*</loc>", re.IGNORECASE)


def links_of(page: Page, match: str) -> Iterator[str]:
    """The links of a page that lead to its own host: those that hold `match`, else those below its own path."""
    text, _ = decode(page)
    below = page.url.split("?")[0].rstrip("/") + "/"
    for element in LexborHTMLParser(text).css("a[href]"):
        url = absolute(element.attributes.get("href") or "", page.url)
        if url and (match in url if match else url.startswith(below)):
            yield urldefrag(url).url


def sitemap_links(page: Page, match: str, context: Context) -> Iterator[str]:
    """The addresses of a sitemap, or of the sitemaps that an index names. Raises FetchFailed."""
    waiting, asked = [page], 0
    while waiting:
        text, _ = decode(waiting.pop())
        found = [unescape(url) for url in _LOCATION.findall(text)]
        if "<sitemapindex" not in text[:2000]:
            yield from (url for url in found if match in url)
            continue
        for url in found[: _MOST_SITEMAPS - asked]:
            if is_same_host(url, page.url):
                asked += 1
                waiting.append(context.fetch(url))


def follow(
    links: Iterator[str], own: Page, context: Context, max_pages: int, take: Callable[[Page], object]
) -> str | None:
    """Fetch each page once and hand it to `take`. Returns in words why pages were left out, None when none were.

    A page that is gone is no event any more. One that cannot be had now says what it said the last time.
    """
    seen = {canonical_url(own.url)}
    failures = asked = lost = 0
    for url in links:
        key = canonical_url(url)
        if key in seen or not is_same_host(url, own.url):
            continue
        seen.add(key)
        if asked >= max_pages:
            return f"there are more than {max_pages} pages (max_pages)"
        asked += 1
        try:
            take(context.fetch(url))
            failures = 0
        except FetchFailed as error:
            if error.status in (404, 410):
                continue
            failures += 1
            known = context.recall(url)
            if known is not None:
                take(known)
            else:
                lost += 1
            if failures >= MOST_FAILURES:
                return f"{failures} pages of events in a row could not be fetched"
    return f"{lost} pages of events could not be fetched" if lost else None


def is_same_host(url: str, base: str) -> bool:
    """Return True if both addresses are on one host, with or without www."""
    try:
        hosts = [(urlsplit(one).hostname or "").removeprefix("www.") for one in (url, base)]
    except ValueError:  # a bad port, a broken IPv6 address
        return False
    return bool(hosts[0]) and hosts[0] == hosts[1] and urlsplit(url).scheme in ("http", "https")
