"""The tile map as pages show it: each country's square with its count, its level and where a press leads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from feedsvc.feeds.spec import MAX_VALUES, FeedSpec
from feedsvc.web.viewmodels.figures import Figures
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.tilemap import Part, Square, parts

LEVELS = (1, 2, 5, 10)
"""The counts at which the levels 1 to 4 begin."""
PART_NAMES = {"africa": "Africa", "americas": "Americas", "asia": "Asia", "europe": "Europe", "oceania": "Oceania"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A country's square. `path` is empty where no more values fit into one address."""

    square: Square
    name: str
    events: int
    path: str
    chosen: bool

    @property
    def level(self) -> int:
        """How busy it is, 0 to 4."""
        return level(self.events)


@dataclass(frozen=True, slots=True)
class RegionLink:
    """A region of a part: its slug, name, count of events and feed."""

    slug: str
    name: str
    events: int
    path: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the world: its tiles and, where they are configured, its regions."""

    part: Part
    name: str
    events: int
    tiles: tuple[Tile, ...]
    regions: tuple[RegionLink, ...]


def level(events: int) -> int:
    """The level of a count, 0 to 4."""
    return sum(events >= least for least in LEVELS)


def world_map(
    spec: FeedSpec,
    counts: Mapping[str, int],
    figures: Figures,
    regions: Mapping[str, RegionLink],
    words: Words,
) -> tuple[PartView, ...]:
    """The parts of the world. `counts` are events by country; a press adds to `spec`, or takes back."""
    chosen = spec.by_dimension.get("country", ())
    full = len(chosen) + len(spec.by_dimension.get("region", ())) >= MAX_VALUES

    def tile(square: Square) -> Tile:
        code = square.country
        path = "" if full and code not in chosen else spec.toggled("country", code).path
        return Tile(square, words.country(code), counts.get(code, 0), path, code in chosen)

    def view(part: Part) -> PartView:
        return PartView(
            part=part,
            name=words.text(PART_NAMES[part.key]),
            events=figures.count_in(part),
            tiles=tuple(map(tile, part.squares)),
            regions=tuple(regions[slug] for slug in part.regions if slug in regions),
        )

    return tuple(map(view, parts()))


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of a week: `share` is its part of the busiest day, in per cent."""

    day: date
    events: int
    share: int


def week(figures: Figures, days: tuple[date, ...]) -> tuple[DayView, ...]:
    """Days with their counts, for columns with bars."""
    most = max((figures.by_day.get(day, 0) for day in days), default=0) or 1
    return tuple(
        DayView(day, count, round(100 * count / most)) for day in days for count in [figures.by_day.get(day, 0)]
    )
