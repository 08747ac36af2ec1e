"""`feedsvc admin …`, `feedsvc tasks`, `feedsvc log`: accounts, what waits for a person, and what people did."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from feedsvc.bootstrap import Runtime
from feedsvc.cli.common import Output, print_table, runtime
from feedsvc.core.errors import RequestError
from feedsvc.services.accounts import ROLES, AccountService
from feedsvc.services.sources import Actions
from feedsvc.services.today import TodayService
from feedsvc.store.administrators import Actor

_group = typer.Typer(help="Look after the accounts of administrators.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")]
Secret = Annotated[
    Path | None, typer.Option("--password-file", metavar="FILE", help="A file whose first line is the password.")
]
Form = Annotated[Output, typer.Option("--format", help="How to print.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands: tuple[Callable[..., None], ...] = (create, link, passwd, close)
    for command in commands:
        _group.command()(command)
    _group.command("list")(list_all)
    app.add_typer(_group, name="admin")
    app.command()(tasks)
    app.command()(log)


def command_line() -> Actor:
    """The person at this command line, for the log: the system's own user."""
    try:
        return Actor(f"cli:{pwd.getpwuid(os.getuid()).pw_name}")
    except KeyError:  # a user without an entry, as in a container
        return Actor("cli")


def create(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Option("--role", help=f"One of {', '.join(ROLES)}.")] = "owner",
    password_file: Secret = None,
) -> None:
    """Make an account. Without a password file it gets in by links: feedsvc admin link NAME."""
    with runtime(context) as wired:
        _accounts(wired).create(command_line(), name, role, _password(password_file))
        print(f"{name}: made, {role}")


def link(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The account to get in with.")] = None,
    first: Annotated[bool, typer.Option("--first", help="A link that makes the first account.")] = False,
) -> None:
    """Print a way in that works once: for ten minutes for an account, for a day for the first one."""
    with runtime(context) as wired:
        if first == (name is not None):
            raise RequestError("name an account, or --first")
        if name is None:
            print(first_address(wired) or _refuse("there is an account already; feedsvc admin link NAME"))
        else:
            print(f"{_root(wired)}/admin/link/{_accounts(wired).link(name)}")


def passwd(context: typer.Context, name: Name, password_file: Secret = None) -> None:
    """Set the password of an account; every browser has to sign in again."""
    with runtime(context) as wired:
        secret = _password(password_file) or _refuse("--password-file FILE is missing; its first line is the password")
        _accounts(wired).set_password(command_line(), name, secret)
        print(f"{name}: has another password")


def close(context: typer.Context, name: Name) -> None:
    """Close an account and end its log-ins and links at once."""
    with runtime(context) as wired:
        _accounts(wired).close(command_line(), name)
        print(f"{name}: closed")


def list_all(context: typer.Context) -> None:
    """List the accounts."""
    with runtime(context) as wired:
        found = _accounts(wired).all()
    rows = [(one.login, one.name, one.role, "closed" if one.closed_at else "open") for one in found]
    print_table(("login", "name", "role", "state"), rows)


def tasks(context: typer.Context, form: Form = Output.TABLE) -> None:
    """List what waits for a person, by when somebody would be misled first."""
    with runtime(context) as wired:
        found = TodayService(wired.store, lambda: wired.config.sources, wired.clock).today().tasks
    if form is Output.JSON:
        told = [
            {
                "key": task.key,
                "kind": task.kind,
                "title": task.title,
                "words": task.words,
                "harm_at": None if task.harm_at is None else f"{task.harm_at:%Y-%m-%dT%H:%M:%SZ}",
                "source": task.source_id,
            }
            for task in found
        ]
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    if not found:
        print("nothing waits")
    rows = [
        ("-" if task.harm_at is None else f"{task.harm_at:%Y-%m-%d %H:%M}", task.title, task.words) for task in found
    ]
    print_table(("harm begins (UTC)", "what", "why"), rows)


def log(
    context: typer.Context,
    undo: Annotated[int | None, typer.Option("--undo", metavar="N", help="Take action N back.")] = None,
) -> None:
    """List what people did, newest first, or take one action back."""
    with runtime(context) as wired:
        actions = Actions(wired.store, wired.clock)
        if undo is not None:
            action = actions.undo(command_line(), undo)
            print(f"{action.object}: {action.action} undone")
            return
        rows = [
            (str(one.id), f"{one.at:%Y-%m-%d %H:%M}", one.actor, one.action, one.object, one.before, one.after, one.why)
            for one in actions.log(50)
        ]
    print_table(("number", "at (UTC)", "who", "what", "of", "before", "after", "why"), rows)


def first_address(wired: Runtime, root: str | None = None) -> str | None:
    """The address that makes the first account; None when there is one, or administration is off."""
    code = _accounts(wired).first_link() if wired.config.settings.admin.enabled else None
    return None if code is None else f"{root or _root(wired)}/admin/first/{code}"


def _accounts(wired: Runtime) -> AccountService:
    return AccountService(wired.store, wired.clock)


def _root(wired: Runtime) -> str:
    return wired.config.settings.site.base_url or f"http://{wired.config.settings.server.bind}"


def _password(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise RequestError(f"{file}: cannot be read as a password: {error}") from error


def _refuse(words: str) -> str:
    raise RequestError(words)
