"""Any answer in JSON: which path leads to the list of events, and which to each thing that an event has, is configured.

A path is names of keys between dots, "location.city"; a number takes one element of a list, any other name goes through
all of them. The hardest case is an answer that shows the next ten only: unless it says how many there are, or leads to
its further pages, what lies beyond its last event is unknown, not missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Finding, Horizon, Ledger, Page, Present, Reading, sorted_out
from feedsvc.core.text import clean_line, cut
from feedsvc.sources.base import Context
from feedsvc.sources.parsing.answers import follow_pages, read_answer
from feedsvc.sources.parsing.fields import Entry, Fields, FieldSettings, guess_fields, read_entries

MAX_EVENTS = 20_000
_DOT = re.compile(r"(?<!\\)\.")
_JOINED = frozenset({"location", "host"})
_GUESSED_DEPTH = 5
_DATE_KEYS = ("date", "local", "dateTime", "datetime", "iso")
_INNER = {
    "title": ("text", "rendered", "name", "title", "plain"),
    "start": _DATE_KEYS,
    "end": _DATE_KEYS,
    "time": ("time",),
    "end_time": ("time",),
    "zone": ("tz", "timezone", "timeZone", "time_zone"),
    "location": (
        "name",
        "addressTitle",
        "description",
        "venue",
        "street",
        "address",
        "addressLine1",
        "city",
        "locality",
        "addressLine2",
    ),
    "country": ("country", "addressCountry", "country_code", "countryCode"),
}
"""The usual keys of each thing within a value that is an object."""
SQUARESPACE: dict[str, Any] = {
    "items": "upcoming",
    "paths": {
        "id": "id",
        "title": "title",
        "start": "startDate",
        "end": "endDate",
        "link": "fullUrl",
        "location": "location.addressTitle, location.addressLine1, location.addressLine2",
        "country": "location.addressCountry",
        "description": "excerpt, body",
        "themes": "categories",
    },
}
"""The settings for a page of events of Squarespace, under its address with `?format=json`."""


class Settings(FieldSettings):
    """The keys of `json` beside those of every source."""

    paths: Fields
    """The path from an item to each thing that an event has, or several between commas."""
    items: str = ""
    """The path to the list of events; none where the answer itself is the list."""
    next: str | None = None
    """The path to the address of the next page."""
    total: str | None = None
    """The path to the number of events that there are."""
    max_pages: int = Field(100, ge=1, le=400)
    """Pages that are read at most."""


@dataclass(slots=True)
class _Harvest:
    """Everything that the pages list. `total` is the number of items stated last; `repeated` counts the same again."""

    settings: Settings
    items: list[Any] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)
    seen: int = 0
    repeated: int = 0
    total: int | None = None

    def take(self, page: Page) -> str | None:
        """Take in one page, and give the address of the next one as it states it."""
        settings = self.settings
        answer, findings = read_answer(page)
        self.findings.extend(findings)
        for item in _items(answer, settings.items, page.url):
            self.seen += 1
            one = Item(item, settings.paths)
            key = (one.text("id"), one.text("start"))
            if key[0] and key in self.known:  # it moved from one page to the next while they were read
                self.repeated += 1
                continue
            self.known.add(key)
            self.items.append(item)
        total, following = (next(iter(texts_at(answer, path or "")), "") for path in (settings.total, settings.next))
        self.total = int(total) if re.fullmatch(r"\d{1,9}", total, re.ASCII) else self.total
        return following or None

    @property
    def is_all(self) -> bool:
        """Return True unless the source says that it has more."""
        return self.total is None or self.seen - self.repeated >= self.total


def read(settings: Settings, context: Context) -> Reading:
    """Read every page. Raises FetchFailed or SourceUnreadable when the first one cannot be had or read."""
    harvest = _Harvest(settings)
    incomplete = follow_pages(context, harvest.take, lambda: harvest.is_all, settings.max_pages)
    if incomplete is None and not harvest.is_all:
        incomplete = f"{harvest.seen - harvest.repeated} of {harvest.total} events came"
    events = [Item(one, settings.paths) for one in harvest.items if isinstance(one, dict)]
    entries = [Entry(one.text, names=one.names) for one in events[:MAX_EVENTS]]
    outcomes, doubts = read_entries(entries, settings, context, context.url or "")
    strange = [Present(Finding("unreadable", "an item that is not an object"))] * (len(harvest.items) - len(events))
    listings, present = sorted_out([*outcomes, *strange])
    beyond = len(events) - len(entries)
    if beyond:
        doubts.append(Finding("too-many-events", f"{beyond} left out, {MAX_EVENTS} read"))
        incomplete = f"more than {MAX_EVENTS} events"
    ledger = Ledger.of(listings, present, seen=harvest.seen, parts=harvest.repeated, omitted=beyond)
    sees_all = settings.next is not None or harvest.total is not None
    return Reading(
        listings,
        (*harvest.findings, *doubts),
        incomplete,
        present,
        Horizon(to_last_listing=not sees_all),
        ledger,
        ids_name_dates=settings.id_names == "dates",
    )


def _items(answer: Any, path: str, url: str) -> list[Any]:
    """The items of an answer. Raises SourceUnreadable where its path leads to no list, naming what there is."""
    found = values_at(answer, path)
    # A list by number or name ({"17": {…}, "18": {…}}) is one too, where its values are objects.
    if len(found) == 1 and isinstance(found[0], dict) and path and all(isinstance(v, dict) for v in found[0].values()):
        return list(found[0].values())
    if found and all(isinstance(one, list) for one in found):
        return [item for one in found for item in one]
    there = ", ".join(map(repr, list(answer)[:12])) if isinstance(answer, dict) else type(answer).__name__
    where = f"items = {path!r}" if path else "its top"
    raise SourceUnreadable(f"{url}: no list of events at {where}; there is {cut(clean_line(there), 200)}")


def guess(answer: Any) -> dict[str, Any] | None:
    """The settings by which an answer could be read: of its lists of objects the longest that has titles and starts."""
    best: tuple[int, dict[str, Any]] | None = None
    waiting: list[tuple[str, Any, int]] = [("", answer, 0)]
    while waiting:
        path, value, depth = waiting.pop(0)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value[:5]):
            paths = _guess_paths(value[0])
            if {"title", "start"} <= paths.keys() and (best is None or len(value) > best[0]):
                best = len(value), {**({"items": path} if path else {}), "paths": paths}
        elif isinstance(value, dict) and depth < _GUESSED_DEPTH:
            escaped = ((key.replace(".", "\\."), one) for key, one in value.items())
            waiting += [(f"{path}.{key}" if path else key, one, depth + 1) for key, one in escaped]
    return None if best is None else best[1]


def _guess_paths(item: dict[str, Any]) -> dict[str, str]:
    """The paths by the usual names of keys, also of those within a date, a place or a text of several forms."""
    fields = guess_fields(key for key in item if "." not in key and "," not in key)
    if "start" not in fields and "time" in fields:  # a "start_time" that is day and time
        fields["start"] = fields.pop("time")
        fields |= {"end": fields.pop("end_time")} if "end" not in fields and "end_time" in fields else {}
    paths: dict[str, str] = {}
    for meaning, key in fields.items():
        inner = item[key][0] if isinstance(item[key], list) and item[key] else item[key]
        if not isinstance(inner, dict):
            paths[meaning] = key
            continue
        usual = _INNER.get(meaning, _INNER["title"])
        found = [name for name in usual if isinstance(inner.get(name), str | int | float)]
        if found:
            paths[meaning] = ", ".join(f"{key}.{name}" for name in (found if meaning in _JOINED else found[:1]))
        more = {"start": ("time", "zone"), "end": ("end_time",), "location": ("country",)}.get(meaning, ())
        for other in more:
            name = next((name for name in _INNER[other] if isinstance(inner.get(name), str)), None)
            if name is not None and other not in fields:
                paths[other] = f"{key}.{name}"
    return paths


def values_at(value: Any, path: str) -> list[Any]:
    """The values that a path leads to, in the order of the text; none where it leads nowhere."""
    found = [value]
    for step in _DOT.split(path) if path else ():
        key, following = step.replace("\\.", "."), []
        for one in found:
            if isinstance(one, list) and key.isdecimal():
                following += one[int(key) : int(key) + 1] if len(key) < 9 else []
                continue
            for node in one if isinstance(one, list) else [one]:
                if isinstance(node, dict) and key in node:
                    following.append(node[key])
        found = following
    return found


def texts_at(value: Any, path: str) -> list[str]:
    """The texts and numbers at a path. Of a yes (true) it is the name of its key: {"cancelled": true}."""
    texts: list[str] = []
    for found in values_at(value, path) if path else ():
        for one in found if isinstance(found, list) else [found]:
            if one is True:
                texts.append(path.rpartition(".")[2])
            elif isinstance(one, str | int | float) and not isinstance(one, bool) and str(one).strip():
                texts.append(str(one))
    return texts


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an answer, by the meaning of its fields."""

    value: Any
    fields: Fields

    def text(self, meaning: str) -> str:
        """The text of a field: of places and hosts all that the paths lead to, of anything else the first."""
        found = [text for path in self._paths(meaning) for text in texts_at(self.value, path)]
        return ", ".join(dict.fromkeys(found)) if meaning in _JOINED else next(iter(found), "")

    def names(self, meaning: str) -> list[str]:
        """The names of a field that is a list, or several fields; empty where it is one text, to be taken apart."""
        paths = self._paths(meaning)
        found = [text for path in paths for text in texts_at(self.value, path)]
        is_list = len(found) > 1 or any(self._goes_through_a_list(path) for path in paths)
        return found if is_list else []

    def _paths(self, meaning: str) -> list[str]:
        stated = getattr(self.fields, meaning) or ""
        return [path.strip() for path in stated.split(",") if path.strip()]

    def _goes_through_a_list(self, path: str) -> bool:
        steps = _DOT.split(path)
        above = (".".join(steps[: n + 1]) for n in range(len(steps)))
        return any(isinstance(one, list) for part in above for one in values_at(self.value, part))
