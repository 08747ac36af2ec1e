"""Organisers who plan events, and publishers that list them by their habits and sometimes get them wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.model import Finding, Horizon, Listing, Present, Reading, Stated

LENGTH = timedelta(hours=1, minutes=30)
IDS = ("stable", "dates", "series", "new", "links", "none")
"""Ids that are stable, name single dates, are those of whole series, or new at each fetch; links only; nothing."""
VIEWS = ("whole", "coming", "next")
FAULTS = ("none", "reorder", "cut", "unreadable", "format", "empty", "half", "login", "outage", "next-year")
SOUND = ("none", "reorder")
NEXT = 10
COUNTRIES = ("Ghana", "Togo", "Mali", "Senegal", "Iceland")
"""All of them on the clock of UTC."""


@dataclass(frozen=True)
class State:
    """What was decided about an event, and when."""

    at: datetime
    start: datetime
    takes_place: bool
    title: str


@dataclass(frozen=True)
class Planned:
    """One occurrence of what really takes place. `series` is shared by the occurrences of one page or id."""

    number: int
    series: int
    place: str
    country: str
    states: tuple[State, ...]

    @property
    def start(self) -> datetime:
        """When it takes place, as last decided, by the clock on its wall."""
        return self.states[-1].start

    @property
    def takes_place(self) -> bool:
        """Whether it takes place, as last decided."""
        return self.states[-1].takes_place

    @property
    def title(self) -> str:
        """What it is called, as last decided."""
        return self.states[-1].title

    def decided(self, now: datetime, **changed: object) -> Planned:
        """The same event after another decision."""
        return replace(self, states=(*self.states, replace(self.states[-1], at=now, **changed)))  # type: ignore[arg-type]


@dataclass
class Organiser:
    """Plans events; one action at a time, chosen by numbers, so that a sequence of them can be made smaller."""

    planned: list[Planned] = field(default_factory=list)
    series: int = 0

    def act(self, action: str, number: int, now: datetime) -> None:
        """Create events, or move, rename, cancel or restore one that lies ahead by more than two weeks."""
        if action in _CREATE:
            self._create(action, number, now)
            return
        ahead = [one for one in self.planned if one.start > now + timedelta(days=14)]
        if not ahead:
            return
        one = ahead[number % len(ahead)]
        made = {
            "move": lambda: one.decided(now, start=one.start + timedelta(hours=1 + number % 5)),
            "postpone": lambda: one.decided(now, start=one.start + timedelta(days=1 + number % 6)),
            "rename": lambda: one.decided(now, title=f"Forum on matter {number}"),
            "cancel": lambda: one.decided(now, takes_place=False),
            "restore": lambda: one.decided(now, takes_place=True),
        }[action]()
        if replace(made.states[-1], at=now) != replace(one.states[-1], at=now):
            self.planned[self.planned.index(one)] = made

    def _create(self, action: str, number: int, now: datetime) -> None:
        first = (now + timedelta(days=3 + number % 60)).date()
        hour, country = 8 + number % 9, COUNTRIES[number % len(COUNTRIES)]
        title = f"Talk number {len(self.planned)}"
        days, gap, several = _CREATE[action]
        self.series += 1
        for at in range(days):
            day = first + at * gap
            self._add(self.series, day, hour, title, f"Hall {self.series}", country, now)
        for _ in range(several):
            # Sessions of one title at one time are apart by their rooms; namesakes by their countries.
            self.series += 1
            if action == "namesake":
                country = COUNTRIES[(COUNTRIES.index(country) + 1) % len(COUNTRIES)]
            self._add(self.series, first, hour, title, f"Hall {self.series}", country, now)

    def _add(self, series: int, day: date, hour: int, title: str, place: str, country: str, now: datetime) -> None:
        state = State(now, datetime.combine(day, time(hour), UTC), takes_place=True, title=title)
        self.planned.append(Planned(len(self.planned), series, place, country, (state,)))


_CREATE = {
    "create": (1, timedelta(), 0),
    "weekly": (6, timedelta(days=7), 0),
    "monthly": (3, timedelta(days=28), 0),
    "yearly": (2, timedelta(days=364), 0),
    "parallel": (1, timedelta(), 2),
    "namesake": (1, timedelta(), 1),
}
"""Action → occurrences of one series, the time between them, further events of the same title."""
ACTIONS = (*_CREATE, "move", "postpone", "rename", "cancel", "restore")
RARE = ("source-id", "release", "zone")
"""What happens to the service: a source gets another id, another version renders, the clock of a source changes."""


@dataclass(frozen=True)
class Habits:
    """How a publisher lists what is planned. `clock`: its times have a zone, or are those on the wall."""

    ids: str = "stable"
    view: str = "whole"
    clock: str = "utc"

    @property
    def knows_renamed(self) -> bool:
        """Return True if a renamed event can be told from another one."""
        return self.ids not in ("new", "none")

    @property
    def knows_single(self) -> bool:
        """Return True if one occurrence of a series can be told from another one, wherever it is put off to."""
        return self.ids in ("stable", "dates")

    def listed(self, planned: Sequence[Planned], now: datetime) -> list[Planned]:
        """The events on its page: what is cancelled is left out, as pages do; of a yearly one this year's."""
        shown = sorted((one for one in planned if one.takes_place), key=lambda one: (one.start, one.number))
        shown = [one for one in shown if one.start < now + timedelta(days=300)]
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
        if fault == "next-year":
            shown = [one.decided(now, start=one.start + timedelta(days=364)) for one in shown if one.start > now]
        horizon = Horizon(to_last_listing=self.view == "next")
        listings = [self._listing(one, turn, fault) for one in shown]
        unreadable = [turn % len(listings)] if fault == "unreadable" and listings else []
        if fault == "format":
            unreadable = list(range(len(listings)))
        present = tuple(
            Present(Finding("undated", "soon"), one.title, one.native_id, one.link)
            for one in (listings[at] for at in unreadable)
        )
        listings = [one for at, one in enumerate(listings) if at not in unreadable]
        if fault == "reorder":
            listings.reverse()
        if fault == "half":
            return Reading(tuple(listings[: len(listings) // 2]), (), "the page ends early", present, horizon)
        names_dates = self.ids == "dates"
        return Reading(tuple(listings), (), None, present, horizon, ids_name_dates=names_dates)

    def _listing(self, one: Planned, turn: int, fault: str) -> Listing:
        """`host` tells the simulation which event it is (-1: none of the plan); nothing is recognised by it."""
        ids = {"stable": f"{one.number}", "dates": f"{one.number}", "series": f"s{one.series}"}
        ids["new"] = f"{one.number}-{turn}"
        has_link = self.ids in ("stable", "links")
        end, offset = one.start + LENGTH, timedelta() if self.clock == "utc" else None
        return Listing(
            f"{one.title[:12]}…" if fault == "cut" else one.title,
            Stated(one.start.date(), one.start.time(), offset=offset),
            Stated(end.date(), end.time(), offset=offset),
            listed=f"{one.start:%Y-%m-%d %H:%M}",
            themes=("Civic Space",),
            countries=(one.country,) if self.clock == "utc" else (),
            native_id=ids.get(self.ids),
            link=f"https://events.example/{one.series}" if has_link else None,
            location=one.place,
            host="-1" if fault == "next-year" else f"{one.number}",
        )
