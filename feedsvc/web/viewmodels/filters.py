"""Choosing a feed: every value of every dimension with its count, and the path that pressing it leads to.

A count tells how many events the value has among those that the other dimensions leave, because values of one
dimension are alternatives: choosing a second country adds its events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from feedsvc.core.dimensions import Dimension
from feedsvc.core.text import fold
from feedsvc.feeds.spec import MAX_VALUES, FeedSpec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.services.event_queries import EventQueries
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.month_grid import level

TITLES = {"country": "Countries", "region": "Regions", "theme": "Themes", "year": "Years"}
ANY = {"country": "All countries", "region": "All regions", "theme": "All themes", "year": "All years"}


@dataclass(frozen=True, slots=True)
class Option:
    """One value. `path` is the feed with it, or, if it is chosen, without it; empty where no more values fit.

    `level` is how busy it is, 0 to 4.
    """

    dimension: str
    value: str
    label: str
    events: int
    path: str
    chosen: bool
    level: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A dimension. `path` is the feed with nothing chosen in it; `full` when no more values fit into one address."""

    dimension: str
    title: str
    nothing: str
    path: str
    options: tuple[Option, ...]
    full: bool

    @property
    def chosen(self) -> tuple[Option, ...]:
        """The chosen options."""
        return tuple(option for option in self.options if option.chosen)

    @property
    def with_events(self) -> tuple[Option, ...]:
        """Options that have events or are chosen, by name."""
        return tuple(option for option in self.options if option.events or option.chosen)

    @property
    def without_events(self) -> tuple[Option, ...]:
        """Options without events, by name."""
        return tuple(option for option in self.options if not (option.events or option.chosen))

    @property
    def by_value(self) -> dict[str, Option]:
        """The options by value."""
        return {option.value: option for option in self.options}


def choices(
    spec: FeedSpec,
    all_dimensions: tuple[Dimension, ...],
    vocabulary: Vocabulary,
    event_queries: EventQueries,
    words: Words,
) -> tuple[Choice, ...]:
    """The choice of each dimension."""
    return tuple(_choice(spec, dimension, vocabulary, event_queries, words) for dimension in all_dimensions)


def _choice(
    spec: FeedSpec, dimension: Dimension, vocabulary: Vocabulary, event_queries: EventQueries, words: Words
) -> Choice:
    name = dimension.name
    counts = {one.value: one.events for one in event_queries.counts(spec, name)}
    most = max(counts.values(), default=0)
    chosen = spec.by_dimension.get(name, ())
    full = len(spec.chosen_beside(name)) >= MAX_VALUES
    options = [
        Option(
            dimension=name,
            value=value,
            label=label_of(name, value, vocabulary, words),
            events=counts.get(value, 0),
            path="" if full and value not in chosen else spec.toggled(name, value).path,
            chosen=value in chosen,
            level=level(counts.get(value, 0), most),
        )
        for value in {*dimension.known(), *counts, *chosen}
    ]
    return Choice(
        dimension=name,
        title=words.text(TITLES.get(name, name.capitalize())),
        nothing=words.text(ANY.get(name, "All")),
        path=spec.with_values(name, ()).path,
        options=tuple(sorted(options, key=lambda option: (option.value == "other", fold(option.label), option.value))),
        full=full,
    )


def narrower(spec: FeedSpec, offered: tuple[Choice, ...], total: int, most: int = 12) -> tuple[Option, ...]:
    """Feeds with fewer events than this one, which has `total`, the largest first: by a dimension in which nothing is
    chosen yet, else by each of several values alone. None where it is as narrow as feeds get.
    """
    for choice in offered:
        chosen = choice.chosen
        if len(chosen) != 1 and len(spec.chosen_beside(choice.dimension)) == len(chosen):
            found = [
                replace(one, path=spec.with_values(choice.dimension, (one.value,)).path, chosen=False)
                for one in chosen or choice.with_events
                if one.events < total
            ]
            if found:
                return tuple(sorted(found, key=lambda one: (-one.events, one.label))[:most])
    return ()


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
