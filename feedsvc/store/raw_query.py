"""Reading without SQLAlchemy's rows: a Core select is compiled once for each dialect, then run on the driver's cursor.

One code for SQLite and PostgreSQL, at the price of the driver alone: making a select and wrapping its rows costs more
than reading them. Only for what is read at each build of a feed; everything else uses Core as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Select

from feedsvc.core.errors import StoreUnavailable

Shape = tuple[int, ...]
"""The number of values in each list of a select; its text depends on these and on its name."""
Build = Callable[[Shape], Select[Any]]

_FETCH = 1_000
"""Rows that are asked of the driver at once when a result is streamed."""


def fetch(connection: Connection, build: Build, values: Mapping[str, Any], shape: Shape = ()) -> list[Any]:
    """All rows as plain tuples. `values` by the names of the select's bind parameters."""
    with _cursor(connection) as cursor:
        cursor.execute(*_statement(connection.dialect, build, shape, values))
        rows: list[Any] = cursor.fetchall()
        return rows


def fetch_one(connection: Connection, build: Build, values: Mapping[str, Any], shape: Shape = ()) -> Any:
    """The single value of the single row."""
    return fetch(connection, build, values, shape)[0][0]


def stream(connection: Connection, build: Build, values: Mapping[str, Any], shape: Shape = ()) -> Iterator[Any]:
    """The rows one by one, few of them in memory at a time."""
    # psycopg's plain cursor reads a whole result at once; one with a name leaves it at the server.
    named = {} if connection.dialect.name == "sqlite" else {"name": "feedsvc_stream"}
    with _cursor(connection, **named) as cursor:
        cursor.execute(*_statement(connection.dialect, build, shape, values))
        while rows := cursor.fetchmany(_FETCH):
            yield from rows


@contextmanager
def _cursor(connection: Connection, **options: str) -> Iterator[Any]:
    """A driver's cursor in the transaction. Any error is StoreUnavailable: the questions are sound."""
    dbapi: Any = connection.dialect.loaded_dbapi
    try:
        cursor = connection.connection.cursor(**options)
        try:
            yield cursor
        finally:
            cursor.close()
    except dbapi.Error as error:
        raise StoreUnavailable(f"the store did not answer: {error}") from error


def _statement(dialect: Dialect, build: Build, shape: Shape, values: Mapping[str, Any]) -> tuple[str, Any]:
    sql, order, fixed = _compiled(dialect, build, shape)
    named = {**fixed, **values}
    return sql, named if order is None else [named[name] for name in order]


@lru_cache(maxsize=512)
def _compiled(dialect: Dialect, build: Build, shape: Shape) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
    """The SQL; the names of its parameters in order, None where the driver takes them by name; its own constants."""
    compiled: Any = build(shape).compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup) if compiled.positional else None, dict(compiled.params)
