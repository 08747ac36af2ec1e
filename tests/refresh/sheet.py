"""A source that is a table of forty coming events, which a test writes again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.sources.base import find_kinds
from feedsvc.store.holds import Hold
from feedsvc.store.sources import Run
from tests.refresh.world import World, read_here

COLUMNS = {"id": "id", "title": "title", "start": "day", "time": "time", "zone": "zone"}


def table(hour: int, zone: str = "", count: int = 40, day: str = "2024-{month:02}-{day:02}") -> str:
    """Coming events at one hour of consecutive days."""
    days = [day.format(month=6 + n // 28, day=1 + n % 28) for n in range(count)]
    rows = [f"t{n},Talk {n},{days[n]},{hour:02}:00,{zone}" for n in range(count)]
    return "\n".join(["id,title,day,time,zone", *rows]) + "\n"


class Sheet(World):
    """A source that is a table of forty events."""

    def puts(self, text: str) -> None:
        assert self.source.path is not None
        self.source.path.write_text(text, encoding="utf-8")

    def set(self, **settings: object) -> None:
        """A person changes settings of the source."""
        self.source = replace(self.source, common=self.source.common.model_copy(update=settings))

    def runs(self) -> list[Run]:
        with self.runtime.store.read() as snapshot:
            return snapshot.sources.last_runs(self.source.id, 10)

    def hours(self) -> set[int]:
        """The UTC hours at which events start."""
        return {record.event.span.start.hour for record in self.by_uid().values()}

    def holds(self) -> list[Hold]:
        with self.runtime.store.read() as snapshot:
            return snapshot.holds.open_of(self.source.id)


def sheet_in(folder: Path, text: str = "", **settings: object) -> Sheet:
    """A sheet in a folder, read once; its source has these settings of its kind."""
    file = folder / "talks.csv"
    file.write_text(text or table(18), encoding="utf-8")
    kind = find_kinds()["csv"].settings.model_validate({"columns": COLUMNS, **settings})
    common = SourceSettings(id="talks", kind="csv", path=file.name, timezone="America/Santiago", country="cl")
    made = Sheet(folder / "var", Source(common, kind, folder), read=read_here)
    assert made.refresh().run.outcome == "applied"
    return made
