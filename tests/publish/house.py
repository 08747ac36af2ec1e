"""A service over a store made by hand, what it publishes into, and events to put into it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from feedsvc.bootstrap import Runtime, make_runtime
from feedsvc.config.loader import load
from feedsvc.core.changes import ChangeKind, Decision
from feedsvc.core.dimensions import Dimension
from feedsvc.core.model import Facet, Record
from feedsvc.feeds.exports import FeedExports
from feedsvc.ical.write.event import vevent
from feedsvc.publish.run import Report, publish_changes
from feedsvc.sources.base import find_kinds
from feedsvc.store.apply import Written
from tests.store.records import apply

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
MAX_AGE = timedelta(minutes=5)
THEMES = ("Civic Space", "Digital Governance")
FEW = frozenset({"cl", "ke", "fr"})
"""Only these countries and two themes exist here, and no region, so that tests write fewer files."""


@dataclass
class House:
    """`target` is where it publishes, `data` the folder of its store."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    data: str = "var"

    def __post_init__(self) -> None:
        kinds = {name: kind.settings for name, kind in find_kinds().items()}
        themes = self.folder / "few-themes.toml"
        themes.write_text("".join(f'[[theme]]\nname = "{name}"\n' for name in THEMES), encoding="utf-8")
        regions = self.folder / "no-regions.toml"
        regions.touch()
        given = {
            "FEEDSVC_FILES__REGIONS": str(regions),
            "FEEDSVC_DATA_DIR": str(self.folder / self.data),
            "FEEDSVC_BASE_URL": "https://calendars.test",
            "FEEDSVC_FILES__THEMES": str(themes),
        }
        config = load(kinds, ROOT / "config/feedsvc.toml", MappingProxyType({**given, **self.environment}))
        self.runtime: Runtime = make_runtime(config, clock=lambda: NOW)
        self.target = self.folder / "public"
        self.exports = few(self.runtime)
        self.progress: list[tuple[int, int]] = []

    def written(self, record: Record, *facets: Facet, kind: ChangeKind = ChangeKind.NEW) -> Written:
        """A decision about a record, with its real VEVENT."""
        text = (
            None
            if kind is ChangeKind.DROPPED
            else vevent(record, self.runtime.refresh_context.rendering, record.modified)
        )
        return Written(Decision(kind, record), text, facets)

    def apply(self, *items: Written, now: datetime = NOW) -> int | None:
        """Change the store as a refresh would."""
        return apply(self.runtime.store, *items, now=now)

    def publish(self, target: str | None = None) -> Report:
        """Publish what changed."""
        return publish_changes(
            self.exports, target or str(self.target), MAX_AGE, lambda *counts: self.progress.append(counts)
        )

    def body(self, path: str) -> bytes:
        """One published file."""
        return (self.target / path).read_bytes()

    def files(self) -> dict[str, bytes]:
        """Everything published, by path, without what publishing itself needs."""
        found = (file for file in sorted(self.target.rglob("*")) if file.is_file() and ".feedsvc" not in file.parts)
        return {file.relative_to(self.target).as_posix(): file.read_bytes() for file in found}


def few(runtime: Runtime) -> FeedExports:
    """A service's catalogue with few of the countries that have no event."""
    dimensions, fingerprint = tuple(map(_few, runtime.dimensions)), runtime.refresh_context.fingerprint
    return FeedExports(runtime.store, dimensions, runtime.documents.site, fingerprint)


def _few(dimension: Dimension) -> Dimension:
    if dimension.name != "country":
        return dimension
    taken = {value: label for value, label in dimension.known().items() if value in FEW}
    return replace(dimension, known=lambda: taken)


def close(houses: ExitStack, house: House) -> House:
    """The same house, closed at the end."""
    houses.callback(house.runtime.close)
    return house
