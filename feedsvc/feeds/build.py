"""Making a document: one snapshot of the store in, bytes out. Reads the store, writes nothing; does not know HTTP.

facts of the feed | rows in order | render in a format | look whether it is whole

Nothing is serialised for iCalendar: events were written and checked when they changed.

The window of a calendar: everything that is coming, the past of twelve months, and of what is older the newest as long
as there is room, because some calendar programs lose events of large feeds without a word. The past is measured from
the feed's own last change and not from a clock, so the same store gives the same bytes. The hardest case is an event
that began long ago and is still on: it counts by its end.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from uuid import NAMESPACE_DNS, uuid5

from feedsvc.core import countries
from feedsvc.core.dimensions import YEAR
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.document import Document
from feedsvc.feeds.feed import Feed, FeedFacts, Format, formats
from feedsvc.feeds.spec import FeedSpec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.ical.write.calendar import alone
from feedsvc.ical.write.description import Rendering
from feedsvc.store.feeds import Row
from feedsvc.store.store import Snapshot

_VEVENT, _MODIFIED = itemgetter(1), itemgetter(2)
"""Of a row of `store.feeds`, by functions that need no Python for each event."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """Facts that all feeds of this service share. `base_url` is None where no public address is configured.

    `fill_bytes` is how large a calendar's events may become by events older than its window.
    """

    name: str
    uid_domain: str
    base_url: str | None
    color: str
    refresh_interval: timedelta
    default_length: timedelta
    fill_bytes: int


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """A feed under a name and a path of its own: what it says of itself. `changed_at` is when either was changed."""

    name: str
    path: str
    changed_at: datetime


def build(
    snapshot: Snapshot,
    spec: FeedSpec,
    form: Format,
    site: SiteFacts,
    vocabulary: Vocabulary,
    saved: BundleFacts | None = None,
) -> Document:
    """A feed in a format, under its own name or a saved one. The same store gives the same bytes.

    Raises StoreUnavailable when they came out damaged.
    """
    rows, left = snapshot.feeds.rows_and_departure(spec.by_dimension)
    last_modified = _last_modified(snapshot, max(left, *map(_MODIFIED, rows), 0))
    facts = facts_of(spec, form.extension, site, vocabulary, last_modified)
    if saved is not None:
        facts = _renamed(facts, form.extension, site, saved)
    if form.is_windowed and has_window(spec) and sum(map(len, map(_VEVENT, rows))) > site.fill_bytes:
        rows = list(_windowed(lambda: rows, facts.last_modified, site.fill_bytes))
    feed = Feed(
        facts=facts,
        vevents=lambda: map(_VEVENT, rows),
        records=lambda: snapshot.feeds.each_record(spec.by_dimension),
        newest=lambda count: snapshot.feeds.newest(spec.by_dimension, count),
    )
    name = (saved or spec).path.strip("/").replace("/", "-")
    events = len(rows)
    body = b"".join(form.render(feed))
    if not form.is_whole(body, events):
        raise StoreUnavailable(f"{name}.{form.extension} came out damaged: {len(body)} bytes for {events} events")
    changed = feed.facts.last_modified.timestamp()
    starts = array("q", (row[0] for row in rows if row[0] > changed))
    return Document(body, form.content_type, f"{name}.{form.extension}", feed.facts.last_modified, events, starts)


def stream(
    snapshot: Snapshot, spec: FeedSpec, form: Format, site: SiteFacts, vocabulary: Vocabulary
) -> Generator[bytes, None, None]:
    """The same bytes as `build`, in pieces, for feeds that are too large to be held whole. To be closed in time."""
    last_modified = last_modified_of(snapshot, spec)

    def rows() -> Iterable[Row]:
        return snapshot.feeds.each_row(spec.by_dimension)

    feed = Feed(
        facts=facts_of(spec, form.extension, site, vocabulary, last_modified),
        vevents=lambda: map(_VEVENT, _windowed(rows, last_modified, site.fill_bytes) if has_window(spec) else rows()),
        records=lambda: snapshot.feeds.each_record(spec.by_dimension),
        newest=lambda count: snapshot.feeds.newest(spec.by_dimension, count),
    )
    yield from form.render(feed)


def has_window(spec: FeedSpec) -> bool:
    """Tell a feed that may leave out what is long past; one of certain years holds them whole."""
    return YEAR not in spec.by_dimension


def _windowed(rows: Callable[[], Iterable[Row]], last_modified: datetime, fill_bytes: int) -> Iterable[Row]:
    """The rows of a feed's window; `rows` gives all of them each time it is called."""
    since = past_since(last_modified)
    first = first_moment(rows(), since, fill_bytes)
    return rows() if first is None else within(rows(), first, since)


def build_event(snapshot: Snapshot, public_id: str) -> Document | None:
    """One event as a file to add, empty when it is in no feed any more; None when there never was one.

    Of an event that was folded into another one it is that other one, under its name.
    """
    record = snapshot.events.by_public_id(public_id)
    if record is None:
        return None
    found = snapshot.feeds.vevent(record.id)
    vevents = [] if found is None else [found[2]]
    last_modified = _last_modified(snapshot, int(record.modified.timestamp()))
    return Document(alone(vevents), formats()["ics"].content_type, f"{record.id}.ics", last_modified, len(vevents))


def last_modified_of(snapshot: Snapshot, spec: FeedSpec) -> datetime:
    """The last visible change of any event in it, or of how feeds are written; one that left counts as well."""
    return _last_modified(snapshot, snapshot.totals.changed_at(spec.by_dimension))


def _last_modified(snapshot: Snapshot, changed_at: int) -> datetime:
    latest = max(changed_at, snapshot.provenance.fingerprint_at())
    return datetime.fromtimestamp(latest or snapshot.founded_at(), UTC)


def calendar_bytes(snapshot: Snapshot, spec: FeedSpec) -> int:
    """How many bytes of events the feed's calendar must hold: those of its window, without what only fills it."""
    since = past_since(last_modified_of(snapshot, spec)) if has_window(spec) else None
    return snapshot.totals.size(spec.by_dimension, since)


def facts_of(
    spec: FeedSpec, extension: str, site: SiteFacts, vocabulary: Vocabulary, last_modified: datetime
) -> FeedFacts:
    """The facts of a feed in a format."""
    return FeedFacts(
        id=_permanent_id(spec.path, site),
        site_name=site.name,
        title=spec.title(site.name, vocabulary),
        description=describe(spec, site, vocabulary),
        page_url=_address(spec.path, site),
        feed_url=_address(f"{spec.path}.{extension}", site),
        color=feed_color(spec, site, vocabulary),
        refresh_interval=site.refresh_interval,
        rendering=Rendering(site.base_url, site.default_length, countries.country_name),
        last_modified=last_modified,
    )


def _renamed(facts: FeedFacts, extension: str, site: SiteFacts, saved: BundleFacts) -> FeedFacts:
    """The facts of a saved feed. A new choice may hold only old events, and is a change all the same."""
    return replace(
        facts,
        id=_permanent_id(saved.path, site),
        title=saved.name,
        page_url=_address(saved.path, site),
        feed_url=_address(f"{saved.path}.{extension}", site),
        last_modified=max(facts.last_modified, saved.changed_at),
    )


def _permanent_id(path: str, site: SiteFacts) -> str:
    """A name that is the same for ever and nobody else's; an address would change with the address."""
    return uuid5(NAMESPACE_DNS, f"{site.uid_domain}{path}").urn


def _address(path: str, site: SiteFacts) -> str | None:
    return None if site.base_url is None else site.base_url + path


def describe(spec: FeedSpec, site: SiteFacts, vocabulary: Vocabulary) -> str:
    """One sentence: which events are in it."""
    if not spec.wanted:
        return f"Every event of {site.name}."
    labels = dict(zip(spec.groups, spec.labels(vocabulary), strict=True))
    place = f" in {labels.pop('place')}" if "place" in labels else ""
    year = f" in {labels.pop('year')}" if "year" in labels else ""
    about = f" about {', '.join(labels.values())}" if labels else ""
    return f"Events of {site.name}{place}{about}{year}."


def feed_color(spec: FeedSpec, site: SiteFacts, vocabulary: Vocabulary) -> str:
    """The colour of its only coloured value, else the service's."""
    colors = [color for name, value in spec.facets if (color := vocabulary.color(name, value)) is not None]
    return colors[0] if len(colors) == 1 else site.color


PAST = timedelta(days=366)
_END = re.compile(rb"\r\nDTEND[^:\r]*:(\d{8})(?:T(\d{6}))?")


def past_since(last_modified: datetime) -> int:
    """The start of the past that a feed always holds, in seconds since 1970 UTC."""
    return int((last_modified - PAST).timestamp())


def first_moment(rows: Iterable[Row], since: int, fill_bytes: int) -> int | None:
    """The moment from which on a feed holds its events, in seconds since 1970 UTC; None where all of them have room.

    `since` is that of `past_since`; what is older is added while all events together have at most `fill_bytes`.
    """
    held = 0
    older: Counter[int] = Counter()
    for row in rows:
        moment = _moment(row, since)
        if moment < since:
            older[moment] += len(row[1])
        else:
            held += len(row[1])
    for moment in sorted(older, reverse=True):
        held += older[moment]
        if held > fill_bytes:
            return moment + 1
    return None


def within(rows: Iterable[Row], first: int, since: int) -> Iterator[Row]:
    """The rows that a feed holds from its first moment on."""
    return (row for row in rows if _moment(row, since) >= first)


def _moment(row: Row, since: int) -> int:
    """The start of an event; `since` where it began before and had not ended then."""
    start: int = row[0]
    if start >= since or (found := _END.search(row[1])) is None:
        return start
    text = (found[1] + (found[2] or b"000000")).decode("ascii")
    end = int(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
    return since if since < end else start
