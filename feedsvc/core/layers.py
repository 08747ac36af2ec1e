"""One event, several sources: whether two listings are one event, and what is published of them. Pure.

The leader's words count; what it leaves blank is filled from the others. The hardest case is a pair of namesakes at one
hour: a title that two events bear is one event only where neither their links nor their places speak against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from feedsvc.core.matching import base_id
from feedsvc.core.model import Event
from feedsvc.core.text import canonical_url, fold

_BLANKS = ("description", "location", "host", "event_type", "link", "themes")


def is_same_event(one: Event, other: Event) -> bool:
    """Return True if two sources list one event.

    That is so under one iCalendar UID with one start or title, and under one own title, start and countries.
    """
    has_one_title = bool(one.title and other.title) and fold(one.title or "") == fold(other.title or "")
    if (one.span.start, one.span.all_day) != (other.span.start, other.span.all_day):
        # Of a series the occurrences have one UID: only the whole identity tells that this one is meant.
        return has_one_title and has_global_id(one) and one.identity == other.identity
    if has_global_id(one) and base_id(one.identity) == base_id(other.identity):
        return True
    if not has_one_title:
        return False
    links = {canonical_url(event.link) for event in (one, other) if event.link}
    places = {fold(event.location) for event in (one, other) if event.location}
    return set(one.countries) == set(other.countries) and len(links) < 2 and len(places) < 2


def has_global_id(event: Event) -> bool:
    """Return True if an event's id is one that no other source gives to another event, as iCalendar's UIDs are."""
    return event.identity.startswith("id:") and ("@" in event.identity or len(event.identity) > 30)


def filled(leader: Event, others: Iterable[Event]) -> Event:
    """Return the leader's event with its blanks filled from the others, in their order."""
    for other in others:
        blanks = {name: getattr(other, name) for name in _BLANKS if not getattr(leader, name)}
        if leader.span.end is None and other.span.start == leader.span.start and not leader.span.all_day:
            blanks["span"] = replace(leader.span, end=other.span.end)
        leader = replace(leader, **blanks)
    return leader
