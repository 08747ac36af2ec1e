"""How often calendar programs ask, and what a million subscribers therefore cost.

From servers' logs and programs' source code (docs/scale.md): requests a day for each subscriber, and whether a program
asks with a validator, so that most of its answers are 304.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.result import Goal, Line, Samples, Table

SUBSCRIBERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Program:
    """A calendar program: its share of subscribers, how often it asks a day, whether with a validator."""

    name: str
    share: float
    asks: float
    conditional: bool


PROGRAMS = (
    Program("Apple, every 20 to 40 min", 0.30, 48, conditional=True),
    Program("Google, every 10 to 18 h", 0.45, 1.7, conditional=False),
    Program("Outlook.com, Exchange, every 3 h", 0.15, 8, conditional=False),
    Program("Outlook on the desktop, every 30 min", 0.04, 48, conditional=True),
    Program("Thunderbird, Evolution, every 30 to 60 min", 0.02, 36, conditional=True),
    Program("others, daily", 0.04, 1, conditional=False),
)


def requests_a_day(*, conditional: bool) -> float:
    """Requests of a million subscribers that are answered by 304, or by a whole feed."""
    return SUBSCRIBERS * sum(one.share * one.asks for one in PROGRAMS if one.conditional is conditional)


def table(unchanged: Samples, whole: Samples, unchanged_file: Samples, whole_file: Samples) -> Table:
    """The cost of a day from microseconds of a 304 and of a whole compressed feed, by the gate and from nginx."""
    ours, files = _day(unchanged, whole), _day(unchanged_file, whole_file)
    told = f"{median_of(ours):,.0f}" if ours else "an unknown number of"
    asks = requests_a_day(conditional=True) + requests_a_day(conditional=False)
    return Table(
        f"A million subscribers cost {told} CPU-seconds a day",
        (
            Line("by the gate", "s", ours, goal=Goal(720)),
            Line("by files behind nginx", "s", files, goal=Goal(300), note="" if files else "nginx is not installed"),
        ),
        (f"{asks / 1e6:.1f} million requests a day, {requests_a_day(conditional=True) / asks:.0%} with a validator.",),
    )


def _day(unchanged: Samples, whole: Samples) -> Samples:
    return tuple(
        (requests_a_day(conditional=True) * nothing + requests_a_day(conditional=False) * all_of_it) / 1e6
        for nothing, all_of_it in zip(unchanged, whole, strict=False)
    )


def median_of(samples: Samples) -> float:
    """The middle of some samples."""
    return sorted(samples)[len(samples) // 2]
