"""Pages: processor time of one page that no cache holds, out of stores of 2,000, 20,000 and 200,000 events.

In process, without a server: template and queries alone. What is remembered within an edition is forgotten before each
sample, so each is the first request after a refresh.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.cpu import cpu_of, interleaved
from benchmarks.in_process import Site
from benchmarks.result import Goal, Line, Table

UNIT = "ms"
PAGES = {
    "start": "/",
    "a country": "/country/cl",
    "a country and a theme": "/country/cl/theme/civic-space",
    "two countries and a theme": "/country/cl_fr/theme/civic-space",
    "everything": "/all",
    "an event": "",
    "search": "/?q=workshop+chile",
    "sitemap": "/sitemap.xml",
}
_MOST_MS, _MOST_TIMES = 150, 2


def run(bench: Bench) -> tuple[Table, ...]:
    """Measure."""
    target = bench.size(200, 20)
    totals = tuple(bench.size(full, tiny) for full, tiny in ((2_000, 100), (20_000, 200), (200_000, 400)))
    sites = {total: Site(bench.deployment(total, target)) for total in totals}
    lines: list[Line] = []
    try:
        for what, path in PAGES.items():
            bench.say(f"pages: {what}")
            costs = {str(total): _cost(site, path or site.event_path) for total, site in sites.items()}
            samples = interleaved(costs, bench.rounds)
            first, *larger = totals
            for total in larger:
                goal = Goal(_MOST_TIMES) if total == totals[-1] else None
                ours, theirs = samples[str(total)], samples[str(first)]
                lines.append(Line(f"{what}, of {total:,} events", UNIT, ours, f"of {first:,}", theirs, goal=goal))
            lines.append(Line(f"{what}, of {totals[-1]:,} events", UNIT, samples[str(totals[-1])], goal=Goal(_MOST_MS)))
    finally:
        for site in sites.values():
            site.close()
    return (Table("A page that no cache holds, in larger stores", tuple(lines)),)


def _cost(site: Site, path: str) -> Callable[[], float]:
    site.page(path)  # compiles the template
    return lambda: cpu_of(lambda: site.page(path), 3) * 1e3
