"""Events and listings as bytes and back. The bytes of equal values are equal, so they also tell whether one changed.

JSON without spaces, fields by name in their own order, instants as whole seconds since 1970 UTC. A new field of an
event or a listing needs nothing here unless its type is a new one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from operator import attrgetter
from typing import Any, TypeVar

from feedsvc.core.model import Event, EventStatus, Finding, Horizon, Ledger, Listing, Present, Reading, Stated
from feedsvc.core.timespan import Timespan

Body = TypeVar("Body")
_SPACES = re.compile(r" {2,}")
_LINE = re.compile(r',"line":\d+')
BODY_VERSION = 2
"""Of stored event bodies: 1 was a list of values by position."""


def digest(text: str) -> str:
    """A short fingerprint of a text: 32 hexadecimal digits."""
    return fingerprint(text.encode("utf-8", "surrogatepass"))


def fingerprint(content: bytes) -> str:
    """A short fingerprint of bytes: 32 hexadecimal digits."""
    return blake2b(content, digest_size=16).hexdigest()


def seconds(instant: datetime) -> int:
    """An aware datetime as whole seconds since 1970 UTC."""
    return int(instant.timestamp())


def instant(epoch_seconds: int) -> datetime:
    """Whole seconds since 1970 UTC as an aware datetime in UTC."""
    return datetime.fromtimestamp(epoch_seconds, UTC)


def span_values(span: Timespan) -> list[Any]:
    """A span as [start, end or null, zone or null, offset in minutes, all day]."""
    end = None if span.end is None else seconds(span.end)
    return [seconds(span.start), end, span.zone, span.offset_minutes, span.all_day]


def span_of(values: list[Any]) -> Timespan:
    """The span that `span_values` wrote."""
    start, end, zone, offset_minutes, all_day = values
    return Timespan(instant(start), None if end is None else instant(end), zone, offset_minutes, all_day)


def event_text(event: Event) -> str:
    """An event as one line of JSON, whole: `event_of` gives it back."""
    return _dump({"version": BODY_VERSION, **_named(event)})


def event_of(text: str) -> Event:
    """The event that `event_text` wrote, in this version or an earlier one."""
    return _made(Event, json.loads(text))


def visible_digest(event: Event) -> str:
    """A fingerprint of what people can see of an event.

    The identity is left out, and so are the details and lines of findings: an event that stands further down the
    page, or is listed under a second spelling of its link, is the same event.
    """
    # In the order of version 1, so that digests stay; a field that came later counts once it says something.
    later = [(name, got) for name, default in _LATER if (got := getattr(event, name)) != default]
    return digest(_dump([*_VISIBLE(event), event.codes, *later]))


def reading_text(reading: Reading) -> str:
    """A whole reading as JSON, each listing on a line of its own, to pass between processes and to compare."""
    values = _named(reading)
    rows = ",\n".join(map(_dump, values.pop("listings", ())))
    return f'{{"listings":[\n{rows}\n],"rest":{_dump(values)}}}'


def reading_of(text: str) -> Reading:
    """The reading that `reading_text` wrote. Its listings are decoded one by one: there may be many."""
    end = text.rindex('],"rest":')
    rest = json.loads(text[end:].removeprefix('],"rest":').removesuffix("}"))
    rows = (json.loads(text[first:last].removesuffix(",")) for first, last in _rows(text, end))
    return _made(Reading, {"listings": rows, **rest})


def _rows(text: str, end: int) -> Iterator[tuple[int, int]]:
    """Where each line of a text begins and ends, between the first line and `end`."""
    first = text.index("\n") + 1
    while first < end:
        last = text.index("\n", first)
        if last > first:  # without listings there is an empty line
            yield first, last
        first = last + 1


def said_digest(text: str) -> str:
    """A fingerprint of what the text of a reading says, whatever the order of its listings, their lines and spaces.

    It is that of the texts of its listings, which are not taken apart: within a JSON string no line ends, and no quote
    stands alone.
    """
    text = _LINE.sub("", text)
    if "  " in text:
        text = _SPACES.sub(" ", text)
    _, *listings, rest = (row.removesuffix(",") for row in text.split("\n"))
    said = sorted(_without_lines(row) if '"findings":' in row else row for row in listings)
    values = json.loads(rest.removeprefix('],"rest":').removesuffix("}"))
    present = [_dump([one["finding"][:2], {**one, "finding": None}]) for one in values.pop("present", ())]
    return digest("\n".join([*said, *sorted(present), _dump(values)]))


def _without_lines(row: str) -> str:
    """The text of a listing whose findings do not tell their lines."""
    values = json.loads(row)
    return _dump({**values, "findings": [finding[:2] for finding in values["findings"]]})


def _plain(value: Any) -> Any:
    """Values that JSON does not know: short values by position, everything that may grow by field name."""
    if isinstance(value, Finding):
        return [value.code, value.detail, value.line]
    if isinstance(value, Timespan):
        return span_values(value)
    if isinstance(value, Stated):
        clock = None if value.time is None else value.time.isoformat()
        offset = None if value.offset is None else int(value.offset.total_seconds())
        return [value.date.isoformat(), clock, value.zone, offset, value.standard_label]
    return value.isoformat() if isinstance(value, date) else _named(value)


_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
"""Made once: an encoder for each call costs as much as a listing."""


def _named(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, without those that have their default."""
    return {name: got for name, default in _DEFAULTS[type(value)] if (got := getattr(value, name)) != default}


def _made(kind: type[Body], values: Any) -> Body:
    """The dataclass that `_named` wrote: an unknown field is ignored, a missing one has its default."""
    if isinstance(values, list):
        values = dict(zip(_POSITIONS[kind], values, strict=False))
    readers = _FIELD_READERS[kind]
    return kind(**{name: readers[name](value) for name, value in values.items() if name in readers})


def _stated_of(values: list[Any]) -> Stated:
    day, clock, zone, offset, standard_label = values
    return Stated(
        date.fromisoformat(day),
        None if clock is None else time.fromisoformat(clock),
        zone,
        None if offset is None else timedelta(seconds=offset),
        standard_label,
    )


_READERS: dict[str, Callable[[Any], Any]] = {
    "tuple[str, ...]": tuple,
    "tuple[Finding, ...]": lambda values: tuple(Finding(*finding) for finding in values),
    "tuple[Listing, ...]": lambda values: tuple(_made(Listing, listing) for listing in values),
    "tuple[Present, ...]": lambda values: tuple(_made(Present, present) for present in values),
    "Finding": lambda values: Finding(*values),
    "Ledger | None": lambda values: None if values is None else _made(Ledger, values),
    "Horizon": lambda values: _made(Horizon, values),
    "date | None": lambda value: None if value is None else date.fromisoformat(value),
    "Timespan": span_of,
    "EventStatus": EventStatus,
    "Stated": _stated_of,
    "Stated | None": lambda values: None if values is None else _stated_of(values),
}
"""How a field is read, by its annotation; any other is read as JSON gives it."""
_POSITIONS: dict[type[Any], tuple[str, ...]] = {
    Event: (
        *("identity", "findings", "title", "summary", "themes", "countries", "places", "span", "listed"),
        *("description", "location", "host", "event_type", "link", "status", "copies"),
    ),
    Listing: (
        *("title", "start", "end", "listed", "themes", "countries", "native_id", "link", "description"),
        *("location", "host", "event_type", "status", "line", "findings"),
    ),
    Reading: ("listings", "findings", "incomplete"),
}
"""The order in which version 1 wrote fields, without their names."""
_KINDS: tuple[type[Any], ...] = (*_POSITIONS, Present, Horizon, Ledger)
_DEFAULTS = {kind: tuple((field.name, field.default) for field in fields(kind)) for kind in _KINDS}
_FIELD_READERS = {
    kind: {field.name: _READERS.get(str(field.type), lambda value: value) for field in fields(kind)} for kind in _KINDS
}
_VISIBLE = attrgetter(*_POSITIONS[Event][2:])
_LATER = tuple((name, default) for name, default in _DEFAULTS[Event] if name not in _POSITIONS[Event])
