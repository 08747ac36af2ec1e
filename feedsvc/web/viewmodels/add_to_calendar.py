"""Links that put a feed into somebody's calendar. Pure: an address in, links out.

Every program has its own trap. Google wants webcal:// and every character encoded; Outlook wants https and %20, never
"+"; Apple and the desktop programs take webcal:// as a scheme of their own. None of these forms is documented, so they
can be configured, and the plain address always stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from feedsvc.config.settings import SubscribeLinks
from feedsvc.core.model import Record
from feedsvc.core.text import cut
from feedsvc.core.timespan import DAY

GOOGLE, APPLE = "Google Calendar", "Apple Calendar"
"""These two are called differently in other languages."""
USUAL = SubscribeLinks()


@dataclass(frozen=True, slots=True)
class Way:
    """One program. `key` names it in pages and scripts, `name` is what people call it, `href` the link."""

    key: str
    name: str
    href: str

    @property
    def short(self) -> str:
        """Its name without the word calendar."""
        return self.name.removesuffix(" Calendar")


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
        raise ValueError(f"{url!r} is not an http or https address")
    return f"webcal://{rest}"


def _filled(link: str, values: Mapping[str, str]) -> str:
    """A configured link with the feed's own values in it; an encoded value has no braces, so none is filled twice."""
    for name, value in values.items():
        link = link.replace(name, quote(value, safe=""))
    return link


MAX_LINK = 2_000
"""Characters. A letter of another script than Latin takes six or nine of them."""
_TITLE = 900
_PLACE = 400


def single_ways(record: Record, page_url: str, place: str, default_length: timedelta) -> tuple[Way, ...]:
    """Every program that a link can hand one event to. `page_url` is where more is told, `place` where it happens."""
    event = _Facts(record, page_url, place, default_length)
    return (
        Way("google", GOOGLE, event.google()),
        Way("outlook", "Outlook", event.outlook("outlook.live.com")),
        Way("office365", "Office 365", event.outlook("outlook.office.com")),
        Way("yahoo", "Yahoo", event.yahoo()),
    )


class _Facts:
    """Values of an event that the links carry."""

    def __init__(self, record: Record, page_url: str, place: str, default_length: timedelta) -> None:
        span = record.event.span
        self.all_day = span.all_day
        self.start = span.start
        self.end = span.ends(DAY if span.all_day else default_length)
        self.title = _fitting(record.event.summary, _TITLE)
        self.place = _fitting(place, _PLACE)
        self.page_url = page_url
        self.description = record.event.description

    def google(self) -> str:
        """Google's template for a new event; the end of whole days is exclusive, as ours is."""
        form = "%Y%m%d" if self.all_day else "%Y%m%dT%H%M%SZ"
        dates = f"{self.start.strftime(form)}/{self.end.strftime(form)}"
        base = "https://calendar.google.com/calendar/render?action=TEMPLATE"
        return self._link(base, "details", text=self.title, dates=dates, location=self.place)

    def outlook(self, host: str) -> str:
        """Outlook's form for a new event."""
        base = f"https://{host}/calendar/0/action/compose?rru=addevent"
        start, end = (
            moment.strftime("%Y-%m-%d" if self.all_day else "%Y-%m-%dT%H:%M:%SZ") for moment in (self.start, self.end)
        )
        allday = {"allday": "true"} if self.all_day else {}
        return self._link(base, "body", subject=self.title, startdt=start, enddt=end, location=self.place, **allday)

    def yahoo(self) -> str:
        """Yahoo's form for a new event; of several whole days it knows only the first."""
        base = "https://calendar.yahoo.com/?v=60"
        if self.all_day:
            times = {"st": f"{self.start:%Y%m%d}", "dur": "allday"}
        else:
            times = {"st": f"{self.start:%Y%m%dT%H%M%SZ}", "et": f"{self.end:%Y%m%dT%H%M%SZ}"}
        return self._link(base, "desc", title=self.title, in_loc=self.place, **times)

    def _link(self, base: str, body: str, **values: str) -> str:
        """The link with as much of the description as there is room for; the address of its page always fits."""
        parts = [base, *(f"{name}={_encoded(value)}" for name, value in values.items() if value)]
        link = "&".join(parts)
        room = MAX_LINK - len(link) - len(f"&{body}=") - len(_encoded(f"\n\n{self.page_url}"))
        text = _fitting(self.description, room)
        told = f"{text}\n\n{self.page_url}" if text else self.page_url
        return f"{link}&{body}={_encoded(told)}"


def _fitting(text: str, room: int) -> str:
    """As much of a text as takes at most `room` characters of an address."""
    while text and len(_encoded(text)) > room:
        text = cut(text, len(text) * 3 // 4)
    return text


def _encoded(text: str) -> str:
    return quote(text, safe="")
