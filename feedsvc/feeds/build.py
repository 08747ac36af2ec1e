"""Making a document: one snapshot of the store in, bytes out. Reads the store, writes nothing; does not know HTTP.

facts of the feed | rows in order | render in a format | check the frame

Nothing is serialised here: events were written and checked when they changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from feedsvc.feeds.document import Document
from feedsvc.feeds.feed import Feed, FeedFacts, Format, formats
from feedsvc.feeds.spec import FeedSpec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What all feeds of this service share. `base_url` is None where no public address is configured."""

    name: str
    base_url: str | None
    color: str
    refresh_interval: timedelta
    default_length: timedelta


@dataclass(frozen=True, slots=True)
class Saved:
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
    saved: Saved | None = None,
) -> Document:
    """A feed in a format, under its own name or a saved one. The same store gives the same bytes."""
    rows = list(snapshot.feeds.rows(spec.by_dimension))
    modified = max((row[2] for row in rows), default=0)
    last_modified = _last_modified(snapshot, spec, modified)
    facts = facts_of(spec, form.extension, site, vocabulary, last_modified)
    if saved is not None:
        facts = _renamed(facts, form.extension, saved)
    feed = Feed(
        facts=facts,
        vevents=lambda: (row[3] for row in rows),
        records=lambda: snapshot.feeds.records(spec.by_dimension),
    )
    return Document(
        body=b"".join(form.render(feed)),
        content_type=form.content_type,
        filename=f"{(saved or spec).path.strip('/').replace('/', '-')}.{form.extension}",
        last_modified=facts.last_modified,
        events=len(rows),
    )


def stream(
    snapshot: Snapshot, spec: FeedSpec, form: Format, site: SiteFacts, vocabulary: Vocabulary
) -> Iterator[bytes]:
    """The same bytes as `build`, in pieces, for feeds that are too large to be held whole."""
    last_modified = _last_modified(snapshot, spec, snapshot.feeds.last_change(spec.by_dimension))
    feed = Feed(
        facts=facts_of(spec, form.extension, site, vocabulary, last_modified),
        vevents=lambda: (row[3] for row in snapshot.feeds.rows(spec.by_dimension)),
        records=lambda: snapshot.feeds.each_record(spec.by_dimension),
    )
    yield from form.render(feed)


def build_event(snapshot: Snapshot, public_id: str, site: SiteFacts) -> Document | None:
    """One event as a calendar; None when no feed has it."""
    found = snapshot.feeds.vevent(public_id)
    if found is None:
        return None
    title, modified, vevent = found
    form = formats()["ics"]
    last_modified = datetime.fromtimestamp(modified, UTC)
    page_url = None if site.base_url is None else f"{site.base_url}/event/{public_id}"
    facts = FeedFacts(
        spec=FeedSpec(),
        title=title,
        description=f"One event of {site.name}.",
        page_url=page_url,
        feed_url=None if page_url is None else f"{page_url}.ics",
        base_url=site.base_url,
        color=site.color,
        refresh_interval=site.refresh_interval,
        default_length=site.default_length,
        last_modified=last_modified,
    )
    body = b"".join(form.render(Feed(facts, lambda: iter((vevent,)), lambda: ())))
    return Document(body, form.content_type, f"{public_id}.ics", last_modified, 1)


def _last_modified(snapshot: Snapshot, spec: FeedSpec, newest_event: int) -> datetime:
    """The last visible change of any event in it; an event that left counts as well, so it never goes back."""
    left = snapshot.feeds.last_departure(spec.by_dimension)
    return datetime.fromtimestamp(max(newest_event, left) or snapshot.founded_at(), UTC)


def facts_of(
    spec: FeedSpec, extension: str, site: SiteFacts, vocabulary: Vocabulary, last_modified: datetime
) -> FeedFacts:
    """What a feed says of itself in a format."""
    page_url = None if site.base_url is None else site.base_url + spec.path
    return FeedFacts(
        spec=spec,
        title=spec.title(site.name, vocabulary),
        description=describe(spec, site, vocabulary),
        page_url=page_url,
        feed_url=None if page_url is None else f"{page_url}.{extension}",
        base_url=site.base_url,
        color=feed_color(spec, site, vocabulary),
        refresh_interval=site.refresh_interval,
        default_length=site.default_length,
        last_modified=last_modified,
    )


def _renamed(facts: FeedFacts, extension: str, saved: Saved) -> FeedFacts:
    """The facts of a saved feed. A new choice may hold only old events, and is a change all the same."""
    page_url = None if facts.base_url is None else facts.base_url + saved.path
    return replace(
        facts,
        title=saved.name,
        page_url=page_url,
        feed_url=None if page_url is None else f"{page_url}.{extension}",
        last_modified=max(facts.last_modified, saved.changed_at),
    )


def describe(spec: FeedSpec, site: SiteFacts, vocabulary: Vocabulary) -> str:
    """One sentence: which events are in it."""
    if not spec.wanted:
        return f"Every event of {site.name}."
    labels = dict(zip((name for name, _ in spec.wanted), spec.labels(vocabulary), strict=True))
    place = f" in {labels.pop('country')}" if "country" in labels else ""
    about = f" about {', '.join(labels.values())}" if labels else ""
    return f"Events of {site.name}{place}{about}."


def feed_color(spec: FeedSpec, site: SiteFacts, vocabulary: Vocabulary) -> str:
    """The colour of its only coloured value, else the service's."""
    colors = [color for name, value in spec.facets if (color := vocabulary.color(name, value)) is not None]
    return colors[0] if len(colors) == 1 else site.color
