"""Links as they stand on a page, made absolute."""

from __future__ import annotations

from urllib.parse import urljoin


def absolute(href: str, base_url: str) -> str | None:
    """The address that a link leads to, None where there is no link. What cannot be joined stays as it is.

    On a page from a file (base file:///…) a relative link leads nowhere.
    """
    href = href.strip()
    if not href:
        return None
    try:
        joined = urljoin(base_url, href)
    except ValueError:  # a broken IPv6 address
        return href
    return href if joined.startswith("file:") else joined
