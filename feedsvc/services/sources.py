"""Actions on sources and their undo: each action is one transaction with its row in the log.

An undo puts the columns back as they were, if they still are as the action left them; else it says who changed them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from feedsvc.config.in_force import LIVE, Definition, InForce, Override, setting_values
from feedsvc.config.loader import Config, Source, build_source
from feedsvc.config.settings import SOURCE_ID, SourceSettings
from feedsvc.core import pacing, serialize
from feedsvc.core.errors import RequestError
from feedsvc.core.secrets import masked_url
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

    def set(self, by: Actor, config: Config, source_id: str, changes: Mapping[str, str], why: str = "") -> int:
        """Set settings of a source over what the file says; an empty text takes one back. Raises RequestError.

        The worker reads the source again at once, by the new rules.
        """
        source = config.source(source_id)
        if source is None:
            raise RequestError(f"unknown source {source_id!r}; feedsvc sources list shows them")
        others = {key: text for key, text in changes.items() if key != "every"}
        number = 0
        if "every" in changes:
            number = self.pace(by, source, pace_of(source, changes["every"]) if changes["every"] else None, why)
        if not others:
            return number
        values, now = setting_values(config, source, others), self._clock()
        given = (source.given or source).table
        with self._store.write() as snapshot:
            before = {one.key: one for one in snapshot.settings.overrides(source_id) if one.key in values}
            for key, value in values.items():
                if value is None:
                    snapshot.settings.take_override(source_id, key)
                else:
                    row = Override(source_id, key, value, given.get(key), by.name, now, why)
                    snapshot.settings.put_override(row)
            snapshot.sources.change(source_id, due_at=None)
            undo = {
                "kind": "settings",
                "id": source_id,
                "before": {key: _row(before.get(key)) for key in values},
                "after": values,
            }
            was = {key: before[key].value if key in before else given.get(key) for key in values}
            became = {key: given.get(key) if value is None else value for key, value in values.items()}
            words = (_shown(was), _shown(became))
            return snapshot.audit.write(
                by, "settings", source_id, now, before=words[0], after=words[1], why=why, undo=undo
            )

    def add(self, by: Actor, config: Config, table: Mapping[str, Any], *, paused: bool = False, why: str = "") -> int:
        """Add a source. Raises RequestError where the configuration would refuse it, or knows its id."""
        faults: list[str] = []
        source = build_source(table, Path(), config.kinds, f"source {table.get('id')!r}", faults)
        if source is None or source.common.url is None:
            raise RequestError("; ".join(faults) or f"source {table.get('id')!r}: must have a url")
        own = {key: value for key, value in table.items() if key not in ("id", "kind", "url", "name")}
        now, common = self._clock(), source.common
        with self._store.write() as snapshot:
            known = snapshot.settings.definition(source.id)
            if (
                config.source(source.id) is not None
                or known is not None
                or source.id in snapshot.sources.count_events()
            ):
                raise RequestError(f"duplicate source id {source.id!r}; give another one")
            snapshot.settings.add(
                Definition(source.id, common.kind, source.common.url, own, common.name, LIVE, by.name, by.name, now)
            )
            pause = {"paused_at": now, "paused_why": f"added by {by.name}, to be looked at"} if paused else {}
            snapshot.sources.change(source.id, id=source.id, **pause)
            undo = {"kind": "definition", "id": source.id, "before": "removed", "after": LIVE}
            after = f"{common.kind}, {masked_url(source.common.url)}{', paused' if paused else ''}"
            return snapshot.audit.write(by, "add", source.id, now, after=after, why=why, undo=undo)

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
            snapshot.settings.rename(old, new)
            return snapshot.audit.write(by, "rename", new, self._clock(), before=old, after=new, undo=undo)

    def remove(self, by: Actor, source_id: str, why: str = "") -> int:
        """Take a source out that was added here: its events stay as history until they are struck out."""
        now = self._clock()
        with self._store.write() as snapshot:
            known = snapshot.settings.definition(source_id)
            if known is None or known.state != LIVE:
                raise RequestError(f"source {source_id!r} was not added here; take it out of the file")
            snapshot.settings.change_definition(source_id, state="removed", removed_at=now)
            undo = {"kind": "definition", "id": source_id, "before": LIVE, "after": "removed"}
            return snapshot.audit.write(
                by, "remove", source_id, now, before="read", after="removed", why=why, undo=undo
            )

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
        """Take the removing of a source, and its striking-out, back. Raises RequestError where there is neither."""
        log = [one for one in self.log(200, source_id) if one.can_be_undone]
        removed = next((one for one in log if one.action == "remove"), None)
        if removed is not None:
            self.undo(by, removed.id)
        action = next((one for one in log if one.action == "strike-out"), removed)
        if action is None:
            raise RequestError(f"nothing of source {source_id!r} was struck out; feedsvc log shows what was done")
        return action if action is removed else self.undo(by, action.id)

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
            snapshot.settings.rename(undo["new"], undo["old"])
            return {**undo, "old": undo["new"], "new": undo["old"]}
        if undo["kind"] == "struck-out":
            struck_at = serialize.instant(undo["at"])
            take_back(self._needed_context, snapshot, undo["id"], struck_at, self._clock())
            return undo
        if undo["kind"] == "settings":
            return _settings_back(snapshot, action, undo)
        if undo["kind"] == "definition":
            return _definition_back(snapshot, action, undo, self._clock())
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


def settle(snapshot: Snapshot, found: InForce, now: datetime) -> None:
    """End settings that the file has come to agree with, each with its row in the log."""
    service, ended = Actor("the service"), "the file says the same now"
    for one in found.settled:
        snapshot.settings.take_override(one.source_id, one.key)
        words = _shown({one.key: one.value})
        snapshot.audit.write(service, "settings", one.source_id, now, before=f"set here: {words}", after=ended)
    paces = {source.id: source.common.every for source in found.config.sources}
    for state in snapshot.sources.states():
        pace = paces.get(state.id)
        if pace is not None and state.every_seconds == pace.total_seconds():
            snapshot.sources.change(state.id, every_seconds=None)
            before = f"set here: {in_words(pace)}"
            snapshot.audit.write(service, "pace", state.id, now, before=before, after=ended)


def _shown(values: Mapping[str, Any]) -> str:
    """Settings in words, without what an address may carry."""
    plain = {key: masked_url(str(value)) if key == "url" else value for key, value in values.items()}
    return "; ".join(f"{key} {'not set' if value is None else _text(value)}" for key, value in plain.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _row(one: Override | None) -> dict[str, Any] | None:
    return None if one is None else {**asdict(one), "at": serialize.seconds(one.at)}


def _put_back(snapshot: Snapshot, action: Action) -> dict[str, Any]:
    """Put columns back. Returns what would undo that."""
    undo = action.undo or {}
    if undo["kind"] == "account":
        snapshot.accounts.change(undo["id"], closed_at=None)
        return undo
    state = asdict(snapshot.sources.state(undo["id"]))
    if any(_plain(state[name]) != value for name, value in undo["after"].items()):
        raise _ground_changed(snapshot, action)
    before = {
        name: (serialize.instant(value["at"]) if isinstance(value, dict) else value)
        for name, value in undo["before"].items()
    }
    snapshot.sources.change(undo["id"], **before)
    after = {name: _plain(state[name]) for name in before}
    return {**undo, "before": after, "after": {name: undo["before"][name] for name in before if name in _GROUND}}


def _settings_back(snapshot: Snapshot, action: Action, undo: dict[str, Any]) -> dict[str, Any]:
    """Set settings as they were before. Returns what would undo that."""
    rows = {one.key: one for one in snapshot.settings.overrides(undo["id"])}
    now = {key: rows[key].value if key in rows else None for key in undo["after"]}
    if now != undo["after"]:
        raise _ground_changed(snapshot, action)
    for key, row in undo["before"].items():
        if row is None:
            snapshot.settings.take_override(undo["id"], key)
        else:
            snapshot.settings.put_override(Override(**{**row, "at": serialize.instant(row["at"])}))
    snapshot.sources.change(undo["id"], due_at=None)
    values = {key: None if row is None else row["value"] for key, row in undo["before"].items()}
    return {**undo, "before": {key: _row(rows.get(key)) for key in values}, "after": values}


def _definition_back(snapshot: Snapshot, action: Action, undo: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Take a source away that was added here, or add it again. Returns what would undo that."""
    known = snapshot.settings.definition(undo["id"])
    if known is None or known.state != undo["after"]:
        raise _ground_changed(snapshot, action)
    if snapshot.sources.state(undo["id"]).refreshed_at is not None and undo["before"] != LIVE:
        raise GroundChanged(f"{undo['id']} was read since; feedsvc sources remove {undo['id']} ends it")
    removed_at = None if undo["before"] == LIVE else now
    snapshot.settings.change_definition(undo["id"], state=undo["before"], removed_at=removed_at)
    return {**undo, "before": undo["after"], "after": undo["before"]}


def _ground_changed(snapshot: Snapshot, action: Action) -> GroundChanged:
    since = [one for one in snapshot.audit.last(20, action.object) if one.id > action.id and one.undoes is None]
    who = f"{since[0].actor} changed it since ({since[0].action})" if since else "it changed since by itself"
    return GroundChanged(f"{action.action} of {action.object} cannot be undone: {who}")
