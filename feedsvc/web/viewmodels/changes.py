"""Changes of events in words: "Thu 4 March, 10:00 became 18:00". Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from itertools import groupby

from feedsvc.core.model import Event, EventStatus
from feedsvc.store.history import EventChange
from feedsvc.web.viewmodels.i18n import Words

LATELY_ROWS = 3
KEPT = timedelta(days=90)
MOST = 500


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line. `kind` is moved, cancelled, removed, new or changed; `others` counts further new ones of that day."""

    day: date
    day_words: str
    kind: str
    title: str
    path: str
    told: str
    others: int = 0


def lately(changes: Sequence[EventChange], words: Words, most: int = LATELY_ROWS) -> tuple[ChangeRow, ...]:
    """The last changes, the newest first; new events of one day are one line."""
    rows = [row for change in changes if (row := change_row(change, words))]
    found: list[ChangeRow] = []
    for (day, kind), group in groupby(rows, key=lambda row: (row.day, row.kind if row.kind == "new" else row.path)):
        together = list(group)
        first = together[0]
        if kind == "new" and len(together) > 1:
            first = ChangeRow(day, first.day_words, first.kind, first.title, first.path, "", len(together) - 1)
        found.append(first)
    return tuple(found[:most])


def change_row(change: EventChange, words: Words, *, full: bool = False) -> ChangeRow | None:
    """A change in words; None where there is nothing to tell. Only `full` tells what is neither time nor status."""
    kind, told = _kind(change), ""
    if kind == "moved" and change.before is not None:
        told = became(change.before.event, change.after.event, words)
    elif kind in ("cancelled", "removed"):
        told = words.short_day_name(change.after.event.span.first_day)
    elif kind == "changed":
        told = words.listed([words.text(FIELDS[name]) for name in dict.fromkeys(change.fields) if name in FIELDS])
        if not told or not full:
            return None
    day = change.at.astimezone(UTC).date()
    path = f"/event/{change.uid.partition('@')[0]}"
    return ChangeRow(day, words.skeleton("MMMMd", day), kind, change.after.event.summary, path, told)


FIELDS = {
    "title": "title",
    "summary": "title",
    "location": "place",
    "link": "link",
    "description": "description",
    "themes": "themes",
    "countries": "countries",
    "host": "organiser",
}
"""Names of an event's fields, with what readers call them."""


def _kind(change: EventChange) -> str:
    if change.kind == "dropped":
        return "removed"
    if change.kind == "new" or change.before is None:
        return "new"
    if change.after.status is EventStatus.CANCELLED and change.before.status is not EventStatus.CANCELLED:
        return "cancelled"
    return "moved" if change.before.event.span.lies_elsewhere(change.after.event.span) else "changed"


def became(before: Event, after: Event, words: Words) -> str:
    """ "Thu 4 March, 10:00 became 18:00", with the other day where it changed."""
    old, new = before.span, after.span
    first = words.short_day_name(old.first_day)
    if old.first_day == new.first_day and not (old.all_day or new.all_day):
        # The two starts, or, where only the end changed, the two ranges.
        if old.start != new.start:
            clocks = {"before": words.clock(old.local_start), "after": words.clock(new.local_start)}
        else:
            clocks = {"before": _range(before, words), "after": _range(after, words)}
        return words.text("%(day)s, %(before)s became %(after)s", day=first, **clocks)
    return words.text("%(before)s became %(after)s", before=_when(before, words), after=_when(after, words))


def _range(event: Event, words: Words) -> str:
    end = event.span.local_end
    start = words.clock(event.span.local_start)
    return start if end is None else f"{start} – {words.clock(end)}"


def _when(event: Event, words: Words) -> str:
    day = words.short_day_name(event.span.first_day)
    return day if event.span.all_day else f"{day}, {words.clock(event.span.local_start)}"
