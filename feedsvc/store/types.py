"""Shared by all tables: the metadata, and types that mean the same in every database."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect

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
