"""Contents of a feed's poster: the address to scan, and the first of what is coming."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedsvc.core.model import EventStatus
from feedsvc.services.bundles import NamedFeed
from feedsvc.web.pages.feed import PageBuilder
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


def poster(builder: PageBuilder, named: NamedFeed, words: Words, now: datetime) -> Poster:
    """The poster of a feed; a bundle's shows the bundle's name."""
    vocabulary = builder.runtime.documents.vocabulary()
    coming = [
        record for record in builder.event_queries.coming(named.spec, now) if record.status is not EventStatus.CANCELLED
    ]
    days = [record.event.span.first_day for record in coming]
    return Poster(
        path=named.path,
        title=named.title,
        parts=heading(named.spec, vocabulary, words) if named.path == named.spec.path else (named.title,),
        qr=f"/qr{named.path}.svg",
        address=builder.addresses.absolute(named.path).partition("://")[2],
        dates=words.interval(min(days), max(days)) if days else "",
        events=tuple(event_view(record, words, builder.default_length) for record in coming[:MOST]),
    )
