"""Kills a refresh at one point after another and looks at what is left: run as a process of its own, which forks.

Usage: python -m tests.refresh.crashing FOLDER ROUNDS. Prints one line for each round: where it was killed, and whether
the store then was the old or the new edition. Ends with 1 when it was neither.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from feedsvc.refresh import pipeline
from feedsvc.store.apply import Applier
from feedsvc.store.captures import FetchedPages
from feedsvc.store.claims import Claims
from feedsvc.store.holds import Holds
from feedsvc.store.sources import Sources
from tests.refresh.world import World, listings

POINTS: list[tuple[str, type, str, bool]] = [
    ("before the claim", Claims, "claim", False),
    ("after the claim", Claims, "claim", True),
    ("before the fence", Claims, "check", False),
    ("after the edition's number", Applier, "_number_edition", True),
    ("after the events", Applier, "_write_events", True),
    ("after the fragments", Applier, "_write_fragments", True),
    ("after the findings", Applier, "_write_findings", True),
    ("after the memberships", Applier, "_move", True),
    ("after applying", Applier, "apply", True),
    ("before the holds are ended", Holds, "end", False),
    ("after the pages", FetchedPages, "keep", True),
    ("after the source's row", Sources, "change", True),
    ("after the run", Sources, "record_run", True),
    ("after the release", Claims, "release", True),
    ("after the commit", pipeline._Attempt, "_written", True),
]
TABLES = ("event", "fragment", "membership", "departure", "facet", "edition", "finding", "refresh_run")


def die() -> None:
    """As a power cut would have it."""
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(method: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """A method that ends the process before or after its work."""

    def killed(*arguments: Any, **options: Any) -> Any:
        if not after:
            die()
        done = method(*arguments, **options)
        die()
        return done

    return killed


def content(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a refresh writes about events and runs."""
    return {table: sorted(world.rows(table), key=repr) for table in TABLES}


def next_listings(turn: int) -> list[Any]:
    """A source that grows, moves and loses something at each turn."""
    given = listings(20 + turn)
    return [one for number, one in enumerate(given) if number != turn % 20]


def crash(world: World, turn: int, point: tuple[str, type, str, bool] | None, delay: float) -> None:
    """Refresh in a child that dies at a point, or after a while."""
    world.says(*next_listings(turn))
    world.passes(minutes=20)
    child = os.fork()
    if child == 0:
        if point is not None:
            _, owner, name, after = point
            setattr(owner, name, deadly(getattr(owner, name), after=after))
        world.restart()
        world.refresh()
        os._exit(0)
    if point is None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def decision(world: World, before: dict[str, Any], edition: int, turn: int) -> str:
    """Old, new, or what is wrong."""
    world.restart()
    if world.rows("event") and [row[0] for row in _check(world)] != ["ok"]:
        return "damaged"
    now = content(world)
    if now == before:
        return "old"
    with world.runtime.store.read() as snapshot:
        run = snapshot.sources.last_runs("made")[0]
        is_whole = {record.uid for record in snapshot.events.all()} == {row[1] for row in world.rows("fragment")}
    is_new = run.edition == edition + 1 == world.edition() and run.listings == len(next_listings(turn))
    return "new" if is_new and is_whole else "between"


def _check(world: World) -> list[Any]:
    with world.runtime.store.read() as snapshot:
        return list(snapshot._connection.exec_driver_sql("PRAGMA quick_check"))


def main() -> int:
    """Play all rounds."""
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(4)
    world = World(folder)
    world.refresh(*next_listings(0))
    faults, about = 0, 0.1
    for turn in range(1, rounds + 1):
        point = POINTS[turn - 1] if turn <= len(POINTS) else None
        before, edition = content(world), world.edition()
        world.runtime.close()
        crash(world, turn, point, about * chance.uniform(0.05, 1.5))
        found = decision(world, before, edition, turn)
        if point is None:
            # How long a refresh takes depends on how busy the machine is; the kills stay around its end.
            about *= 1.4 if found == "old" else 0.75
        faults += found not in ("old", "new")
        sys.stdout.write(f"{point[0] if point else 'at random'}: {found}\n")
        world.passes(minutes=20)
        done = world.refresh(*next_listings(turn))
        if done.run.outcome not in ("applied", "unchanged"):
            sys.stdout.write(f"then: {done.run.outcome}: {done.run.message}\n")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
