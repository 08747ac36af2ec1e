"""Bringing the schema up to date with Alembic, inside the caller's transaction: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config as AlembicConfig
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from feedsvc.core.errors import ProgramTooOld, StoreUnavailable

SCRIPTS = Path(__file__).parent / "migrations"
_PG_LOCK = 7_213_554_201


def script_directory() -> ScriptDirectory:
    """The migrations of this program."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(SCRIPTS))
    return ScriptDirectory.from_config(config)


def is_current(connection: Connection) -> bool:
    """Return True if the schema is this program's. Raises StoreUnavailable when it is newer."""
    scripts = script_directory()
    return _current(connection, scripts) == scripts.get_current_head()


def check(connection: Connection) -> None:
    """Make sure that the schema is this program's. Raises StoreUnavailable when it is older, newer or not there."""
    scripts = script_directory()
    current = _current(connection, scripts)
    if current != scripts.get_current_head():
        has = "no schema" if current is None else f"the older schema {current}"
        raise StoreUnavailable(f"the store has {has}; start a process that may write, with [store] prepare = true")


def revision_of(connection: Connection) -> str | None:
    """Return the schema's revision; None where there is no schema. Raises ProgramTooOld."""
    return _current(connection, script_directory())


def migrate(connection: Connection, target: str | None = None) -> None:
    """Apply what is missing, up to `target` or the newest. Raises ProgramTooOld when the store's schema is newer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_LOCK})
    scripts = script_directory()
    wanted = target or scripts.get_current_head()
    if _current(connection, scripts) == wanted:
        return

    def upgrade(revision: str, _context: MigrationContext) -> list[RevisionStep]:
        return scripts._upgrade_revs(wanted or "head", revision)

    environment = EnvironmentContext(AlembicConfig(), scripts, fn=upgrade)
    with environment:
        environment.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
        environment.run_migrations()


def _current(connection: Connection, scripts: ScriptDirectory) -> str | None:
    """The store's schema, None where it has none. Raises StoreUnavailable when this program does not know it."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise ProgramTooOld(f"the store has schema {current}, newer than this program; install the newer program")
    return current
