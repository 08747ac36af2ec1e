"""Four subscribers, and the promises that each of them must see kept after every poll.

One mirrors the feed, one merges by UID and ignores a lower SEQUENCE, one asks by If-None-Match, one by
If-Modified-Since.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from werkzeug.test import Client

from tests.ical.read_back import ReadEvent, read_events
from tests.simulation.publisher import Habits, Planned

DELAY = timedelta(days=10)
"""The documented delay: a doubtful change is believed after seven days and three readings; some days none succeeds."""
KEPT = timedelta(days=360)
_EVENT = re.compile(rb"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", re.DOTALL)
_HOST = re.compile(r"^Organised by (-?\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Truth:
    """What is so at this moment: the plan, the numbers on the last sound pages, and what all clocks are late by."""

    planned: Sequence[Planned]
    visible: set[int]
    now: datetime
    shift: timedelta = timedelta()
    shifted_at: datetime | None = None
    habits: Sequence[Habits] = ()

    @property
    def sources(self) -> int:
        """The number of publishers."""
        return len(self.habits)

    def known_as(self, number: int) -> object:
        """What a subscriber can tell apart: an event, or a series whose occurrences its publisher does not tell."""
        if number < 0 or all(habits.knows_single for habits in self.habits):
            return number
        series = self.planned[number].series
        if any(habits.ids in ("new", "none") for habits in self.habits):
            # Of sessions of one title at one time such a page says nothing but their rooms, which may change.
            return f"title {self.planned[number].states[0].title}"
        return number if sum(one.series == series for one in self.planned) == 1 else f"series {series}"

    def is_settled(self, one: Planned) -> bool:
        """Return True if the last decision about an event has had its time to arrive."""
        late = self.shifted_at is not None and self.now - self.shifted_at <= DELAY
        return not late and self.now - one.states[-1].at > DELAY


def instant(event: ReadEvent) -> datetime:
    """The start of a timed event."""
    assert isinstance(event.start, datetime)
    return event.start


def essence(event: ReadEvent) -> tuple[object, ...]:
    """Whatever may raise SEQUENCE."""
    return event.start, event.end, event.status, event.summary, event.location, event.url


def number_of(event: ReadEvent) -> int:
    """The number of the event that the organiser means."""
    found = _HOST.search(event.description)
    assert found is not None, event.description
    return int(found[1])


@dataclass
class Subscribers:
    """What they hold after the last poll. `first_live`: number → UID under which it was shown first."""

    mirror: dict[str, ReadEvent] = field(default_factory=dict)
    merged: dict[str, ReadEvent] = field(default_factory=dict)
    body: bytes = b""
    validators: dict[str, str] = field(default_factory=dict)
    by_date: bytes = b""
    meant: dict[str, object] = field(default_factory=dict)
    first_live: dict[int, str] = field(default_factory=dict)
    twins: dict[int, datetime] = field(default_factory=dict)
    parsed: dict[bytes, ReadEvent] = field(default_factory=dict)

    def poll(self, client: Client, truth: Truth) -> list[str]:
        """Fetch the feed; returns the promises that were broken."""
        body, broken = self._fetched(client)
        is_same = body == self.body
        events = self.mirror if is_same else {event.uid: event for event in self._read(body)}
        self.body = body
        broken += [*self._sequences(events), *self._history(events, truth), *self._meanings(events, truth)]
        broken += self._taking_place(events, truth)
        for uid, event in events.items():
            if uid not in self.merged or event.sequence >= self.merged[uid].sequence:
                self.merged[uid] = event
            if essence(self.merged[uid]) != essence(event):
                broken.append(f"{event.summary}: a subscriber that ignores a lower SEQUENCE sees something else")
        self.mirror = events
        return broken

    def _fetched(self, client: Client) -> tuple[bytes, list[str]]:
        """The feed as it is now, and whether those who ask by validators hold the same."""
        broken = []
        whole = client.get("/all.ics")
        if whole.status_code != 200:
            return self.body, [f"the feed answers {whole.status_code}"]
        for header, validator in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            if validator not in self.validators:
                continue
            asked = client.get("/all.ics", headers={header: self.validators[validator]})
            if asked.status_code == 304 and whole.data != self.body:
                broken.append(f"304 by {header}, and the feed has changed")
            is_same = whole.headers["ETag"] == self.validators["ETag"]
            if is_same is not (whole.data == self.body):
                broken.append("the ETag and the bytes do not change together")
            if asked.status_code == 200 and is_same and header == "If-None-Match":
                broken.append("200 by If-None-Match, and the feed is the same")
        self.validators = {name: whole.headers[name] for name in ("ETag", "Last-Modified")}
        return whole.data, broken

    def _read(self, body: bytes) -> list[ReadEvent]:
        """The events; each is read once for each way it is written."""
        if not body.endswith(b"END:VCALENDAR\r\n"):
            return read_events(body)
        blocks = _EVENT.findall(body)
        known = {block: self.parsed.get(block) or read_events(_FRAME % block)[0] for block in blocks}
        self.parsed = known
        return list(known.values())

    def _sequences(self, events: dict[str, ReadEvent]) -> Iterator[str]:
        for uid, before in self.mirror.items():
            after = events.get(uid)
            if after is None:
                continue
            if after.sequence < before.sequence:
                yield f"{after.summary}: SEQUENCE went back"
            if after.sequence > before.sequence and essence(after) == essence(before):
                yield f"{after.summary}: SEQUENCE rose for nothing"
            if before.stamps.modified and after.stamps.modified and after.stamps.modified < before.stamps.modified:
                yield f"{after.summary}: LAST-MODIFIED went back"

    def _history(self, events: dict[str, ReadEvent], truth: Truth) -> Iterator[str]:
        now = truth.now
        coming = [one for one in self.mirror.values() if instant(one) > now and one.status != "CANCELLED"]
        if len(coming) > 5 and not any(one.uid in events for one in coming):
            yield "all coming events are gone"
        shown = {number_of(event) for event in events.values() if event.status != "CANCELLED"}
        for uid, before in self.mirror.items():
            if before.status == "CANCELLED" or number_of(before) < 0 or now - KEPT >= instant(before):
                continue
            is_over = instant(before) < now - timedelta(days=1)
            if truth.shifted_at is not None and now - truth.shifted_at <= DELAY:
                is_over = False  # Other rules of a zone count for what is past as well.
            # One that turned out to be another's twin goes without a tombstone, as long as that one stays.
            if uid not in events and number_of(before) not in shown:
                yield f"{before.summary} of {instant(before):%Y-%m-%d} is gone"
            if uid in events and is_over and events[uid].start != before.start:
                yield f"{before.summary} of {instant(before):%Y-%m-%d} has taken place and was moved"

    def _meanings(self, events: dict[str, ReadEvent], truth: Truth) -> Iterator[str]:
        shown = defaultdict(list)
        for uid, event in events.items():
            number = number_of(event)
            meant = self.meant.get(uid, -1)
            if number >= 0 and meant not in (-1, truth.known_as(number)):
                yield f"{event.summary}: its UID was another event's"
            # What a page announced too early may come to be.
            self.meant[uid] = truth.known_as(number) if meant == -1 else meant
            if event.status != "CANCELLED":
                shown[number].append(uid)
            elif number >= 0 and self._is_struck_out(truth.planned[number], events, truth):
                yield f"{event.summary} of {instant(event):%Y-%m-%d} takes place and is struck out"
        for number, uids in shown.items():
            if number < 0:
                continue
            is_told = truth.known_as(number) == number and truth.sources == 1
            first = self.first_live.setdefault(number, uids[0])
            if first not in uids and is_told:
                yield f"{truth.planned[number].title}: its UID changed"
            since = self.twins.setdefault(number, truth.now) if len(uids) > 1 else self.twins.pop(number, truth.now)
            # Two sources that say different things of one event, until both have said the same for a while; and an
            # occurrence that was put off to where it could be another one.
            patience = timedelta() if is_told else DELAY
            if len(uids) > 1 and truth.now - since >= patience:
                yield f"{truth.planned[number].title} ({number}) is shown twice"

    def _is_struck_out(self, one: Planned, events: dict[str, ReadEvent], truth: Truth) -> bool:
        lives = any(event.status != "CANCELLED" and number_of(event) == one.number for event in events.values())
        return one.takes_place and truth.is_settled(one) and not lives

    def _taking_place(self, events: dict[str, ReadEvent], truth: Truth) -> Iterator[str]:
        live = {number_of(one): one for one in events.values() if one.status != "CANCELLED"}
        for one in truth.planned:
            start = one.start + truth.shift
            if one.number not in truth.visible or not one.takes_place or not truth.is_settled(one) or start < truth.now:
                continue
            event = live.get(one.number)
            if event is None:
                yield f"{one.title} of {one.start:%Y-%m-%d} takes place and is missing"
            elif event.start != start and "In doubt" not in event.description:
                yield f"{one.title} is shown at {instant(event):%m-%d %H:%M}, not {start:%m-%d %H:%M}"


_FRAME = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n%bEND:VCALENDAR\r\n"
