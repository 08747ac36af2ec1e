"""A life: days on which organisers act, the publishers' pages are read once, and subscribers poll."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from werkzeug.test import Client

from feedsvc.app import create_application
from feedsvc.core.errors import WorkError
from feedsvc.core.serialize import reading_text
from feedsvc.refresh import refresh
from feedsvc.refresh.context import PageProvider, Task
from feedsvc.refresh.render import render_stale
from tests.refresh.world import World, made_source
from tests.simulation.publisher import ACTIONS, FAULTS, IDS, RARE, SOUND, VIEWS, Habits, Organiser
from tests.simulation.subscriber import DELAY, Subscribers, Truth

IN_MEMORY = Path("/dev/shm")
"""Where there is one: a simulated year commits a thousand times, and no power cut is among its faults."""


@dataclass(frozen=True)
class Day:
    """What happens on one day: an action with a number that chooses, and the fault of each publisher's page."""

    action: str
    number: int
    fault: str = "none"
    other_fault: str = "none"


@dataclass
class Life:
    """The publishers, and the service that reads them. The second one lists every other event."""

    folder: Path
    habits: tuple[Habits, ...]
    organiser: Organiser = field(default_factory=Organiser)
    subscribers: Subscribers = field(default_factory=Subscribers)
    turn: int = 0
    visible: dict[int, set[int]] = field(default_factory=dict)
    wrong: dict[int, int] = field(default_factory=dict)
    ids: list[list[str]] = field(default_factory=lambda: [["first"], ["second"]])
    zones: int = 0
    releases: int = 0

    def __post_init__(self) -> None:
        self.world = World(self.folder, made_source(every="1d"))
        self.shifted_at = None
        self._start()

    def _start(self) -> None:
        """A new process: another version of the program, or another configuration."""
        runtime, order = self.world.runtime, tuple(ids[-1] for ids in self.ids[: len(self.habits)])
        printed = f"{runtime.refresh_context.fingerprint}-{self.releases}"
        context = replace(runtime.refresh_context, source_order=lambda: order, fingerprint=printed)
        self.world.runtime = replace(runtime, refresh_context=context)
        self.client = Client(create_application(self.world.runtime))
        render_stale(context)

    def live(self, days: Iterable[Day]) -> list[str]:
        """Live these days; returns the first promises that were broken, with the day."""
        for number, day in enumerate(days):
            try:
                self._act(day)
                self._read(day)
            except WorkError as error:
                return [f"day {number}: {error}"]
            broken = self.subscribers.poll(self.client, self.truth())
            if broken:
                return [f"day {number}: {one}" for one in broken]
        return []

    def truth(self) -> Truth:
        """What is so now."""
        visible = set().union(*self.visible.values()) if self.visible else set()
        shift = -timedelta(hours=self.zones % 2)
        return Truth(self.organiser.planned, visible, self.world.now, shift, self.shifted_at, self.habits)

    def _act(self, day: Day) -> None:
        self.world.passes(minutes=1)
        if day.action == "source-id":
            ids = self.ids[day.number % len(self.habits)]
            ids.append(f"{ids[0]}-{len(ids)}")
            self._start()
        elif day.action == "release":
            self.releases += 1
            self._start()
        elif day.action == "zone" and all(habits.clock == "wall" for habits in self.habits):
            self.zones += 1
            self.shifted_at = self.world.now
        elif day.action in ACTIONS and (day.action != "rename" or all(one.knows_renamed for one in self.habits)):
            self.organiser.act(day.action, day.number, self.world.now)

    def _read(self, day: Day) -> None:
        world = self.world
        world.passes(hours=22)
        self.turn += 1
        # Other rules are first applied to what was read last.
        faults = ("none", "none") if day.action in RARE else (day.fault, day.other_fault)
        if not all(habits.knows_renamed for habits in self.habits) and self._was_decided_lately():
            # Without ids and links nobody can tell a moved event under another title from another event.
            faults = tuple("none" if fault == "cut" else fault for fault in faults)
        for at, (habits, fault) in enumerate(zip(self.habits, faults, strict=False)):
            world.passes(hours=2 // len(self.habits))
            # Three readings that agree are believed, so a page is wrong two days running at most.
            fault = "none" if self.wrong.get(at, 0) == 2 else fault
            self.wrong[at] = 0 if fault in SOUND else self.wrong.get(at, 0) + 1
            planned = self.organiser.planned[:: at + 1]

            def page(_task: Task, _loader: PageProvider, habits: Habits = habits, fault: str = fault) -> str:
                return reading_text(habits.reading(planned, world.now, fault, self.turn))  # noqa: B023

            world.read = page
            zone = {"timezone": ("Africa/Accra", "Africa/Lagos")[self.zones % 2]} if habits.clock == "wall" else {}
            source = made_source(id=self.ids[at][-1], former_ids=self.ids[at][:-1], every="1d", **zone)
            refresh(world.context, source)
            if fault in SOUND:
                self.visible[at] = {one.number for one in habits.listed(planned, world.now)}

    def _was_decided_lately(self) -> bool:
        now = self.world.now
        return any(one.start > now and now - one.states[-1].at < DELAY for one in self.organiser.planned)


def lived(habits: tuple[Habits, ...], days: Iterable[Day]) -> list[str]:
    """Live these days in a store of their own; returns the promises that were broken."""
    with TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        life = Life(Path(folder), habits)
        try:
            return life.live(days)
        finally:
            life.world.runtime.close()


def random_year(seed: int) -> tuple[tuple[Habits, ...], list[Day]]:
    """A year that this number decides: each habit in turn, every fourth with a second source."""
    chance = Random(seed)
    clock = "wall" if chance.random() < 0.25 else "utc"
    first = Habits(IDS[seed % len(IDS)], VIEWS[seed // len(IDS) % len(VIEWS)], clock)
    second = Habits(chance.choice(("stable", "dates")), chance.choice(VIEWS), clock)
    habits = (first, second) if chance.random() < 0.25 and first.ids != "links" else (first,)
    faults = ["none"] * 30 + list(FAULTS)
    begin = [Day("create", chance.randrange(1000)) for _ in range(12)]
    rest = [
        Day(_action(chance), chance.randrange(1000), chance.choice(faults), chance.choice(faults)) for _ in range(353)
    ]
    return habits, begin + rest


def _action(chance: Random) -> str:
    what = chance.random()
    if what < 0.01:
        return chance.choice(RARE)
    return chance.choice(ACTIONS) if what < 0.3 else "nothing"


def smaller(habits: tuple[Habits, ...], days: list[Day], tries: int = 200) -> list[Day]:
    """The same violation in fewer days, as far as so many tries lead."""
    size = len(days) // 2
    while size and tries:
        for at in range(0, len(days), size):
            shorter = days[:at] + days[at + size :]
            tries -= 1
            if lived(habits, shorter):
                days = shorter
                break
            if not tries:
                break
        else:
            size //= 2
    return days
