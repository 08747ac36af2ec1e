"""Links that put a feed into somebody's calendar. Pure: an address in, links out.

Every program has its own trap. Google wants webcal:// and every character encoded; Outlook wants https and %20, never
"+"; Apple and the desktop programs take webcal:// as a scheme of their own. None of these forms is documented, so they
can be configured, and the plain address always stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from feedsvc.config.settings import SubscribeLinks

GOOGLE, APPLE = "Google Calendar", "Apple Calendar"
"""These two are called differently in other languages."""
USUAL = SubscribeLinks()


@dataclass(frozen=True, slots=True)
class Way:
    """One program. `key` names it in pages and scripts, `name` is what people call it, `href` the link."""

    key: str
    name: str
    href: str


def ways(feed_url: str, title: str, links: SubscribeLinks = USUAL) -> tuple[Way, ...]:
    """Every program that a link can reach, for a feed's absolute address and its title."""
    webcal = to_webcal(feed_url)
    values = {"{address}": feed_url, "{webcal}": webcal, "{name}": title}
    return (
        Way("google", GOOGLE, _filled(links.google, values)),
        Way("apple", APPLE, webcal),
        Way("outlook", "Outlook", _filled(links.outlook, values)),
        Way("office365", "Office 365", _filled(links.office365, values)),
    )


def to_webcal(url: str) -> str:
    """An http or https address with the scheme webcal. Raises ValueError for any other."""
    scheme, found, rest = url.partition("://")
    if not found or scheme not in ("http", "https"):
        raise ValueError(f"{url!r} is no http or https address")
    return f"webcal://{rest}"


def _filled(link: str, values: Mapping[str, str]) -> str:
    """A configured link with the feed's own values in it; an encoded value has no braces, so none is filled twice."""
    for name, value in values.items():
        link = link.replace(name, quote(value, safe=""))
    return link
