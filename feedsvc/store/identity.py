"""Identity of a store: an id for ever, a history that is new at each restore, and the mark that remembers the id
outside the store, so that a store that is lost is not mistaken for one that was never made.

The hardest case is a file that is there and empty: it looks exactly like a store before its first use.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, select

from feedsvc.core.errors import StoreUnfit
from feedsvc.store.dialects import put_if_absent
from feedsvc.store.schema import meta

_SQLITE_HEADER = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Identity:
    """`id` names the store and its restored copies, `history` the editions since it was made or last restored."""

    id: str
    history: str


def read_identity(connection: Connection) -> Identity | None:
    """Return the store's identity; None where it has none yet, as before version 0.2.0."""
    rows = connection.execute(select(meta.c.key, meta.c.value).where(meta.c.key.in_(("store_id", "history"))))
    found = {row.key: row.value for row in rows}
    return Identity(found["store_id"], found["history"]) if len(found) == 2 else None


def ensure_identity(connection: Connection, store_id: str | None) -> Identity:
    """Return the store's identity, and give it one where it has none: `store_id` where the mark remembers one."""
    for key, value in (("store_id", store_id or new_name()), ("history", new_name())):
        put_if_absent(connection, meta, {"key": key, "value": value})
    found = read_identity(connection)
    if found is None:
        raise AssertionError("the identity that was just written is missing")
    return found


def new_name() -> str:
    """Return a random name for a store or a history: 16 hexadecimal digits."""
    return secrets.token_hex(8)


class StoreMark:
    """The file that remembers which store was made here: beside a SQLite file, or in the data folder for PostgreSQL."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self) -> str | None:
        """Return the id of the store that was made here; None where there is no mark."""
        with suppress(OSError, UnicodeDecodeError):
            return self.file.read_text(encoding="ascii").strip() or None
        return None

    def write(self, store_id: str) -> None:
        """Remember the id. A folder that cannot be written keeps no mark; `doctor` says so."""
        if self.read() == store_id:
            return
        fresh = self.file.with_name(f"{self.file.name}.new")
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(f"{store_id}\n", encoding="ascii")
            fresh.replace(self.file)

    def refuse_other(self, name: str, found: str | None) -> None:
        """Raise StoreUnfit where the store found is not the one that was made here."""
        known = self.read()
        if known is not None and found is not None and found != known:
            raise StoreUnfit(
                f"the store at {name} has the id {found}, but {self.file} expects {known}; put the right one back, "
                f"or remove {self.file} to go on with this one"
            )

    def refuse_lost(self, fact: str) -> None:
        """Raise StoreUnfit for a store that is missing, empty or foreign where one was made."""
        known = self.read()
        remedy = "feedsvc restore FILE brings a backup back"
        if known is not None:
            raise StoreUnfit(f"{fact}, but store {known} was made here; {remedy}, or remove {self.file} to start over")
        raise StoreUnfit(f"{fact}; {remedy}, feedsvc init makes a new store")


def file_fault(file: Path) -> str | None:
    """Return why a file that should be a store cannot be one, from its first bytes; None where it may be one."""
    try:
        with file.open("rb") as opened:
            head = opened.read(len(_SQLITE_HEADER))
    except FileNotFoundError:
        return f"{file} is missing"
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}"
    if not head:
        return f"{file} is empty"
    return None if head == _SQLITE_HEADER else f"{file} is not a SQLite database"


def is_unused(file: Path) -> bool:
    """Return True if nothing of ours is where the store's file is to be made."""
    try:
        names = [entry.name for entry in file.parent.iterdir()]
    except FileNotFoundError:
        return True
    except OSError:
        return False
    ours = (file.name, "metrics-")
    return not any(name.startswith(ours) and not name.endswith(".new") for name in names)


def has_schema(connection: Connection) -> bool:
    """Return True if the database holds a store of ours, of whatever version."""
    return {"alembic_version", "meta"} <= set(inspect(connection).get_table_names())
