"""Rendering as a job of its own: every stored event read and written as this program does it today, whatever its source
is called, whether it is paused, failing, held or was removed.

read the last capture of each source that was read by other rules |
take a batch that another fingerprint wrote | render | compare | write what differs | note the rest

An event whose VEVENT says the same keeps its bytes and its LAST-MODIFIED; a facet that it gained or lost moves it
between feeds all the same. When all are done the store is stamped, and every feed counts as changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from feedsvc.config.loader import Source
from feedsvc.core.changes import ChangeKind, Decision
from feedsvc.core.dimensions import EVERYTHING
from feedsvc.core.errors import Overtaken, SourceBusy
from feedsvc.core.model import Record
from feedsvc.refresh.context import RefreshContext, removed_source
from feedsvc.refresh.holds import guard_served
from feedsvc.refresh.pipeline import claimed, write_by_rules
from feedsvc.refresh.plan import write_decision
from feedsvc.store.apply import Written
from feedsvc.store.events import StaleEvent
from feedsvc.store.store import Snapshot

BATCH = 200


@dataclass(frozen=True, slots=True)
class Rendered:
    """How many events were looked at, and how many of them are now written otherwise or stand in other feeds."""

    seen: int = 0
    changed: int = 0


def is_rendered(snapshot: Snapshot, context: RefreshContext) -> bool:
    """Return True if every event and feed is written by the fingerprint in force."""
    return snapshot.provenance.fingerprint() == context.fingerprint


def read_again(context: RefreshContext, sources: Iterable[Source], tell: Callable[[int], object] = str) -> None:
    """Read by today's rules what each source sent last that was read by others: of `sources`, and of those removed.

    Nothing is fetched. `tell` is given the number seen so far. Raises StoreUnavailable.
    """
    configured = {source.id: source for source in sources}
    with context.store.read() as snapshot:
        states = snapshot.sources.states()
    for number, state in enumerate(states):
        tell(number)
        source = configured.get(state.id) or removed_source(state)
        # What killed its reader before is read alone, at its turn; what somebody else reads now, is read by that one.
        if source is None or state.strikes or state.rules_digest in (None, context.rules_digest(source)):
            continue
        with suppress(SourceBusy, Overtaken), claimed(context, source) as fence:
            write_by_rules(context, source, fence)


def render_stale(context: RefreshContext, tell: Callable[[int], object] = str) -> Rendered:
    """Write every event as it is written today, in short transactions. `tell` is given the number seen so far.

    Raises StoreUnavailable.
    """
    with context.store.read() as snapshot:
        if is_rendered(snapshot, context):
            return Rendered()
    done, after = Rendered(), 0
    unwritable: list[Written] = []
    while True:
        with context.store.write() as snapshot:
            snapshot.lock_editions()
            batch = snapshot.events.stale(context.fingerprint, after, BATCH)
            if not batch:
                # Judged together: a release that cannot write most events must not empty the feeds batch by batch.
                now = context.clock()
                _apply(context, snapshot, guard_served(snapshot, "writing them again", unwritable, now), now)
                snapshot.provenance.put_fingerprint(context.fingerprint, context.clock())
                return done
            now = context.clock()
            rendered = [_rendered(context, one, now) for one in batch]
            different = [item for item in rendered if item is not None]
            unwritable += (item for item in different if item.vevent is None)
            _apply(context, snapshot, [item for item in different if item.vevent is not None], now)
            snapshot.events.confirm([one.row for one in batch], context.fingerprint)
        done, after = Rendered(done.seen + len(batch), done.changed + len(different)), batch[-1].row
        tell(done.seen)


def _apply(context: RefreshContext, snapshot: Snapshot, written: list[Written], now: datetime) -> None:
    for source_id, group in groupby(sorted(written, key=_source_of), _source_of):
        snapshot.applier(source_id, now, context.fingerprint).apply(list(group))


def _source_of(one: Written) -> str:
    return one.decision.after.source_id


def _rendered(context: RefreshContext, one: StaleEvent, now: datetime) -> Written | None:
    """The event as it is to be written; None where it stands as it would be."""
    same = _written(context, one, one.record, now)
    if same.vevent == one.vevent:
        facets = {(facet.dimension, facet.value) for facet in (EVERYTHING, *same.facets)} if same.vevent else set()
        return None if facets == one.facets else same
    modified = max(now.replace(microsecond=0), one.record.modified + timedelta(seconds=1))
    return _written(context, one, replace(one.record, modified=modified), now)


def _written(context: RefreshContext, one: StaleEvent, after: Record, now: datetime) -> Written:
    written = write_decision(context, Decision(ChangeKind.RENDERED, after, one.record), now)
    return replace(written, own_event=one.own_event)
