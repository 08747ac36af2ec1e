"""The log of what people did, within one transaction: written with the action itself, never edited."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from feedsvc.store.admin_schema import audit

KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind an action. `account_id` is None for the command line and the service itself."""

    name: str
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """See the columns of the table `audit`. `undo` is None where nothing takes it back."""

    id: int
    at: datetime
    account_id: int | None
    actor: str
    action: str
    object: str
    before: str
    after: str
    why: str
    undo: dict[str, Any] | None
    undoes: int | None
    undone_by: int | None

    @property
    def can_be_undone(self) -> bool:
        """Return True while it stands and can be taken back."""
        return self.undo is not None and self.undone_by is None


class Audit:
    """Actions of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(
        self,
        by: Actor,
        action: str,
        what: str,
        now: datetime,
        *,
        before: str = "",
        after: str = "",
        why: str = "",
        undo: dict[str, Any] | None = None,
        undoes: int | None = None,
    ) -> int:
        """Add an action and forget those older than 400 days. Returns its number."""
        values = {
            "at": now,
            "account_id": by.account_id,
            "actor": by.name,
            "action": action,
            "object": what,
            "before": before,
            "after": after,
            "why": why,
            "undo": None if undo is None else json.dumps(undo),
            "undoes": undoes,
        }
        number = int(self._connection.execute(insert(audit).values(**values).returning(audit.c.id)).scalar_one())
        if undoes is not None:
            self._connection.execute(update(audit).where(audit.c.id == undoes).values(undone_by=number))
        self._connection.execute(delete(audit).where(audit.c.at <= now - KEPT))
        return number

    def find(self, number: int) -> Action | None:
        """One action."""
        row = self._connection.execute(select(audit).where(audit.c.id == number)).first()
        return None if row is None else _action(row._mapping)

    def last(self, count: int, what: str | None = None, before: int | None = None) -> list[Action]:
        """The last actions, newest first: of one object, and older than a number, where these are given."""
        query = select(audit).order_by(audit.c.id.desc()).limit(count)
        if what is not None:
            query = query.where(audit.c.object == what)
        if before is not None:
            query = query.where(audit.c.id < before)
        return [_action(row._mapping) for row in self._connection.execute(query)]


def _action(row: Any) -> Action:
    return Action(**{**row, "undo": None if row["undo"] is None else json.loads(row["undo"])})
