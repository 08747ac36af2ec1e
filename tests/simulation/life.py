"""A life: days on which organisers act, the publisher's page is read once, and subscribers poll."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from feedsvc.core.errors import WorkError
from feedsvc.core.serialize import reading_text
from feedsvc.refresh.context import PageProvider, Task
from tests.refresh.world import World, made_source
from tests.simulation.publisher import ACTIONS, FAULTS, IDS, VIEWS, Habits, Organiser
from tests.simulation.subscriber import Subscribers

IN_MEMORY = Path("/dev/shm")
"""Where there is one: a simulated year commits a thousand times, and no power cut is among its faults."""


@dataclass(frozen=True)
class Day:
    """What happens on one day: an organiser's action with a number that chooses, and the page's fault."""

    action: str
    number: int
    fault: str = "none"


@dataclass
class Life:
    """One publisher and the service that reads it."""

    folder: Path
    habits: Habits
    organiser: Organiser = field(default_factory=Organiser)
    subscribers: Subscribers = field(default_factory=Subscribers)
    turn: int = 0
    visible: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.world = World(self.folder, made_source(every="1d"))

    def live(self, days: Iterable[Day]) -> list[str]:
        """Live these days; returns the first promises that were broken, with the day."""
        for number, day in enumerate(days):
            self.organiser.act(day.action, day.number, self.world.now) if day.action != "nothing" else None
            broken = self._read(day.fault)
            if broken:
                return [f"day {number}: {one}" for one in broken]
        return []

    def _read(self, fault: str) -> list[str]:
        world, planned = self.world, self.organiser.planned
        world.passes(hours=23)
        self.turn += 1

        def page(_task: Task, _loader: PageProvider) -> str:
            return reading_text(self.habits.reading(planned, world.now, fault, self.turn))

        world.read = page
        try:
            world.refresh()
        except WorkError as error:
            return [f"the refresh raised {error}"]
        if fault in ("none", "reorder"):
            self.visible = {one.number for one in self.habits.listed(planned, world.now)}
        return self.subscribers.poll(world.feed(), planned, self.visible, world.now)


def lived(habits: Habits, days: Iterable[Day]) -> list[str]:
    """Live these days in a store of their own; returns the promises that were broken."""
    with TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        life = Life(Path(folder), habits)
        try:
            return life.live(days)
        finally:
            life.world.runtime.close()


def random_year(seed: int) -> tuple[Habits, list[Day]]:
    """A year that this number decides."""
    chance = Random(seed)
    habits = Habits(IDS[seed % len(IDS)], VIEWS[seed // len(IDS) % len(VIEWS)])
    faults = ["none"] * 20 + list(FAULTS)
    begin = [Day("create", chance.randrange(1000)) for _ in range(12)]
    rest = [
        Day(chance.choice(ACTIONS if chance.random() < 0.3 else ("nothing",)), chance.randrange(1000),
            chance.choice(faults))
        for _ in range(353)
    ]  # fmt: skip
    return habits, begin + rest


def smaller(habits: Habits, days: list[Day], tries: int = 200) -> list[Day]:
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
