"""The file of an embedded store under living connections: moved away, replaced, cut short, or robbed of its WAL.

A file that lost its name goes on living under old connections, and a process would serve from it for ever without
seeing another edition. So each connection is compared with the name before it is used; the pool replaces the others.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DisconnectionError

from feedsvc.store.identity import file_fault

_log = logging.getLogger("feedsvc.store")
_FileId = tuple[int, int]


class SqliteFile:
    """Checks connections of one file. `expected_id` is the store's id once known; another store is then refused."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.expected_id: str | None = None
        self._wal = file.with_name(f"{file.name}-wal")
        self._known = False

    def before_connecting(self, *_: object) -> None:
        """Refuse to connect where SQLite would make a new, empty file in the place of the one that was here."""
        if self._known and (fault := file_fault(self.file)) is not None:
            raise sqlite3.OperationalError(fault)

    def forget(self) -> None:
        """Let the file be made again."""
        self._known, self.expected_id = False, None

    def remember(self, connection: sqlite3.Connection, record: Any) -> None:
        """Note which file a new connection is of. Refuses another store than the one that was opened first."""
        facts = self.file.stat()
        record.info.update(file=(facts.st_dev, facts.st_ino), size=facts.st_size, wal=None)
        if self.expected_id is not None:
            found = _store_id(connection)
            if found != self.expected_id:
                told = "no store" if found is None else f"the store {found}"
                raise sqlite3.OperationalError(f"{self.file} holds {told}, not {self.expected_id}")
        self._known = True

    def look(self, connection: sqlite3.Connection, record: Any, _proxy: object) -> None:
        """Drop a connection of another file, of one that was cut, or whose WAL is gone; the pool makes another."""
        facts = _facts(self.file)
        identity = None if facts is None else (facts[0], facts[1])
        if facts is None or record.info["file"] != identity:
            raise DisconnectionError(f"{self.file} was replaced")
        if facts[2] < record.info["size"]:
            raise DisconnectionError(f"{self.file} is shorter than it was")
        record.info["size"] = facts[2]
        wal, known = _facts(self._wal), record.info["wal"]
        if known is not None and (wal is None or wal[:2] != known):
            # Write what the lost WAL holds into the file: this connection still has it open.
            saved = False
            with suppress(sqlite3.Error):
                saved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0
            outcome = (
                "its transactions were written into the store" if saved else "check the store with: feedsvc doctor"
            )
            _log.error("%s was taken away under a running process; %s", self._wal, outcome)
            raise DisconnectionError(f"{self._wal} was taken away")
        record.info["wal"] = None if wal is None else wal[:2]


def _facts(file: Path) -> tuple[int, int, int] | None:
    """Device, inode and size; None where there is no such file."""
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino, facts.st_size


def _store_id(connection: sqlite3.Connection) -> str | None:
    with suppress(sqlite3.DatabaseError):
        row = connection.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()
        return None if row is None else str(row[0])
    return None
