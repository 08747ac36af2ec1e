"""`feedsvc bundles list|hide|show`: looking after the choices that visitors saved."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from feedsvc.bootstrap import Runtime
from feedsvc.cli.common import Output, print_table, runtime
from feedsvc.core.errors import RequestError

_group = typer.Typer(help="Look after the choices that visitors saved.", no_args_is_help=True)
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The last part of its address.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _group.command("list")(list_all)
    _group.command()(hide)
    _group.command()(show)
    app.add_typer(_group, name="bundles")


def list_all(
    context: typer.Context, form: Annotated[Output, typer.Option("--format", help="How to print.")] = Output.TABLE
) -> None:
    """List the bundles, the newest first."""
    with runtime(context) as wired, wired.store.read() as snapshot:
        found = snapshot.bundles.all()
    if form is Output.JSON:
        as_json = [
            {
                "slug": one.slug,
                "name": one.name,
                "path": one.path,
                "created": f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}",
                "changed": f"{one.changed_at:%Y-%m-%dT%H:%M:%SZ}",
                "hidden": one.hidden_at is not None,
            }
            for one in found
        ]
        print(json.dumps(as_json, ensure_ascii=False, indent=1))
        return
    rows = [
        (one.slug, one.name, one.path, f"{one.created_at:%Y-%m-%d}", "hidden" if one.hidden_at else "") for one in found
    ]
    print_table(("slug", "name", "feed", "made", ""), rows)
    print(f"{len(found)} bundles")


def hide(context: typer.Context, slug: Slug) -> None:
    """Hide a bundle: its page, its calendar and its secret link answer 404 until it is shown again."""
    with runtime(context) as wired:
        _set(wired, slug, hidden=True)
    print(f"/bundle/{slug} is hidden; it comes back with: feedsvc bundles show {slug}")


def show(context: typer.Context, slug: Slug) -> None:
    """Show a hidden bundle again, under the same address and with the same secret link."""
    with runtime(context) as wired:
        _set(wired, slug, hidden=False)
    print(f"/bundle/{slug} can be seen")


def _set(wired: Runtime, slug: str, *, hidden: bool) -> None:
    with wired.store.write() as snapshot:
        if not snapshot.bundles.hide(slug, wired.clock() if hidden else None):
            raise RequestError(f"unknown bundle {slug!r}; feedsvc bundles list shows them all")
