"""Watches which tables a store's transactions write to, and how many rows; by listening to its statements."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from sqlalchemy import event

from feedsvc.store.store import Store

_WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)


class Writes:
    """To be used in a `with`, around what is watched."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine
        self._rows: Counter[str] = Counter()

    def rows(self, table: str) -> int:
        """Rows inserted, changed or deleted."""
        return self._rows[table]

    def __enter__(self) -> Writes:
        event.listen(self._engine, "after_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "after_cursor_execute", self._note)

    def _note(self, _connection: Any, cursor: Any, statement: str, *_: object) -> None:
        found = _WRITES.match(statement)
        if found is not None:
            self._rows[found[1]] += max(cursor.rowcount, 0)
