"""Actions on sources and their undo: each action is one transaction with its row in the log.

An undo puts the columns back as they were, if they still are as the action left them; else it says who changed them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from feedsvc.config.loader import Source
from feedsvc.config.settings import SOURCE_ID, SourceSettings
from feedsvc.core import pacing, serialize
from feedsvc.core.errors import RequestError
from feedsvc.refresh.context import RefreshContext
from feedsvc.refresh.removal import strike_out, take_back
from feedsvc.store.administrators import Action, Actor
from feedsvc.store.sources import SourceState
from feedsvc.store.store import Snapshot, Store

_RESUMED: dict[str, Any] = {
    "paused_at": None,
    "paused_why": None,
    "strikes": 0,
    "lone_strikes": 0,
    "failures": 0,
    "gone_count": 0,
    "gone_since": None,
    "due_at": None,
}
_GROUND = frozenset({"paused_at", "paused_why", "every_seconds"})
"""Columns that people set; the others move by themselves, and an undo does not mind."""


class GroundChanged(RequestError):
    """Somebody changed the same thing since."""


class Actions:
    """Actions of people. Safe to use from several threads."""

    def __init__(self, store: Store, clock: Callable[[], datetime], context: RefreshContext | None = None) -> None:
        """`context` is needed where an action changes events."""
        self._store = store
        self._clock = clock
        self._context = context

    def pause(self, by: Actor, source_id: str, why: str) -> int:
        """Read a source no more by itself. Its events stay; a refresh that somebody asks for still works."""
        columns = {"paused_at": self._clock(), "paused_why": why or f"by {by.name}"}
        return self._change(by, "pause", source_id, columns, after="paused", why=why)

    def resume(self, by: Actor, source_id: str) -> int:
        """Read a source again by itself, now first, with a clean slate."""
        return self._change(by, "resume", source_id, _RESUMED, after="read again")

    def pace(self, by: Actor, source: Source, every: timedelta | None, why: str = "") -> int:
        """Read a source that often from now on; None: as the configuration says."""
        with self._store.read() as snapshot:
            state = snapshot.sources.state(source.id)
        due_at = state.due_at
        if state.tried_at is not None and not state.failures:
            due_at = pacing.next_due(source.id, state.turn, every or source.common.every, state.tried_at)
        seconds = None if every is None else int(every.total_seconds())
        before = in_words(state.every(source.common.every))
        after = in_words(every or source.common.every) + ("" if every else ", as the file says")
        columns = {"every_seconds": seconds, "due_at": due_at}
        return self._change(by, "pace", source.id, columns, before=before, after=after, why=why)

    def refresh_now(self, by: Actor, source_id: str) -> int:
        """Have the worker read a source at its next tick."""
        now = self._clock()
        with self._store.write() as snapshot:
            if snapshot.sources.state(source_id).paused_at is not None:
                raise RequestError(f"source {source_id!r} is paused; resume it, or feedsvc refresh {source_id}")
            snapshot.sources.change(source_id, due_at=now)
            return snapshot.audit.write(by, "refresh", source_id, now, after="asked for")

    def rename(self, by: Actor, old: str, new: str) -> int:
        """Give a source another id, or its events to another source: nobody sees an event twice, UIDs stay.

        Only for a source that the file does not name: the file would name it again.
        """
        if not re.fullmatch(SOURCE_ID, new) or new == old:
            raise RequestError(f"{new!r} cannot be its id; an id has lower-case letters, digits and hyphens")
        with self._store.write() as snapshot:
            # Events that two sources have had together nobody can take apart again.
            is_known = any(state.id == new for state in snapshot.sources.states())
            undo = None if is_known else {"kind": "rename", "old": old, "new": new}
            snapshot.sources.rename(old, new)
            return snapshot.audit.write(by, "rename", new, self._clock(), before=old, after=new, undo=undo)

    def strike_out(self, by: Actor, source_id: str, why: str = "") -> int:
        """End the coming events of a source that is read no more, as cancelled ones. Returns how many."""
        now = self._clock().replace(microsecond=0)
        with self._store.write() as snapshot:
            count = strike_out(self._needed_context, snapshot, source_id, now)
            undo = {"kind": "struck-out", "id": source_id, "at": serialize.seconds(now)}
            after = f"{count} coming {'event' if count == 1 else 'events'} struck out"
            snapshot.audit.write(by, "strike-out", source_id, now, before="in feeds", after=after, why=why, undo=undo)
        return count

    def restore(self, by: Actor, source_id: str) -> Action:
        """Take the last striking-out of a source back. Raises RequestError where there is none."""
        last = (one for one in self.log(200, source_id) if one.action == "strike-out" and one.can_be_undone)
        action = next(last, None)
        if action is None:
            raise RequestError(f"nothing of source {source_id!r} was struck out; feedsvc log shows what was done")
        return self.undo(by, action.id)

    @property
    def _needed_context(self) -> RefreshContext:
        if self._context is None:
            raise RequestError("this cannot be undone here; feedsvc sources restore does it")
        return self._context

    def undo(self, by: Actor, number: int) -> Action:
        """Take an action back. Returns it. Raises RequestError, GroundChanged."""
        now = self._clock()
        with self._store.write() as snapshot:
            action = snapshot.audit.find(number)
            if action is None:
                raise RequestError(f"unknown action {number}; feedsvc log shows the last ones")
            if not action.can_be_undone or action.undo is None:
                done = "was undone before" if action.undone_by is not None else "cannot be undone"
                raise RequestError(f"action {number} ({action.action} {action.object}) {done}")
            back = self._take_back(snapshot, action)
            name, became = f"undo {action.action}", action.before or "as it was"
            snapshot.audit.write(
                by, name, action.object, now, before=action.after, after=became, undo=back, undoes=number
            )
        return action

    def _take_back(self, snapshot: Snapshot, action: Action) -> dict[str, Any]:
        """Put things back. Returns what would undo that."""
        undo = action.undo or {}
        if undo["kind"] == "rename":
            snapshot.sources.rename(undo["new"], undo["old"])
            return {**undo, "old": undo["new"], "new": undo["old"]}
        if undo["kind"] == "struck-out":
            struck_at = serialize.instant(undo["at"])
            take_back(self._needed_context, snapshot, undo["id"], struck_at, self._clock())
            return undo
        return _put_back(snapshot, action)

    def log(self, count: int, what: str | None = None, before: int | None = None) -> list[Action]:
        """The last actions, newest first."""
        with self._store.read() as snapshot:
            return snapshot.audit.last(count, what, before)

    def _change(
        self,
        by: Actor,
        action: str,
        source_id: str,
        columns: dict[str, Any],
        *,
        after: str,
        before: str = "",
        why: str = "",
    ) -> int:
        with self._store.write() as snapshot:
            state = snapshot.sources.state(source_id)
            snapshot.sources.change(source_id, **columns)
            undo = {"kind": "source", "id": source_id, **_ground(state, columns)}
            now, was = self._clock(), before or state.word
            return snapshot.audit.write(by, action, source_id, now, before=was, after=after, why=why, undo=undo)


def pace_of(source: Source, text: str) -> timedelta:
    """A pace as somebody writes it, such as "30min". Raises RequestError where the configuration would refuse it."""
    try:
        return SourceSettings.model_validate({**source.common.model_dump(), "every": text}).every
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise RequestError(f"every={text}: {reason}") from error


def in_words(span: timedelta) -> str:
    """A pace in words: "30 min", "6 h", "1 h 30 min"."""
    minutes = round(span.total_seconds() / 60)
    parts = ((minutes // 60, "h"), (minutes % 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or f"{int(span.total_seconds())} s"


def _ground(before: SourceState, columns: dict[str, Any]) -> dict[str, Any]:
    """The values before and after, as JSON can hold them."""
    was = asdict(before)
    return {
        "before": {name: _plain(was[name]) for name in columns},
        "after": {name: _plain(value) for name, value in columns.items() if name in _GROUND},
    }


def _plain(value: Any) -> Any:
    return {"at": serialize.seconds(value)} if isinstance(value, datetime) else value


def _put_back(snapshot: Snapshot, action: Action) -> dict[str, Any]:
    """Put columns back. Returns what would undo that."""
    undo = action.undo or {}
    if undo["kind"] == "account":
        snapshot.accounts.change(undo["id"], closed_at=None)
        return undo
    state = asdict(snapshot.sources.state(undo["id"]))
    if any(_plain(state[name]) != value for name, value in undo["after"].items()):
        since = [one for one in snapshot.audit.last(20, action.object) if one.id > action.id and one.undoes is None]
        who = f"{since[0].actor} changed it since ({since[0].action})" if since else "it changed since by itself"
        raise GroundChanged(f"{action.action} of {action.object} cannot be undone: {who}")
    before = {
        name: (serialize.instant(value["at"]) if isinstance(value, dict) else value)
        for name, value in undo["before"].items()
    }
    snapshot.sources.change(undo["id"], **before)
    after = {name: _plain(state[name]) for name in before}
    return {**undo, "before": after, "after": {name: undo["before"][name] for name in before if name in _GROUND}}
