"""What is made once for all tests of a process, since it takes a while and is always the same: an empty store with its
tables, and the code that templates are compiled to. And no test waits for the disk.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import event
from sqlalchemy.pool import Pool

from feedsvc.store.store import Store

FOUNDED = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)


def _do_not_wait_for_the_disk(connection: Any, *_: object) -> None:
    """No test pulls the plug, and waiting for the disk is most of the time of a small commit."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


event.listen(Pool, "checkout", _do_not_wait_for_the_disk)


class _Kept(BytecodeCache):
    """Compiled templates, by their text: each application would compile all of them anew."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was kept, if anything."""
        if (code := self._code.get((bucket.key, bucket.checksum))) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Kept()}


@cache
def _empty_store(founded: datetime) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite"
        store = Store(f"sqlite:///{file}")
        store.prepare(founded)
        store.close()
        return file.read_bytes()


def prepared_folder(folder: Path, founded: datetime = FOUNDED) -> None:
    """Put an empty store into a data folder that has none."""
    prepared_file(folder / "feedsvc.sqlite", founded)


def prepared_file(file: Path, founded: datetime = FOUNDED) -> None:
    """Make an empty store, unless there is one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_empty_store(founded))
