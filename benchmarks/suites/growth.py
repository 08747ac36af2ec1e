"""Growth: what a cold feed of the same 1,000 events costs in a store of 1,000, of 100,000 and of 1,000,000 events.

In the larger stores the feed's events lie evenly among all others, so that hardly two of them share a page.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.cpu import cpu_of, interleaved
from benchmarks.joining import TARGET_FEED, Feed, Joiner
from benchmarks.result import Goal, Line, Table

UNIT = "µs"
COMBINED: Feed = {**TARGET_FEED, "theme": ("civic-space",)}


def run(bench: Bench) -> tuple[Table, ...]:
    """Measure."""
    target = bench.size(1000, 40)
    totals = (target, bench.size(100_000, 200), bench.size(1_000_000, 400))
    places = {total: bench.deployment(total, target) for total in totals}
    lines: list[Line] = []
    for what, feed in (("country/cl", TARGET_FEED), ("country/cl/theme/civic-space", COMBINED)):
        joiners = {total: Joiner(deployment, feed) for total, deployment in places.items()}
        bench.say(f"building {what} out of each store")
        try:
            events = joiners[target].build("ics").events
            samples = interleaved(
                {str(total): _cost(joiner, events) for total, joiner in joiners.items()}, bench.rounds
            )
        finally:
            for joiner in joiners.values():
                joiner.close()
        goals = {totals[-1]: Goal(4)} if feed is TARGET_FEED else {}
        lines += (
            Line(
                f"{what}, {events:,} events of {total:,}", UNIT, samples[str(total)],
                f"of {target:,}", samples[str(target)], goal=goals.get(total),
            )
            for total in totals[1:]
        )  # fmt: skip
    return (Table("Growth: processor time for one event of a cold feed, in larger stores", tuple(lines)),)


def _cost(joiner: Joiner, events: int) -> Callable[[], float]:
    return lambda: cpu_of(lambda: joiner.build("ics"), 10) / max(events, 1) * 1e6
