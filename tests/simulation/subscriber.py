"""Three subscribers, and the promises that each of them must see kept after every poll.

One mirrors the feed, one merges by UID and ignores a lower SEQUENCE, one asks by If-None-Match.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feedsvc.feeds.document import Document
from tests.ical.read_back import ReadEvent, read_events
from tests.simulation.publisher import Planned

DELAY = timedelta(days=10)
"""The documented delay: a doubtful change is believed after seven days and three readings; some days none succeeds."""
KEPT = timedelta(days=360)
CANCELLED = "[Cancelled] "


def instant(event: ReadEvent) -> datetime:
    """The start of a timed event."""
    assert isinstance(event.start, datetime)
    return event.start


def essence(event: ReadEvent) -> tuple[object, ...]:
    """Whatever may raise SEQUENCE."""
    return event.start, event.end, event.status, event.summary, event.location, event.url


@dataclass
class Subscribers:
    """What the three of them hold after the last poll."""

    mirror: dict[str, ReadEvent] = field(default_factory=dict)
    merged: dict[str, ReadEvent] = field(default_factory=dict)
    kept: tuple[str, bytes] = ("", b"")
    meant: dict[str, int] = field(default_factory=dict)

    def poll(self, document: Document, planned: Sequence[Planned], visible: set[int], now: datetime) -> list[str]:
        """Fetch the feed; returns the promises that were broken. `visible`: numbers on the last sound page."""
        is_same = document.body == self.kept[1]
        events = self.mirror if is_same else {event.uid: event for event in read_events(document.body)}
        broken = [*self._sequences(events), *self._history(events, now), *self._meanings(events, planned, now)]
        broken += self._taking_place(events, planned, visible, now)
        if (document.etag == self.kept[0]) is not (document.body == self.kept[1]):
            broken.append("the ETag and the bytes do not change together")
        self.kept = (document.etag, document.body)
        for uid, event in events.items():
            if uid not in self.merged or event.sequence >= self.merged[uid].sequence:
                self.merged[uid] = event
            if essence(self.merged[uid]) != essence(event):
                broken.append(f"{event.summary}: whoever ignores a lower SEQUENCE sees something else")
        self.mirror = events
        return broken

    def _sequences(self, events: dict[str, ReadEvent]) -> Iterator[str]:
        for uid, before in self.mirror.items():
            after = events.get(uid)
            if after is not None and after.sequence < before.sequence:
                yield f"{after.summary}: SEQUENCE went back"
            if after is not None and after.sequence > before.sequence and essence(after) == essence(before):
                yield f"{after.summary}: SEQUENCE rose for nothing"

    def _history(self, events: dict[str, ReadEvent], now: datetime) -> Iterator[str]:
        coming = [one for one in self.mirror.values() if instant(one) > now and one.status != "CANCELLED"]
        if len(coming) > 5 and not any(one.uid in events for one in coming):
            yield "all coming events are gone"
        for uid, before in self.mirror.items():
            if uid not in events and before.status != "CANCELLED" and now - KEPT < instant(before):
                yield f"{before.summary} of {instant(before):%Y-%m-%d} is gone"

    def _meanings(self, events: dict[str, ReadEvent], planned: Sequence[Planned], now: datetime) -> Iterator[str]:
        by_title = {one.title: one for one in planned}
        shown = defaultdict(list)
        for uid, event in events.items():
            one = by_title[event.summary.removeprefix(CANCELLED)]
            if self.meant.setdefault(uid, one.number) != one.number:
                yield f"{one.title}: its UID was another event's"
            if event.status == "CANCELLED" and one.takes_place and now - one.states[-1][0] > DELAY:
                yield f"{one.title} takes place and is struck out"
            if event.status != "CANCELLED":
                shown[one.title].append(event)
        yield from (f"{title} stands twice" for title, those in shown.items() if len(those) > 1)

    def _taking_place(
        self, events: dict[str, ReadEvent], planned: Sequence[Planned], visible: set[int], now: datetime
    ) -> Iterator[str]:
        live = {one.summary: one for one in events.values() if one.status != "CANCELLED"}
        for one in planned:
            is_told = one.number in visible and one.takes_place and now - one.states[-1][0] > DELAY
            if not is_told or one.start < now:
                continue
            event = live.get(one.title)
            if event is None:
                yield f"{one.title} takes place and is missing"
            elif event.start != one.start and "In doubt" not in event.description:
                yield f"{one.title} is shown at {instant(event):%m-%d %H:%M}, not {one.start:%m-%d %H:%M}"
