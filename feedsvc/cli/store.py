"""`feedsvc init`, `backup` and `restore`: the store made on purpose, as one file, and back."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from feedsvc.bootstrap import exports_of, system_clock
from feedsvc.cli.common import config_of
from feedsvc.core.errors import FeedsvcError, StoreUnavailable
from feedsvc.services.restore import LIFT, restore
from feedsvc.store.backup import MaintenanceRecord
from feedsvc.store.store import Store

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a SQLite file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command()(backup)
    app.command("restore")(restore_command)


def init(context: typer.Context) -> None:
    """Make a new, empty store where there is none."""
    config = config_of(context)
    store = Store(config.database_url, config.data_dir)
    store.init(system_clock())
    print(f"{store.name}: made a new store")
    store.close()


def backup(context: typer.Context, file: BackupFile) -> None:
    """Write the whole store into a new file, while it is in use."""
    config = config_of(context)
    store = Store(config.database_url, config.data_dir)
    store.check()
    try:
        store.backup(file)
    except FeedsvcError as error:
        _record(store, MaintenanceRecord("backup", system_clock(), file.name, str(error)))
        raise
    _record(store, MaintenanceRecord("backup", system_clock(), file.name))
    store.close()
    print(f"{file}: {file.stat().st_size / 1e6:,.1f} MB")


def restore_command(
    context: typer.Context,
    file: BackupFile,
    verify: Annotated[bool, typer.Option("--verify", help="Rebuild every feed and compare it.")] = False,
    as_is: Annotated[bool, typer.Option("--as-is", help="For a planned move: leave SEQUENCE and times alone.")] = False,
) -> None:
    """Put a backup in the place of the store; SEQUENCE rises, so that no calendar program ignores what it gets."""
    config = config_of(context)
    store = Store(config.database_url, config.data_dir)
    done = restore(store, file, system_clock(), lambda one: exports_of(config, one), verify=verify, as_is=as_is)
    store.close()
    print(f"{store.name}: restored {done.events:,} events from {file}")
    if not as_is:
        print(f"SEQUENCE of every event is {LIFT:,} higher, LAST-MODIFIED is now")
    if verify:
        print(f"{done.compared:,} feeds were rebuilt, and all are as in the backup")
    if done.kept is not None:
        print(f"what was there before is kept in {done.kept}")


def _record(store: Store, record: MaintenanceRecord) -> None:
    """A backup that was written counts, also where the store cannot take the note."""
    with suppress(StoreUnavailable), store.write() as snapshot:
        snapshot.maintenance.add(record)
