"""`feedsvc check-feed`: any calendar on earth under our linter."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from feedsvc.bootstrap import fetch_client
from feedsvc.cli.common import Output, config_of, counted
from feedsvc.config.loader import Config
from feedsvc.core.errors import RequestError
from feedsvc.fetch import Validators
from feedsvc.ical.lint.feed import Finding, check_feed
from feedsvc.ical.lint.rules import ERROR, NOTE, WARNING

_ADDRESS = re.compile(r"(?:https?|webcals?)://", re.IGNORECASE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check-feed")(check_feed_command)


def check_feed_command(
    context: typer.Context,
    place: Annotated[str, typer.Argument(metavar="FILE|URL", help="A file, an address, or - for standard input.")],
    form: Annotated[Output, typer.Option("--format", help="How to print.")] = Output.TABLE,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 for warnings, too.")] = False,
) -> None:
    """Say what is wrong with a calendar, what programs do with it, and the way out. Exit code 1 where it has errors."""
    found = check_feed(_read(place, config_of(context)))
    if form is Output.JSON:
        print(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=1))
    else:
        for one in found:
            rule, value = one.rule, f" ({one.value})" if one.value else ""
            at = f"line {one.line}" if one.line else "besides"
            print(f"{at}: {rule.weight} {rule.code}: {rule.means}{value}\n    {rule.programs}. {rule.remedy}.")
        number = {weight: sum(one.rule.weight == weight for one in found) for weight in (ERROR, WARNING, NOTE)}
        print(", ".join(counted(number[weight], weight) for weight in number))
    if any(one.rule.weight == ERROR or (strict and one.rule.weight == WARNING) for one in found):
        raise typer.Exit(1)


def _read(place: str, config: Config) -> bytes:
    if _ADDRESS.match(place):
        url = re.sub(r"^webcals?", "https", place, flags=re.IGNORECASE)
        page = fetch_client(config).get(url, Validators(None, None)).page
        return b"" if page is None else page.content
    try:
        return sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
    except OSError as error:
        raise RequestError(f"{place}: cannot be read: {error.strerror}; name a file, an address or -") from error


def _as_json(one: Finding) -> dict[str, object]:
    rule = one.rule
    told = {"weight": rule.weight, "code": rule.code, "means": rule.means, "value": one.value}
    return {"line": one.line or None, **told, "programs": rule.programs, "remedy": rule.remedy}
