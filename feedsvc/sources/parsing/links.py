"""Links as they stand on a page, made absolute."""

from __future__ import annotations

import re
from urllib.parse import urljoin

_AMPERSAND = re.compile(r"&(?:amp|#0*38|#x0*26);", re.IGNORECASE)


def absolute(href: str, base_url: str) -> str | None:
    """The address that a link leads to, None where there is no link. What cannot be joined stays as it is.

    On a page from a file (base file:///…) a relative link leads nowhere.
    """
    # Exporters copy links out of pages with their escapes; "&copy" without a semicolon is a parameter, not a sign.
    href = _AMPERSAND.sub("&", href.strip())
    if not href:
        return None
    try:
        joined = urljoin(base_url, href)
    except ValueError:  # a broken IPv6 address
        return href
    return href if joined.startswith("file:") else joined
