"""Events made by hand, as a refresh would hand them to the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedsvc.core.changes import ChangeKind, Decision
from feedsvc.core.model import Event, Facet, Finding, Record
from feedsvc.core.timespan import Timespan
from feedsvc.store.apply import Written
from feedsvc.store.store import Store

NOW = datetime(2024, 5, 20, 9, tzinfo=UTC)
START = datetime(2024, 5, 28, 14, tzinfo=UTC)
CHILE, KENYA = Facet("country", "cl", "Chile"), Facet("country", "ke", "Kenya")
SPACE, BUDGET = Facet("theme", "civic-space", "Civic Space"), Facet("theme", "budget", "Budget")
SOURCE = "listing"


def record(name: str, start: datetime = START, findings: tuple[Finding, ...] = (), **changes: object) -> Record:
    """A record whose UID is `<name>@feeds.test`."""
    span = Timespan.timed(start, start + timedelta(hours=1), "America/Santiago")
    event = Event(name, f"About {name}", f"About {name}", (), (), (), span, findings=findings)
    made = Record(f"{name}@feeds.test", SOURCE, event, 0, created=NOW, modified=NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


def vevent(one: Record) -> bytes:
    """Stands for its VEVENT."""
    return f"BEGIN:VEVENT\r\nUID:{one.uid}\r\nSEQUENCE:{one.sequence}\r\nEND:VEVENT\r\n".encode()


def uid_in(fragment: bytes) -> str:
    """The UID that a VEVENT begins with."""
    return fragment.split(b"\r\n", 2)[1].decode().removeprefix("UID:")


def written(one: Record, *facets: Facet, kind: ChangeKind = ChangeKind.NEW) -> Written:
    """A decision about a record, rendered."""
    return Written(Decision(kind, one), None if kind is ChangeKind.DROPPED else vevent(one), facets)


def changed(one: Record, now: datetime, **changes: object) -> Record:
    """The same event after a visible change."""
    return replace(one, sequence=one.sequence + 1, modified=now, **changes)  # type: ignore[arg-type]


def apply(store: Store, *items: Written, now: datetime = NOW) -> int | None:
    """Write what one refresh decided; the edition it made."""
    with store.write() as snapshot:
        return snapshot.applier(SOURCE, now, "rendering").apply(items)


def uids(store: Store, **wanted: tuple[str, ...]) -> list[str]:
    """The UIDs of a feed in its order, without the domain."""
    with store.read() as snapshot:
        return [uid_in(row[1]).removesuffix("@feeds.test") for row in snapshot.feeds.rows(wanted)]
