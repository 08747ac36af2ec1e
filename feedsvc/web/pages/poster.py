"""What a feed's poster shows: the address to scan, and the first of what is coming."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedsvc.core.model import Status
from feedsvc.services.bundles import NamedFeed
from feedsvc.web.pages.feed import Desk
from feedsvc.web.viewmodels.agenda import EventView, event_view
from feedsvc.web.viewmodels.filters import heading
from feedsvc.web.viewmodels.i18n import Words

MOST = 5
"""Events on a sheet: more would push the code into a corner."""


@dataclass(frozen=True, slots=True)
class Poster:
    """Everything the template needs. `address` is what is printed, without its scheme; `dates` from when to when."""

    path: str
    title: str
    parts: tuple[str, ...]
    qr: str
    address: str
    dates: str
    events: tuple[EventView, ...]


def poster(desk: Desk, named: NamedFeed, words: Words, now: datetime) -> Poster:
    """The poster of a feed; a bundle's shows the bundle's name."""
    vocabulary = desk.services.library.vocabulary()
    coming = [record for record in desk.almanac.coming(named.spec, now) if record.status is not Status.CANCELLED]
    days = [record.event.span.first_day for record in coming]
    return Poster(
        path=named.path,
        title=named.title,
        parts=heading(named.spec, vocabulary, words) if named.path == named.spec.path else (named.title,),
        qr=f"/qr{named.path}.svg",
        address=desk.addresses.absolute(named.path).partition("://")[2],
        dates=words.interval(min(days), max(days)) if days else "",
        events=tuple(event_view(record, words, desk.default_length) for record in coming[:MOST]),
    )
