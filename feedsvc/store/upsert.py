"""Making a row that several processes may make at the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def put_if_absent(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless there is one with its key, also one that is being made just now. Whether it was inserted."""
    key = next(iter(table.primary_key))
    statement = _INSERT[connection.dialect.name](table).values(**values).on_conflict_do_nothing().returning(key)
    return connection.execute(statement).first() is not None
