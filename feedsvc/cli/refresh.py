"""`feedsvc refresh`: read sources now."""

from __future__ import annotations

from typing import Annotated

import typer

from feedsvc.cli.common import services
from feedsvc.core.errors import WorkError
from feedsvc.refresh import Outcome, refresh


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("refresh")(refresh_command)


def refresh_command(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="All when none is named.")] = None,
) -> None:
    """Read sources now, and say what changed."""
    with services(context) as wired:
        chosen = [wired.source(name) for name in sources] if sources else list(wired.config.sources)
        outcomes = [refresh(wired.desk, source) for source in chosen]
        for outcome in outcomes:
            print(told(outcome))
        if bad := [outcome.run.source_id for outcome in outcomes if outcome.run.outcome in ("failed", "held")]:
            raise WorkError(f"not refreshed: {', '.join(bad)}; what was there before is still served")


def told(outcome: Outcome) -> str:
    """One line on what came of a refresh."""
    run = outcome.run
    counts = ", ".join(
        f"{number} {name}"
        for name, number in (
            ("new", run.new),
            ("changed", run.changed),
            ("missing", run.missing),
            ("cancelled", run.cancelled),
            ("returned", run.returned),
            ("rejected", run.rejected),
        )
        if number
    )
    why = f": {run.message}" if run.message else ""
    read = f"{run.listings} listings, {counts}" if counts else f"{run.listings} listings"
    return f"{run.source_id}: {run.outcome}{why} ({read}; {run.took_ms} ms)"
