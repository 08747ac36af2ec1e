"""Decisions of people about a source beside its configuration: pause it, let it go on, read it more or less often."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedsvc.config.loader import Source
from feedsvc.core import pacing
from feedsvc.store.store import Store


def pause(store: Store, source_id: str, why: str, now: datetime) -> None:
    """Read a source no more by itself. Its events stay; a refresh that somebody asks for still works."""
    with store.write() as snapshot:
        snapshot.sources.change(source_id, paused_at=now, paused_why=why)


def resume(store: Store, source_id: str) -> None:
    """Read a source again by itself, now first, with a clean slate."""
    with store.write() as snapshot:
        snapshot.sources.change(
            source_id,
            paused_at=None,
            paused_why=None,
            strikes=0,
            lone_strikes=0,
            failures=0,
            gone_count=0,
            gone_since=None,
            due_at=None,
        )


def set_every(store: Store, source: Source, every: timedelta | None) -> None:
    """Read a source that often from now on, whatever the configuration says; None: as configured again."""
    with store.write() as snapshot:
        state = snapshot.sources.state(source.id)
        due_at = state.due_at
        if state.tried_at is not None and not state.failures:
            due_at = pacing.next_due(source.id, state.turn, every or source.common.every, state.tried_at)
        seconds = None if every is None else int(every.total_seconds())
        snapshot.sources.change(source.id, every_seconds=seconds, due_at=due_at)
