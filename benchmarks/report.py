"""Tables for people: as text in a terminal, as Markdown in docs/performance.md, and as JSON for the next run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.result import Goal, Line, Samples, Table, line_of, value_of

BEGIN, END = "<!-- results -->", "<!-- end of results -->"
HEADINGS = ("what", "ours", "peer", "its", "figure (low–high)", "goal", "met")


def write_json(file: Path, suite: str, tables: Sequence[Table], about: dict[str, Any]) -> None:
    """Keep the results of a suite."""
    value = {
        "suite": suite,
        "about": about,
        "tables": [
            {"title": table.title, "notes": table.notes, "lines": [value_of(line) for line in table.lines]}
            for table in tables
        ],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(file: Path) -> tuple[tuple[Table, ...], dict[str, Any]]:
    """The tables that were kept, and what was written about the run."""
    value = json.loads(file.read_text(encoding="utf-8"))
    tables = (
        Table(one["title"], tuple(line_of(line) for line in one["lines"]), tuple(one["notes"]))
        for one in value["tables"]
    )
    return tuple(tables), value["about"]


def as_text(table: Table) -> str:
    """A table in columns."""
    rows = [HEADINGS, *(_cells(line) for line in table.lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([table.title, "", *lines, *_below(table)])


def as_markdown(table: Table) -> str:
    """A table for the documentation."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(_cells(line) for line in table.lines)]
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join([f"**{table.title}**", "", *lines, *_below(table)])


def as_document(kept: Mapping[str, tuple[Sequence[Table], Mapping[str, str]]], date: str | None) -> str:
    """The results of several suites for the documentation: goals at a glance, what they were measured on, tables."""
    lines = [line for tables, _ in kept.values() for table in tables for line in table.lines if line.goal]
    short = [f"- {line.what}: {_figure(line)}, goal {_goal(line.goal, line)}" for line in lines if not line.is_met]
    parts = [f"{len(lines) - len(short)} of {len(lines)} goals are met."]
    parts += ["Not yet:\n\n" + "\n".join(short)] if short else []
    about = {name: words for _, told in kept.values() for name, words in told.items()}
    about |= {"date": date} if date else {}
    parts += ["\n".join(f"- {name}: {words}" for name, words in about.items())]
    for suite, (tables, _) in kept.items():
        parts += [f"### `./run bench {suite}`", *(as_markdown(table) for table in tables)]
    return "\n\n".join(parts)


def put_between_marks(file: Path, text: str) -> None:
    """Replace what stands between the two marks of a file. Raises ValueError where they are missing."""
    before, begin, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file}: has no {BEGIN} followed by {END}")
    file.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _below(table: Table) -> Iterable[str]:
    remarks = [f"{line.what}: {line.note}." for line in table.lines if line.note]
    return ["", *(f"- {remark}" for remark in (*remarks, *table.notes))] if remarks or table.notes else []


def _cells(line: Line) -> tuple[str, ...]:
    met = {None: "", True: "yes", False: "NO"}[line.is_met]
    if line.goal is not None and not line.figure:
        met = "not measured"
    return (line.what, _amount(line.ours, line.unit), line.peer, _amount(line.theirs, line.unit), _figure(line),
            _goal(line.goal, line), met)  # fmt: skip


def _amount(samples: Samples, unit: str) -> str:
    return f"{number(median(samples))} {unit}" if samples else "–"


def _figure(line: Line) -> str:
    figure = line.figure
    if not figure:
        return "–"
    words = "" if not line.peer else " times less" if line.times_less else " times"
    between = f" ({number(min(figure))}–{number(max(figure))})" if len(figure) > 1 else ""
    return f"{number(median(figure))}{words if line.peer else ' ' + line.unit}{between}"


def _goal(goal: Goal | None, line: Line) -> str:
    if goal is None:
        return ""
    return f"{'≥' if goal.at_least else '≤'} {number(goal.limit)}{'' if line.peer else ' ' + line.unit}"


def number(value: float) -> str:
    """Three figures that count, thousands set apart."""
    if value == 0:
        return "0"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
