"""Everything that waits for a person, ordered by when somebody would first be misled. Derived from facts alone, so
tasks that are worked out from nothing equal those worked out before.

There are no severities: a source that fails harms nobody before its next event, a silent worker harms from now on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

WORKER_SILENT = timedelta(seconds=90)
FAILED_OFTEN = 3
"""Failures in a row that are told; one or two happen to every site."""
LARGE_BYTES = 900_000
"""A feed that is larger is about to lose events in Google Calendar, which reads up to 1 MB."""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source as its row has it. `next_start` is the start of its first coming event, None without one.

    `word` is its state: held, failing, paused, partly read, new or good. `paused_by_service`: it paused itself.
    """

    id: str
    name: str
    word: str
    reason: str
    failures: int
    events: int
    next_start: datetime | None
    paused_by_service: bool = False
    partly_read: int = 0
    read_nothing: bool = False
    moved_to: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LargeFacts:
    """A feed by its path, and its size in bytes as iCalendar."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits. `key` names it for ever; `harm_at` is when it misleads somebody first, None: nobody."""

    key: str
    kind: str
    title: str
    words: str
    harm_at: datetime | None
    source_id: str | None = None


def tasks(
    sources: Iterable[SourceFacts],
    large: Iterable[LargeFacts],
    worker_at: datetime | None,
    now: datetime,
    served: Iterable[tuple[int, str]] = (),
) -> tuple[Task, ...]:
    """Everything that waits, the earliest harm first, then what harms nobody yet.

    `served`: the number and reason of holds of no single source, which keep back what would empty calendars.
    """
    found = [task for source in sources for task in _of_source(source)]
    if worker_at is None:
        words = "No source is read by itself until one runs: feedsvc worker, or feedsvc up, which starts one."
        found.append(Task("worker", "worker", "No worker was ever seen", words, now))
    elif now - worker_at > WORKER_SILENT:
        words = f"It was last seen at {worker_at:%Y-%m-%d %H:%M} UTC. Calendars are served as they were; start it."
        found.append(Task("worker", "worker", "The worker is silent", words, now))
    found += [Task(f"hold:{number}", "served", "Calendars would lose events", why, now) for number, why in served]
    found += [
        Task(
            f"large:{feed.path}",
            "large",
            f"{feed.path} is too large for Google Calendar",
            f"It has {feed.size / 1_000:,.0f} KB; above 1,000 KB events are lost without a word. "
            "Offer narrower calendars.",
            None,
        )
        for feed in large
        if feed.size > LARGE_BYTES
    ]
    return tuple(sorted(found, key=lambda task: (task.harm_at is None, task.harm_at or now, task.key)))


def _of_source(source: SourceFacts) -> Iterable[Task]:
    stay = f"Its {source.events} events stay as they were." if source.events else "It has no events yet."
    if source.word == "held":
        yield _task(source, "held", f"{source.name} waits for a decision", source.reason)
    elif source.paused_by_service:
        yield _task(source, "paused", f"{source.name} was paused by the service", f"{source.reason}. {stay}")
    elif source.word == "failing" and source.failures >= FAILED_OFTEN:
        words = f"{source.reason}; {source.failures} times in a row. {stay}"
        yield _task(source, "failing", f"{source.name} is failing", words)
    elif source.partly_read >= FAILED_OFTEN:
        words = f"{source.reason}; {source.partly_read} times in a row. What was not seen is unknown, not missing."
        yield _task(source, "partly-read", f"{source.name} is only partly read", words)
    elif source.read_nothing:
        yield _task(source, "nothing", f"{source.name} reads nothing", "It was read, and no event was in it.")
    if source.moved_to is not None:
        words = f"Its address leads to another one for good: {source.moved_to}. Write that into the configuration."
        yield _task(source, "moved", f"{source.name} has moved", words)


def _task(source: SourceFacts, kind: str, title: str, words: str) -> Task:
    return Task(f"{kind}:{source.id}", kind, title, words, source.next_start, source.id)
