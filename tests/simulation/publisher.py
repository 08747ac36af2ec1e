"""Organisers who plan events, and a publisher that lists them by its habits and sometimes gets them wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import Finding, Horizon, Listing, Present, Reading, Stated

LENGTH = timedelta(hours=1, minutes=30)
IDS = ("stable", "new", "links", "none")
VIEWS = ("whole", "coming", "next")
FAULTS = ("none", "reorder", "unreadable", "empty", "half", "login", "outage")
NEXT = 10


@dataclass(frozen=True)
class Planned:
    """What really takes place. `states` is its history: (day it was decided, start, taking place)."""

    number: int
    title: str
    states: tuple[tuple[datetime, datetime, bool], ...]

    @property
    def start(self) -> datetime:
        """When it takes place, as last decided."""
        return self.states[-1][1]

    @property
    def takes_place(self) -> bool:
        """Whether it takes place, as last decided."""
        return self.states[-1][2]

    def decided(self, now: datetime, start: datetime, takes_place: bool) -> Planned:
        """The same event after another decision."""
        return replace(self, states=(*self.states, (now, start, takes_place)))


@dataclass
class Organiser:
    """Plans events; one action at a time, chosen by numbers, so that a sequence of them can be made smaller."""

    planned: list[Planned] = field(default_factory=list)

    def act(self, action: str, number: int, now: datetime) -> None:
        """Create an event or a series, or move, cancel or restore one that lies ahead by more than two weeks."""
        if action in ("create", "weekly"):
            day = (now + timedelta(days=3 + number % 60)).date()
            for week in range(6 if action == "weekly" else 1):
                self._create(day + timedelta(days=7 * week), 8 + number % 9, now)
            return
        ahead = [one for one in self.planned if one.start > now + timedelta(days=14)]
        if not ahead:
            return
        one = ahead[number % len(ahead)]
        made = {
            "move": lambda: one.decided(now, one.start + timedelta(hours=1 + number % 5), one.takes_place),
            "postpone": lambda: one.decided(now, one.start + timedelta(days=1 + number % 6), one.takes_place),
            "cancel": lambda: one.decided(now, one.start, False),
            "restore": lambda: one.decided(now, one.start, True),
        }[action]()
        if made.states[-1][1:] != one.states[-1][1:]:
            self.planned[self.planned.index(one)] = made

    def _create(self, day: date, hour: int, now: datetime) -> None:
        start = datetime.combine(day, time(hour), UTC)
        number = len(self.planned)
        self.planned.append(Planned(number, f"Talk number {number}", ((now, start, True),)))


ACTIONS = ("create", "create", "weekly", "move", "postpone", "cancel", "restore", "nothing")


@dataclass(frozen=True)
class Habits:
    """How a publisher lists what is planned."""

    ids: str = "stable"
    view: str = "whole"

    def listed(self, planned: Sequence[Planned], now: datetime) -> list[Planned]:
        """The events on its page: what is cancelled is left out, as pages do."""
        shown = sorted((one for one in planned if one.takes_place), key=lambda one: (one.start, one.number))
        if self.view != "whole":
            shown = [one for one in shown if one.start > now]
        return shown[:NEXT] if self.view == "next" else shown

    def reading(self, planned: Sequence[Planned], now: datetime, fault: str, turn: int) -> Reading:
        """The page as read on that day. Raises FetchFailed, SourceUnreadable."""
        if fault == "outage":
            raise FetchFailed("answered 503", status=503)
        if fault == "login":
            raise SourceUnreadable("a login page")
        shown = [] if fault == "empty" else self.listed(planned, now)
        horizon = Horizon(to_last_listing=self.view == "next")
        listings = [self._listing(one, turn) for one in shown]
        present: tuple[Present, ...] = ()
        if fault == "unreadable" and listings:
            one = listings.pop(turn % len(listings))
            present = (Present(Finding("undated", "soon"), one.title, one.native_id, one.link),)
        if fault == "reorder":
            listings.reverse()
        if fault == "half":
            return Reading(tuple(listings[: len(listings) // 2]), (), "the page ends early", present, horizon)
        return Reading(tuple(listings), (), None, present, horizon)

    def _listing(self, one: Planned, turn: int) -> Listing:
        native = {"stable": f"{one.number}", "new": f"{one.number}-{turn}"}.get(self.ids)
        link = f"https://events.example/{one.number}" if self.ids in ("stable", "links") else None
        end = one.start + LENGTH
        return Listing(
            one.title,
            Stated(one.start.date(), one.start.time(), offset=timedelta()),
            Stated(end.date(), end.time(), offset=timedelta()),
            listed=f"{one.start:%Y-%m-%d %H:%M}",
            themes=("Civic Space",),
            countries=("Ghana",),
            native_id=native,
            link=link,
        )
