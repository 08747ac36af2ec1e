"""SQLAlchemy for both databases: the metadata, types that mean the same in each, inserts of rows that several processes
may make at the same moment, and reading without SQLAlchemy's rows.

A Core select is compiled once for each dialect, then run on the driver's cursor: making a select and wrapping its rows
costs more than reading them. Only for what is read at each build of a feed; everything else uses Core as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Dialect, Integer, MetaData, Select, String, Table, Text, TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.core.errors import StoreUnavailable

_CHUNK = 500
"""Values in one IN list: below the smallest limit of any supported SQLite."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as whole seconds since 1970 UTC: the same number in every database and zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuse a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value} cannot be stored")
        return int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give an aware datetime in UTC."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


class LongText(TypeDecorator[str]):
    """A text from outside. PostgreSQL takes no NUL, and neither takes half a character: these are replaced, since a
    text that only tells something must not undo a refresh.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Replace what no database takes."""
        return None if value is None else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


class ShortText(LongText):
    """The same, cut to the length of its column: PostgreSQL refuses what is longer."""

    impl = String  # type: ignore[assignment]
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace and cut."""
        text = super().process_bind_param(value, dialect)
        return None if text is None else text[: self.impl_instance.length]  # type: ignore[attr-defined]


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

ROW_ID = BigInteger().with_variant(Integer, "sqlite")
BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")
"""Sorted by bytes in both databases, so that a feed has one order."""


def upsert(connection: Connection, table: Table) -> Any:
    """An INSERT that takes `on_conflict_do_nothing` and `on_conflict_do_update`, which both databases spell alike."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def put_if_absent(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless there is one with its key, also one that is being made just now; True if it was inserted."""
    key = next(iter(table.primary_key))
    statement = upsert(connection, table).values(**values).on_conflict_do_nothing().returning(key)
    return connection.execute(statement).first() is not None


def put(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or bring the one with its key up to date."""
    keys = [column.name for column in table.primary_key]
    others = {name: value for name, value in values.items() if name not in keys}
    statement = upsert(connection, table).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others))


Shape = tuple[int, ...]
"""The number of values in each list of a select; its text depends on these and on its name."""
Build = Select[Any] | Callable[[Shape], Select[Any]]
"""A select, a constant of its module, or what makes one of a shape."""

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
    query = build if isinstance(build, Select) else build(shape)
    compiled: Any = query.compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup) if compiled.positional else None, dict(compiled.params)


def chunks(values: Sequence[Any], size: int = _CHUNK) -> Iterator[Sequence[Any]]:
    """The values in pieces that fit into one statement."""
    return (values[at : at + size] for at in range(0, len(values), size))
