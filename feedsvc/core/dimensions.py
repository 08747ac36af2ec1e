"""Dimensions, by which feeds are cut. A *dimension* says which values exist, their names, and which an event has.

One more dimension is one more entry in `dimensions()`: feed addresses, membership, pages and formats follow from it.
The hardest case is a value nobody configured (a theme new on the page): it becomes a value by its first event, and
the store remembers it for ever, so that its address never dies.

Values of one dimension are alternatives, and so are those of dimensions of one group: a feed of Chile and Asia has the
events of either place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from feedsvc.core import countries
from feedsvc.core.countries_data import LANGUAGES
from feedsvc.core.model import Event, Facet
from feedsvc.core.text import fold, slugify

EVERYTHING = Facet("all", "", "Everything")
"""The facet that every event in feeds has."""
YEAR = "year"
"""The dimension whose feeds have no window."""
DEFAULT_COLOR = "#51606f"
_MOST_YEARS = 10
"""Years after its first one in which an event is listed: a mistyped last day must not list it in thousands."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme as configured: its English name, other spellings of it, former slugs, and its colour (#rrggbb)."""

    name: str
    synonyms: tuple[str, ...] = ()
    former_slugs: tuple[str, ...] = ()
    color: str = DEFAULT_COLOR

    @property
    def slug(self) -> str:
        """The value in addresses."""
        return slugify(self.name)


class Themes:
    """The configured themes, found by any of their spellings."""

    def __init__(self, themes: Iterable[Theme]) -> None:
        self.all = tuple(themes)
        self._by_name = {fold(name): theme for theme in self.all for name in (theme.name, *theme.synonyms)}
        self._by_slug = {theme.slug: theme for theme in self.all}
        self._former = {slug: theme.slug for theme in self.all for slug in theme.former_slugs}
        self._former |= {slugify(name): theme.slug for theme in self.all for name in theme.synonyms}

    def named(self, label: str) -> Theme | None:
        """The theme that a source means by a label, None when no theme has this name."""
        return self._by_name.get(fold(label))

    def by_slug(self, slug: str) -> Theme | None:
        """The theme with this slug."""
        return self._by_slug.get(slug)

    def canonical_slug(self, slug: str) -> str | None:
        """The slug that now stands for this one; None when it is not configured."""
        return slug if slug in self._by_slug else self._former.get(slug)


@dataclass(frozen=True, slots=True)
class Region:
    """A region as configured: its English name, its countries (ISO 3166 in lower case), former slugs, other names.

    `names` gives its name by language; in any other language it is called as CLDR calls the territory `cldr`.
    """

    name: str
    countries: frozenset[str]
    cldr: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    former_slugs: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The value in addresses."""
        return slugify(self.name)

    def name_in(self, language: str) -> str:
        """Its name in a language; in English where nobody knows another."""
        own = self.name if language == "en" else self.names.get(language)
        return own or (self.cldr and countries.territory_name(self.cldr, language)) or self.name


class Regions:
    """The configured regions."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self.all = tuple(regions)
        self._by_slug = {region.slug: region for region in self.all}
        self._former = {slug: region.slug for region in self.all for slug in region.former_slugs}

    def of(self, codes: Iterable[str]) -> tuple[Region, ...]:
        """The regions of any of these countries."""
        return tuple(region for region in self.all if not region.countries.isdisjoint(codes))

    def by_slug(self, slug: str) -> Region | None:
        """The region with this slug."""
        return self._by_slug.get(slug)

    def canonical_slug(self, slug: str) -> str | None:
        """The slug that now stands for this one; None when it is not configured."""
        return slug if slug in self._by_slug else self._former.get(slug)


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to cut the events into feeds.

    `canonical` gives the value that now stands for a spelling, or None where the configuration knows none (the store
    may still). `known` are the values that exist without any event, with their labels. `color` is None where values
    have no colour of their own. `name_in` gives a value's name in a language (CLDR code); None where only its label
    is known. `names` gives the names by which search finds a value besides its label, in any language.
    """

    name: str
    facets: Callable[[Event], Iterable[Facet]]
    canonical: Callable[[str], str | None]
    known: Callable[[], Mapping[str, str]]
    color: Callable[[str], str | None] = lambda _value: None
    name_in: Callable[[str, str], str | None] = lambda _value, _language: None
    names: Callable[[str], Iterable[str]] = lambda _value: ()


_GROUPS = {"country": "place", "region": "place"}


def group_of(dimension: str) -> str:
    """The group whose values are alternatives to those of a dimension; most dimensions are a group of their own."""
    return _GROUPS.get(dimension, dimension)


def dimensions(themes: Themes, regions: Regions) -> tuple[Dimension, ...]:
    """All dimensions, in order of name, which is their order in addresses."""

    def years(event: Event) -> Iterable[Facet]:
        first, last = event.span.first_day.year, event.span.last_day.year
        return (Facet(YEAR, str(year), str(year)) for year in range(first, min(last, first + _MOST_YEARS) + 1))

    # A year exists by its events alone: a list of all that could come would have no end.
    year = Dimension(YEAR, years, lambda _value: None, dict, name_in=lambda value, _language: value)
    return (_country(), _region(regions), _theme(themes), year)


def facets_of(event: Event, all_dimensions: Iterable[Dimension]) -> tuple[Facet, ...]:
    """Every (dimension, value) an event carries, sorted, each once."""
    found = {facet for dimension in all_dimensions for facet in dimension.facets(event)}
    return tuple(sorted(found, key=lambda facet: (facet.dimension, facet.value)))


def _country() -> Dimension:
    def facets(event: Event) -> Iterable[Facet]:
        return (Facet("country", code, countries.country_name(code)) for code in event.countries)

    def canonical(value: str) -> str | None:
        code = value.lower()
        return code if countries.is_country(code) else None

    @cache
    def known() -> Mapping[str, str]:
        return {code: countries.country_name(code) for code in (*countries.countries(), countries.OTHER)}

    def name_in(value: str, language: str) -> str | None:
        return countries.country_name(value, language) if countries.is_country(value) else None

    return Dimension("country", facets, canonical, known, name_in=name_in, names=countries.names_of)


def _region(regions: Regions) -> Dimension:
    def facets(event: Event) -> Iterable[Facet]:
        return (Facet("region", region.slug, region.name) for region in regions.of(event.countries))

    @cache
    def known() -> Mapping[str, str]:
        return {region.slug: region.name for region in regions.all}

    def name_in(value: str, language: str) -> str | None:
        region = regions.by_slug(value)
        return region.name_in(language) if region else None

    def names(value: str) -> Iterable[str]:
        region = regions.by_slug(value)
        return [region.name_in(language) for language in LANGUAGES.split()] if region else ()

    def canonical(value: str) -> str | None:
        return regions.canonical_slug(value.lower())

    return Dimension("region", facets, canonical, known, name_in=name_in, names=names)


def _theme(themes: Themes) -> Dimension:
    def facets(event: Event) -> Iterable[Facet]:
        return (Facet("theme", slugify(name), name) for name in event.themes)

    @cache
    def known() -> Mapping[str, str]:
        return {theme.slug: theme.name for theme in themes.all}

    def color(value: str) -> str | None:
        theme = themes.by_slug(value)
        return theme.color if theme else None

    def names(value: str) -> Iterable[str]:
        theme = themes.by_slug(value)
        return theme.synonyms if theme else ()

    def canonical(value: str) -> str | None:
        return themes.canonical_slug(value.lower())

    return Dimension("theme", facets, canonical, known, color, names=names)
