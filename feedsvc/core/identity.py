"""Listings that are one event, and the names by which an event is known for ever. Pure.

The hardest case is a link that several rows share (an event on several days): there the start tells them apart.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import count

from feedsvc.core.model import Event, Finding, Listing
from feedsvc.core.text import canonical_url, clean_line, fold, safe_url


def merged(events: list[Event]) -> list[Event]:
    """Rule 6: what is listed several times alike is one event; what shares only its folded title is marked."""
    kept: dict[tuple[object, ...], Event] = {}
    for event in events:
        words = (event.title, event.themes, event.countries, event.listed, event.location, event.description)
        # An id of the source's own tells two events apart, and what has no title its link.
        own = event.identity if event.identity.startswith("id:") else None
        if own is None and event.title is None and event.link is not None:
            own = canonical_url(event.link)
        key = (*words, event.span, event.status, own)
        first = kept.get(key)
        kept[key] = event if first is None else replace(first, copies=first.copies + 1)
    unique = [_with(event, "duplicate", str(event.copies)) if event.copies > 1 else event for event in kept.values()]
    titled: dict[str, set[str]] = {}
    for number, event in enumerate(unique):
        if _may_be_near(event):
            titled.setdefault(fold(event.title or ""), set()).add(event.identity or f"#{number}")
    return [
        _with(event, "near-duplicate", event.summary)
        if _may_be_near(event) and len(titled[fold(event.title or "")]) > 1
        else event
        for event in unique
    ]


def _may_be_near(event: Event) -> bool:
    """Return True if a namesake would be odd: rows with an id of the source's own are apart by its word."""
    return event.title is not None and not event.identity.startswith("id:")


def _with(event: Event, code: str, detail: str) -> Event:
    return replace(event, findings=(*event.findings, Finding(code, detail)))


def native_identity(listing: Listing) -> str:
    """The identity that the source itself gives: its own id, else the canonical link, else ""."""
    if listing.native_id:
        return f"id:{clean_line(listing.native_id)}"
    link = safe_url(listing.link)
    return f"link:{canonical_url(link)}" if link else ""


def identified(events: list[Event]) -> list[Event]:
    """Give every event an identity of its own.

    Only the source's own id stands alone, where no other event has it: a link or a title may be next year's as well.
    """
    shared = Counter(event.identity for event in events)
    taken: Counter[str] = Counter()
    result = []
    for event in events:
        identity = event.identity
        if not identity:
            name = fold(event.title) if event.title is not None else f"untitled {fold(' '.join(event.themes))}"
            identity = f"listing:{name}|{','.join(event.countries)}"
        if not identity.startswith("id:") or shared[event.identity] > 1:
            identity = f"{identity}@{event.span.start:%Y%m%dT%H%MZ}"
        taken[identity] += 1
        if taken[identity] > 1:
            identity = f"{identity}#{taken[identity]}"
        result.append(replace(event, identity=identity))
    return result


UID_NAMESPACE = uuid.UUID("6d1f0c1e-2b0f-5f0a-9a55-0d7c54f6a1d3")


def uid_names(source_id: str, identity: str, domain: str) -> Iterator[str]:
    """The UIDs that an identity can have, in the order in which they are given, without end.

    `source_id` is the oldest that the source ever had.
    """
    for turn in count(1):
        name = f"{source_id}\n{identity}" if turn == 1 else f"{source_id}\n{identity}\n{turn}"
        yield f"{uuid.uuid5(UID_NAMESPACE, name)}@{domain}"


def new_uid(source_id: str, identity: str, domain: str, taken: Collection[str]) -> str:
    """Give a UID that is not among `taken`.

    Where another event has grown out of the same identity, a number makes it another one.
    """
    return next(uid for uid in uid_names(source_id, identity, domain) if uid not in taken)
