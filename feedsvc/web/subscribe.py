"""Links that put a feed into somebody's calendar. Pure: an address in, links out.

Every program has its own trap. Google wants webcal:// and every character encoded; Outlook wants https and %20, never
"+"; Apple and the desktop programs take webcal:// as a scheme of their own. None of these forms is documented, so the
plain address always stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

GOOGLE, APPLE = "Google Calendar", "Apple Calendar"
"""These two are called differently in other languages."""
GOOGLE_BY_ADDRESS = "https://calendar.google.com/calendar/u/0/r/settings/addbyurl"
"""Google's own page for pasting a calendar address: where to go when its link does nothing."""


@dataclass(frozen=True, slots=True)
class Way:
    """One program. `key` names it in pages and scripts, `name` is what people call it, `href` the link."""

    key: str
    name: str
    href: str


def ways(feed_url: str, title: str) -> tuple[Way, ...]:
    """Every program that a link can reach, for a feed's absolute address and its title."""
    webcal = to_webcal(feed_url)
    return (
        Way("google", GOOGLE, f"https://calendar.google.com/calendar/r?cid={_encoded(webcal)}"),
        Way("apple", APPLE, webcal),
        Way("outlook", "Outlook", _outlook("outlook.live.com", feed_url, title)),
        Way("office365", "Office 365", _outlook("outlook.office.com", feed_url, title)),
    )


def to_webcal(url: str) -> str:
    """An http or https address with the scheme webcal. Raises ValueError for any other."""
    scheme, found, rest = url.partition("://")
    if not found or scheme not in ("http", "https"):
        raise ValueError(f"{url!r} is no http or https address")
    return f"webcal://{rest}"


def _outlook(host: str, feed_url: str, title: str) -> str:
    return f"https://{host}/calendar/0/addfromweb?url={_encoded(feed_url)}&name={_encoded(title)}"


def _encoded(text: str) -> str:
    return quote(text, safe="")
