"""Measurements as values: samples, goals, lines, tables. Knows nothing of how it was measured or is shown.

A ratio is made round by round, from samples taken side by side, and only then its median is taken: a machine that was
slow for a while was slow for both. The hardest case is a peer that could not be measured: its line stays, says why,
and meets no goal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Samples = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a figure: at most `limit`, or at least."""

    limit: float
    at_least: bool = False

    def is_met(self, figure: float) -> bool:
        """Return True if the figure keeps the bound."""
        return figure >= self.limit if self.at_least else figure <= self.limit


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement. `unit` is that of `ours` and `theirs`.

    With a peer the figure is the ratio: ours to theirs, or with `times_less` theirs to ours. Without one it is `ours`.
    `note` says what else is to be known, for instance why there is nothing to compare with.
    """

    what: str
    unit: str
    ours: Samples
    peer: str = ""
    theirs: Samples = ()
    times_less: bool = False
    goal: Goal | None = None
    note: str = ""

    @property
    def figure(self) -> Samples:
        """The figure that the goal is about, one value for each round; empty when there is nothing to compare with."""
        if not self.peer:
            return self.ours
        # The kernel counts processor time in ticks: a sample below one tick is no measurement.
        pairs = [pair for pair in zip(self.ours, self.theirs, strict=False) if all(pair)]
        return tuple(theirs / ours if self.times_less else ours / theirs for ours, theirs in pairs)

    @property
    def is_met(self) -> bool | None:
        """True if the median keeps the goal; None without a goal. What could not be measured meets none."""
        if self.goal is None:
            return None
        return bool(self.figure) and self.goal.is_met(median(self.figure))


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of one suite, or of a part of it. `notes` are sentences below it."""

    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def value_of(line: Line) -> dict[str, Any]:
    """A line for JSON: every sample, the figure with its spread, the goal."""
    figure = line.figure
    return {
        "what": line.what,
        "unit": line.unit,
        "ours": line.ours,
        "peer": line.peer or None,
        "theirs": line.theirs,
        "times_less": line.times_less,
        "figure": spread(figure) if figure else None,
        "goal": None if line.goal is None else {"limit": line.goal.limit, "at_least": line.goal.at_least},
        "is_met": line.is_met,
        "note": line.note,
    }


def line_of(value: dict[str, Any]) -> Line:
    """The line that `value_of` wrote."""
    goal = value["goal"]
    return Line(
        what=value["what"],
        unit=value["unit"],
        ours=tuple(value["ours"]),
        peer=value["peer"] or "",
        theirs=tuple(value["theirs"]),
        times_less=value["times_less"],
        goal=None if goal is None else Goal(**goal),
        note=value["note"],
    )


def spread(samples: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest."""
    return {"median": median(samples), "low": min(samples), "high": max(samples)}
