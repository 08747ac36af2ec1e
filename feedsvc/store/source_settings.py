"""Sources that were added here, and settings of sources that were set here, within one transaction.

Each change raises one number, so that every process sees with one question whether what it knows is still in force.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    String,
    Table,
    Text,
    cast,
    delete,
    insert,
    select,
    update,
)

from feedsvc.config.in_force import Definition, Layers, Override
from feedsvc.store.dialects import Instant, LongText, ShortText, metadata, put, put_if_absent
from feedsvc.store.schema import meta

definition = Table(
    "definition",
    metadata,
    Column("source_id", String(80), primary_key=True, comment="the source's id"),
    Column("kind", String(40), nullable=False, comment="a kind of source"),
    Column("address", Text, nullable=False, comment="where it is read from; may hold a secret, so it is shown masked"),
    Column("settings", Text, nullable=False, comment="its other settings by key, as JSON"),
    Column("name", ShortText(80), comment="what it is called; NULL: by its id"),
    Column("state", String(10), nullable=False, comment="proposed, live or removed"),
    Column("proposed_by", ShortText(80), nullable=False, comment="who added or proposed it"),
    Column("approved_by", ShortText(80), comment="who let it in; NULL while it is proposed"),
    Column("made_at", Instant, nullable=False, comment="when it was added; sources count in this order"),
    Column("removed_at", Instant, comment="when it was removed; NULL while it is not"),
    Column("version", Integer, nullable=False, comment="raised with each change"),
    comment="sources that were added here, not in the file",
)

override = Table(
    "override",
    metadata,
    Column("source_id", String(80), primary_key=True, comment="the source"),
    Column("key", String(60), primary_key=True, comment="a setting of its kind"),
    Column("value", Text, nullable=False, comment="what counts here, as JSON"),
    Column("file_value", Text, comment="what the file said when it was set, as JSON; NULL: nothing"),
    Column("by", ShortText(80), nullable=False, comment="who set it"),
    Column("at", Instant, nullable=False, comment="when it was set"),
    Column("why", LongText(), nullable=False, comment="the reason that was given; empty without one"),
    Column("version", Integer, nullable=False, comment="raised with each change"),
    comment="settings of sources that were set here over what the file says",
)

_VERSION = "settings_version"


class SourceSettingsRows:
    """Definitions and overrides of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self) -> int:
        """The number that every change of definitions and overrides raises; 0 before the first."""
        found = self._connection.execute(select(meta.c.value).where(meta.c.key == _VERSION)).scalar()
        return 0 if found is None else int(found)

    def layers(self) -> Layers:
        """Everything that was set here."""
        return Layers(self._definitions(), self.overrides(), self.version())

    def overrides(self, source_id: str | None = None) -> list[Override]:
        """The settings of one source, or of all, that were set here."""
        query = select(override).order_by(override.c.source_id, override.c.key)
        if source_id is not None:
            query = query.where(override.c.source_id == source_id)
        return [
            Override(
                **{**row._mapping, "value": json.loads(row.value), "file_value": json.loads(row.file_value or "null")}
            )
            for row in self._connection.execute(query)
        ]

    def put_override(self, one: Override) -> None:
        """Set a setting; its version counts how often it was."""
        mine = (override.c.source_id == one.source_id) & (override.c.key == one.key)
        before = self._connection.execute(select(override.c.version).where(mine)).scalar()
        given = None if one.file_value is None else json.dumps(one.file_value, default=str)
        values = {**asdict(one), "value": json.dumps(one.value), "file_value": given, "version": (before or 0) + 1}
        put(self._connection, override, values)
        self._raise_version()

    def take_override(self, source_id: str, key: str) -> None:
        """Take a setting back; the file's counts again."""
        mine = (override.c.source_id == source_id) & (override.c.key == key)
        self._connection.execute(delete(override).where(mine))
        self._raise_version()

    def definition(self, source_id: str) -> Definition | None:
        """The source that was added here under this id, removed ones too."""
        return next(iter(self._definitions(definition.c.source_id == source_id)), None)

    def _definitions(self, *only: ColumnElement[bool]) -> list[Definition]:
        query = select(definition).where(*only).order_by(definition.c.made_at, definition.c.source_id)
        rows = self._connection.execute(query)
        return [Definition(**{**row._mapping, "settings": json.loads(row.settings)}) for row in rows]

    def add(self, one: Definition) -> None:
        """Add a source."""
        self._connection.execute(insert(definition).values(**{**asdict(one), "settings": json.dumps(one.settings)}))
        self._raise_version()

    def change_definition(self, source_id: str, **columns: Any) -> None:
        """Set these columns of a source that was added here."""
        values = {**columns, "version": definition.c.version + 1}
        self._connection.execute(update(definition).where(definition.c.source_id == source_id).values(**values))
        self._raise_version()

    def rename(self, old: str, new: str) -> None:
        """Let everything that was set for one source count for another, which has nothing of its own yet."""
        for table in (definition, override):
            theirs = self._connection.execute(select(table.c.source_id).where(table.c.source_id == new)).first()
            if theirs is None:
                self._connection.execute(update(table).where(table.c.source_id == old).values(source_id=new))
        self._raise_version()

    def _raise_version(self) -> None:
        raised = cast(cast(meta.c.value, Integer) + 1, String)
        if not put_if_absent(self._connection, meta, {"key": _VERSION, "value": "1"}):
            self._connection.execute(update(meta).where(meta.c.key == _VERSION).values(value=raised))
