"""Everything that can be published: which feeds there are as files, and each of them as bytes when it is asked for.

As files stand: every event, every value of each dimension that is configured or that any event ever had, and every two
values of different groups of dimensions that meet in an event; of years only those of a feed whose calendar leaves out
what is long past. Other combinations are made when they are asked for, by the web.
A path that was published once goes on for ever, also when it is empty, and when its value was renamed: then it holds
what the new name's feed holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from feedsvc.core.dimensions import EVERYTHING, YEAR, Dimension
from feedsvc.core.errors import UnknownFeed
from feedsvc.core.publication import FeedFile, FeedFiles, Publication
from feedsvc.feeds.build import SiteFacts, build, calendar_bytes, last_modified_of, stream
from feedsvc.feeds.document import LARGE_BYTES, NOTABLE_BYTES
from feedsvc.feeds.feed import formats
from feedsvc.feeds.spec import FeedSpec, make_spec, parse, split_extension
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.store.store import Snapshot, Store

_HELD_WHOLE = 2_000
"""Events of the largest feed that is made in memory, which is faster; larger ones are written as they are read."""


class FeedExports:
    """The feeds of a store, to be published. `fingerprint` covers everything that shapes them besides the store."""

    def __init__(self, store: Store, dimensions: tuple[Dimension, ...], site: SiteFacts, fingerprint: str) -> None:
        self._store = store
        self._fingerprint = fingerprint
        self._site = site
        self._vocabulary = Vocabulary(dimensions, {})

    def feed_files(self, kept: Iterable[str], since: tuple[int, str]) -> FeedFiles:
        """Everything at the present edition, and what `kept` paths now hold. `since` is (edition, history) before."""
        with self._store.read() as snapshot:
            edition = snapshot.feeds.edition()
            self._vocabulary = Vocabulary.of(self._vocabulary.dimensions, snapshot.feeds.facets(), edition)
            counted = self._counted(snapshot)
            made_at = snapshot.overview.made_at(edition)
            history = snapshot.overview.history(edition)
            continues = snapshot.overview.history(since[0]) == since[1]
        if made_at is None or history is None:
            raise AssertionError("the edition that was just read has no row")
        stems = {spec.path: spec for spec in counted} | self._old_stems(counted)
        paths = [f"{stem}.{extension}" for stem in stems for extension in formats()]
        found = {path: self._feed_file(path, stems[split_extension(path)[0]], counted) for path in paths}
        for path in kept:
            spec = self._named(f"/{path}")
            if spec is not None:
                found.setdefault(f"/{path}", self._feed_file(f"/{path}", spec, counted))
        return FeedFiles(
            edition, made_at, history, continues, self._fingerprint, self._site.name, tuple(found.values())
        )

    @contextmanager
    def publication(self, feed_file: FeedFile) -> Iterator[Publication]:
        """A feed to be written. It may be newer than its stamp, never older."""
        spec, form = parse(feed_file.address, self._vocabulary), formats()[feed_file.path.rpartition(".")[2]]
        with self._store.read() as snapshot:
            if feed_file.events <= _HELD_WHOLE:
                document = build(snapshot, spec, form, self._site, self._vocabulary)
                yield Publication(document.last_modified, iter((document.body,)))
                return
            with closing(stream(snapshot, spec, form, self._site, self._vocabulary)) as chunks:
                yield Publication(last_modified_of(snapshot, spec), chunks)

    def _counted(self, snapshot: Snapshot) -> dict[FeedSpec, int]:
        """Every feed that stands as a file, with the number of its events."""
        rows = {(row.dimension, row.value): row.events for row in snapshot.totals.counts()}
        counted = {FeedSpec(): rows.get((EVERYTHING.dimension, EVERYTHING.value), 0)}
        published = [dimension for dimension in self._vocabulary.dimensions if dimension.name != YEAR]
        for dimension in published:
            stored = [value for name, value in rows if name == dimension.name]
            for value in sorted({*dimension.known(), *stored}):
                spec = self._spec((dimension.name, value))
                counted[spec] = rows.get(spec.facets[0], 0)
        names = {dimension.name for dimension in published}
        for meeting in snapshot.totals.meetings():
            if {meeting.first[0], meeting.second[0]} <= names:
                counted[self._spec(meeting.first, meeting.second)] = meeting.events
        return counted | self._years(snapshot, counted)

    def _years(self, snapshot: Snapshot, counted: Iterable[FeedSpec]) -> dict[FeedSpec, int]:
        """The years of every feed whose calendar leaves out what is long past, each a feed that has it whole."""
        larger = {facet[:2] for facet in snapshot.totals.larger(self._site.fill_bytes)}
        found = {}
        for spec in counted:
            if not larger.issuperset(spec.facets or [(EVERYTHING.dimension, EVERYTHING.value)]):
                continue
            size = snapshot.totals.size(spec.by_dimension)
            if size > self._site.fill_bytes and size > calendar_bytes(snapshot, spec):
                for row in snapshot.totals.counts(spec.by_dimension):
                    if row.dimension == YEAR and row.events:
                        found[spec.with_values(YEAR, (row.value,))] = row.events
        return found

    def _spec(self, *facets: tuple[str, str]) -> FeedSpec:
        """The feed of these values, one of each dimension, by their present names."""
        return make_spec({name: (self._vocabulary.canonical(name, value),) for name, value in facets})

    def _old_stems(self, counted: Mapping[FeedSpec, int]) -> dict[str, FeedSpec]:
        """Paths of values that were renamed, with the feeds they now lead to."""
        names = {dimension.name for dimension in self._vocabulary.dimensions} - {YEAR}
        stems = {f"/{name}/{value}" for name, value in self._vocabulary.stored if name in names}
        known = {spec.path for spec in counted}
        return {stem: parse(stem, self._vocabulary) for stem in sorted(stems - known)}

    def _named(self, path: str) -> FeedSpec | None:
        """The feed that a path published before is of; None where it is none any more: its file is left as it is."""
        stem, extension = split_extension(path)
        if extension not in formats():
            return None
        try:
            return parse(stem, self._vocabulary)
        except UnknownFeed:
            return None

    def _feed_file(self, path: str, spec: FeedSpec, counted: Mapping[FeedSpec, int]) -> FeedFile:
        stamp = "-".join(str(revision) for revision in spec.stamp(self._vocabulary))
        title = spec.title(self._site.name, self._vocabulary)
        content_type = formats()[path.rpartition(".")[2]].content_type
        return FeedFile(path.strip("/"), spec.path, stamp, content_type, title, counted.get(spec, 0))


@dataclass(frozen=True, slots=True)
class LargeFeed:
    """`size` is that of the events of its calendar, in bytes."""

    spec: FeedSpec
    size: int

    @property
    def is_task(self) -> bool:
        """True where some programs may lose events of it already, so that somebody should see to it."""
        return self.size > LARGE_BYTES

    @property
    def told(self) -> str:
        """Its address and size: "/all.ics: 1,234 KB"."""
        return f"{self.spec.path}.ics: {self.size / 1_000:,.0f} KB"


def large_feeds(snapshot: Snapshot) -> list[LargeFeed]:
    """Every feed of one value, or of everything, whose calendar is or soon becomes too large, the largest first."""
    found = []
    for dimension, value, _size in snapshot.totals.larger(NOTABLE_BYTES):
        spec = make_spec({} if dimension == EVERYTHING.dimension else {dimension: (value,)})
        found.append(LargeFeed(spec, calendar_bytes(snapshot, spec)))
    return sorted((one for one in found if one.size > NOTABLE_BYTES), key=lambda one: (-one.size, one.spec.path))
