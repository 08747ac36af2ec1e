"""Choosing a feed: every value of every dimension with its count, and the path that pressing it leads to; the tile map.

A count tells how many events the value has among those that the other dimensions leave, because values of one
dimension are alternatives: choosing a second country adds its events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from feedsvc.core.dimensions import Dimension
from feedsvc.core.text import fold
from feedsvc.feeds.spec import MAX_VALUES, FeedSpec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.services.event_queries import EventQueries
from feedsvc.web.viewmodels.figures import Figures
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.tilemap import Part, Square, parts

TITLES = {"country": "Countries", "region": "Regions", "theme": "Themes", "year": "Years"}


@dataclass(frozen=True, slots=True)
class Option:
    """One value. `path` is the feed with it, or, if it is chosen, without it; empty where no more values fit."""

    dimension: str
    value: str
    label: str
    events: int
    path: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A dimension with its options."""

    dimension: str
    title: str
    options: tuple[Option, ...]

    @property
    def with_events(self) -> tuple[Option, ...]:
        """Options that have events or are chosen, by name."""
        return tuple(option for option in self.options if option.events or option.chosen)


def choices(
    spec: FeedSpec,
    all_dimensions: tuple[Dimension, ...],
    vocabulary: Vocabulary,
    event_queries: EventQueries,
    words: Words,
) -> tuple[Choice, ...]:
    """The choice of each dimension, for a form: every value with all its events."""
    return tuple(
        Choice(
            dimension=dimension.name,
            title=words.text(TITLES.get(dimension.name, dimension.name.capitalize())),
            options=options(
                dimension,
                {one.value: one.events for one in event_queries.counts(spec, dimension.name)},
                vocabulary,
                words,
                spec,
            ),
        )
        for dimension in all_dimensions
    )


def narrower(found: Iterable[Option], total: int, most: int = 12) -> tuple[Option, ...]:
    """The options that hold fewer events than `total`, the largest first."""
    held = [option for option in found if 0 < option.events < total]
    return tuple(sorted(held, key=lambda one: (-one.events, one.label))[:most])


def options(
    dimension: Dimension, counts: Mapping[str, int], vocabulary: Vocabulary, words: Words, spec: FeedSpec
) -> tuple[Option, ...]:
    """Every value of a dimension by name, with its events; a press adds it to `spec`, or takes it back."""
    chosen = spec.by_dimension.get(dimension.name, ())
    full = len(spec.chosen_beside(dimension.name)) >= MAX_VALUES
    found = [
        Option(
            dimension=dimension.name,
            value=value,
            label=label_of(dimension.name, value, vocabulary, words),
            events=counts.get(value, 0),
            path="" if full and value not in chosen else spec.toggled(dimension.name, value).path,
            chosen=value in chosen,
        )
        for value in {*dimension.known(), *counts, *chosen}
    ]
    return tuple(sorted(found, key=lambda option: (option.value == "other", fold(option.label), option.value)))


def label_of(dimension: str, value: str, vocabulary: Vocabulary, words: Words) -> str:
    """Return the name of a value in a language."""
    named = vocabulary.label_in(dimension, value, words.language)
    return words.text(vocabulary.label(dimension, value)) if named is None else named


def heading(spec: FeedSpec, vocabulary: Vocabulary, words: Words) -> tuple[str, ...]:
    """For each group that is chosen its values in words: ("Argentina, Chile and Asia", "Civic Space")."""
    return tuple(
        words.listed([label_of(name, value, vocabulary, words) for name, value in facets])
        for facets in spec.groups.values()
    )


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
