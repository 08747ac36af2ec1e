"""JSON answers of a program, page by page: each names the next one, asked for at the source's own host.

The hardest case is a list that shrinks while it is read: its last page is not there any more, which is the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import Finding, Page
from feedsvc.core.text import clean_line, cut
from feedsvc.sources.base import Context
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.values import absolute, read_json


def read_answer(page: Page) -> tuple[Any, tuple[Finding, ...]]:
    """Read a page as JSON. Raises SourceUnreadable when it is anything else."""
    text, findings = decode(page)
    try:
        return read_json(text), findings
    except ValueError as error:
        begins = cut(clean_line(text[:200]), 60)
        raise SourceUnreadable(f"{page.url}: invalid JSON ({error}); begins with {begins!r}") from error


def follow_pages(
    context: Context, take: Callable[[Page], object], is_all: Callable[[], bool], max_pages: int
) -> str | None:
    """Hand the source's page, and each that follows, to `take`, which gives the address of the next one as stated.

    `is_all` tells whether everything came already. Returns in words why pages are missing, None when none are. Raises
    FetchFailed or SourceUnreadable when the first page cannot be had or read.
    """
    page = context.fetch()
    following = take(page)
    visited = {page.url}
    while isinstance(following, str) and following:
        url = _at_home(following, page.url)
        if url in visited:
            return f"the next page, {cut(url, 120)}, was read before"
        if len(visited) >= max_pages:
            return f"there are more than {max_pages} pages (max_pages)"
        visited.add(url)
        try:
            page = context.fetch(url)
            following = take(page)
        except FetchFailed as error:
            # A list that shrank while it was read ends with a page that is not there (404, or 400 in old versions).
            return None if error.status in (400, 404) or is_all() else str(error)
        except SourceUnreadable as error:
            return str(error)
    return None


def _at_home(url: str, base: str) -> str:
    """The address at the source's own host: a site behind a proxy names itself by another scheme or host."""
    try:
        parts = urlsplit(absolute(url, base) or base)
    except ValueError:  # a bad port, a broken IPv6 address
        return base
    return urlsplit(base)._replace(path=parts.path, query=parts.query, fragment="").geturl()
