"""Changes that wait: written with each refresh, decided by a person, event by event.

A hold keeps each of its events before and after, so that a decision needs neither a fetch nor the reading it came from.
Holds of no single source guard what is served: they keep back what would take too many coming events away, whatever
the cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from feedsvc.core.changes import ChangeKind, Decision, changed_fields, essence
from feedsvc.core.cures import Cure
from feedsvc.core.errors import RequestError, SourceBusy
from feedsvc.core.guard import (
    MISSING,
    SERVED,
    Sighting,
    cancelled,
    later,
    taken_away,
    takes_too_much,
)
from feedsvc.core.model import Record
from feedsvc.refresh.context import RefreshContext
from feedsvc.refresh.plan import Plan, render
from feedsvc.store.administrators import Actor
from feedsvc.store.apply import Written
from feedsvc.store.claims import Fence
from feedsvc.store.holds import Hold, HoldRow
from feedsvc.store.sources import Run
from feedsvc.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome of a person's decision: how many events it was about, the edition it made, if any, and its last row
    in the log."""

    events: int
    edition: int | None
    action: int


def put_holds(
    snapshot: Snapshot, source_id: str, plan: Plan, cures: Mapping[str, Sequence[Cure]] = MappingProxyType({})
) -> str | None:
    """Write what waits of a plan and what time has confirmed. Returns why something waits, with the way out.

    `cures` are the settings that were tried, by cause; none of a cause where that was done before.
    """
    holds, judged, now = snapshot.holds, plan.judgement, plan.now
    waiting = {uid for uid, one in holds.sightings(source_id).items() if one.decision is None}
    holds.decide([one.id for one in holds.open_of(source_id)], judged.believed, "believed", None, now)
    holds.withdraw(source_id, waiting - judged.believed - judged.unseen)
    for cause, reason in judged.reasons.items():
        rows = [HoldRow(one.sighting, (one.decision.before or one.decision.after).event) for one in plan.held[cause]]
        holds.put(source_id, cause, reason, rows, now, cures.get(cause))
    holds.end(source_id, now)
    reasons = [one.reason for one in holds.open_of(source_id)]
    if not reasons:
        return None
    way_out = f"if this is right: feedsvc holds apply {source_id}; if not: feedsvc holds keep {source_id}"
    return f"{'; '.join(reasons)}; these stay as they were. {way_out}"


def guard_served(snapshot: Snapshot, cause: str, written: list[Written], now: datetime) -> list[Written]:
    """Keep back what would take too many of all coming events away, as a hold of no single source. Returns the rest.

    Goes before every commit but those of a person who has seen what goes. Time never believes it. `cause` says in
    words what would take them away.
    """
    taken = taken_away(((one.decision, one.is_in_feeds) for one in written), now)
    known = snapshot.holds.sightings(None)
    mine = {one.uid for one in written} & known.keys()
    coming = snapshot.holds.coming_served(now) if taken else 0
    if not takes_too_much(len(taken), coming):
        snapshot.holds.withdraw(None, mine)
        snapshot.holds.end(None, now)
        return written
    back = {one.after.uid: one for one in taken}
    rows = []
    for uid, one in back.items():
        sighting = Sighting(uid, one.kind.value, one.after.event, now, now)
        if uid in known:
            times = known[uid].times_seen + 1
            sighting = replace(known[uid], fate=sighting.fate, after=sighting.after, seen_at=now, times_seen=times)
        if sighting.decision is None:
            rows.append(HoldRow(sighting, (one.before or one.after).event))
    snapshot.holds.withdraw(None, mine - back.keys())
    reason = f"would take {len(taken)} of all {coming} coming events out of the calendars"
    snapshot.holds.put(None, SERVED, f"{reason} ({cause})", rows, now)
    snapshot.holds.end(None, now)
    return [one for one in written if one.uid not in back]


def find_holds(snapshot: Snapshot, target: str) -> list[Hold]:
    """Return the open hold of that number, or all open ones of that source. Raises RequestError."""
    if target.isdecimal():
        found = snapshot.holds.get(int(target))
        holds = [found] if found is not None and found.ended_at is None else []
        word = f"hold {target} is not open"
    else:
        holds, word = snapshot.holds.open_of(target), f"nothing of source {target!r} is held"
    if not holds:
        raise RequestError(f"{word}; feedsvc holds list shows what is")
    return holds


def keep_holds(
    context: RefreshContext, target: str, by: Actor, only: Collection[str] = (), now: datetime | None = None
) -> Decided:
    """Turn down what is held, or only some events of it; the same is then kept back without asking again.

    Raises RequestError when nothing is held, or not these events.
    """
    now = now or context.clock()
    with context.store.write() as snapshot:
        chosen = _chosen(snapshot, target, only)
        for hold, rows in chosen:
            snapshot.holds.decide([hold.id], [row.sighting.uid for row in rows], "kept", by.name, now)
        uids = {row.sighting.uid for _, rows in chosen for row in rows}
        records = snapshot.events.records(uids)
        told = [
            Decision(ChangeKind.RENDERED, replace(one, held=False, held_span=None, modified=later(one, now)), one)
            for one in records.values()
            if one.held
        ]
        edition = _write(context, snapshot, told, now)
        _close(snapshot, [hold for hold, _ in chosen], now)
        action = _noted(snapshot, by, "keep", [(one, f"kept {len(rows)} as before") for one, rows in chosen], now)
    return Decided(len(uids), edition, action)


def ask_again(
    context: RefreshContext, target: str, by: Actor, only: Collection[str] = (), now: datetime | None = None
) -> Decided:
    """Undo `keep_holds`: what a person kept back waits again, for a decision or for time, which counts from now.

    What the source does not say any more, its next reading withdraws. Raises RequestError when nothing was kept back.
    """
    now = now or context.clock()
    with context.store.write() as snapshot:
        kept = snapshot.holds.kept(target)
        chosen = [(hold, [uid for uid in uids if not only or uid in only]) for hold, uids in kept]
        unknown = set(only) - {uid for _, uids in chosen for uid in uids}
        if unknown or not kept:
            what = f"event {min(unknown)!r} was" if unknown else f"nothing of {target!r} was"
            raise RequestError(f"{what} kept back; feedsvc holds list shows what is open")
        for hold, uids in chosen:
            snapshot.holds.reopen(hold, uids, now)
            if hold.source_id is not None and snapshot.sources.state(hold.source_id).last_error is None:
                snapshot.sources.change(hold.source_id, last_error=f"{hold.reason}; {by.name} asks again")
        told = [(hold, f"asked again about {len(uids)}") for hold, uids in chosen]
        action = _noted(snapshot, by, "ask", told, now)
    return Decided(sum(len(uids) for _, uids in chosen), None, action)


def apply_holds(
    context: RefreshContext, target: str, by: Actor, only: Collection[str] = (), now: datetime | None = None
) -> Decided:
    """Apply what is held as it was read, or only some events of it, without fetching again.

    What is no longer listed is cancelled at once. Raises RequestError when nothing is held, SourceBusy when a refresh
    is under way.
    """
    now = now or context.clock()
    with context.store.read() as snapshot:
        sources = {one.source_id for one in find_holds(snapshot, target) if one.source_id is not None}
    with context.store.write() as snapshot:
        fences = []
        for source_id in sorted(sources):
            epoch = snapshot.claims.claim(source_id, context.holder, now)
            if epoch is None:
                raise SourceBusy(f"another process works on source {source_id!r} at present; try again in a minute")
            fences.append(Fence(source_id, epoch))
        chosen = _chosen(snapshot, target, only)
        records = snapshot.events.records({row.sighting.uid for _, rows in chosen for row in rows})
        decisions = [
            decision
            for hold, rows in chosen
            for row in rows
            if (record := records.get(row.sighting.uid)) is not None
            and (decision := _decision(context, hold, row, record, now)) is not None
        ]
        edition = _write(context, snapshot, decisions, now)
        for hold, rows in chosen:
            snapshot.holds.decide([hold.id], [row.sighting.uid for row in rows], "applied", by.name, now)
        _close(snapshot, [hold for hold, _ in chosen], now)
        for fence in fences:
            count = sum(1 for one in decisions if one.after.source_id == fence.source_id)
            words = f"{count} held changes were applied by {by.name}"
            snapshot.sources.record_run(Run(fence.source_id, now, 0, "applied", words, edition=edition))
            snapshot.claims.release(fence)
        made = "" if edition is None else f", edition {edition}"
        action = _noted(snapshot, by, "apply", [(one, f"applied to {len(rows)}{made}") for one, rows in chosen], now)
    return Decided(len(decisions), edition, action)


def _noted(snapshot: Snapshot, by: Actor, action: str, told: Iterable[tuple[Hold, str]], now: datetime) -> int:
    """Write a row of the log for each hold that was decided. Returns the number of the last one."""
    numbers = [
        snapshot.audit.write(by, action, hold.source_id or "what is served", now, before=hold.reason, after=after)
        for hold, after in told
    ]
    return numbers[-1] if numbers else 0


def _chosen(snapshot: Snapshot, target: str, only: Collection[str]) -> list[tuple[Hold, list[HoldRow]]]:
    """Each hold with those of its events that wait and were asked for. Raises RequestError."""
    found = []
    for hold in find_holds(snapshot, target):
        rows = [row for row in snapshot.holds.rows(hold.id) if row.sighting.decision is None]
        found.append((hold, [row for row in rows if not only or row.sighting.uid in only]))
    unknown = set(only) - {row.sighting.uid for _, rows in found for row in rows}
    if unknown:
        raise RequestError(
            f"event {min(unknown)!r} does not wait there; feedsvc holds show {target} lists those that do"
        )
    return [(hold, rows) for hold, rows in found if rows]


def _decision(context: RefreshContext, hold: Hold, row: HoldRow, record: Record, now: datetime) -> Decision | None:
    """What applying one event of a hold changes about the record as it is now; None where nothing is left to do."""
    after, fate = row.sighting.after, row.sighting.fate
    if fate == MISSING:
        return None if record.cancelled_at is not None else cancelled(record, now)
    if after is None:
        return None
    if hold.cause == SERVED and fate in (ChangeKind.DROPPED, ChangeKind.RENDERED, ChangeKind.SETTLED):
        return Decision(ChangeKind(fate), replace(record, modified=later(record, now)), record)
    moved = after.span.lies_elsewhere(record.event.span)
    changed = replace(record, event=after, held=False, held_span=None, modified=later(record, now))
    length = context.rendering.default_length
    if essence(record, length) != essence(changed, length):
        changed = replace(changed, sequence=record.sequence + 1)
    if moved:
        changed = replace(changed, moved_from=record.event.span, moved_at=now)
    return Decision(ChangeKind.CHANGED, changed, record, changed_fields(record, changed))


def _write(context: RefreshContext, snapshot: Snapshot, decisions: Sequence[Decision], now: datetime) -> int | None:
    """Write decisions about events of any source. Returns the last edition, None where nobody sees a change."""
    by_source: dict[str, list[Decision]] = defaultdict(list)
    for one in decisions:
        by_source[one.after.source_id].append(one)
    edition = None
    for source_id, those in sorted(by_source.items()):
        written = render(context, those, now)
        edition = snapshot.applier(source_id, now, context.fingerprint).apply(written) or edition
    return edition


def _close(snapshot: Snapshot, holds: Iterable[Hold], now: datetime) -> None:
    """End what nothing waits in any more; a source without an open hold is good again."""
    for source_id in {one.source_id for one in holds}:
        snapshot.holds.end(source_id, now)
        if source_id is None or snapshot.holds.open_of(source_id):
            continue
        if snapshot.sources.state(source_id).word == "held":
            snapshot.sources.change(source_id, last_error=None)
