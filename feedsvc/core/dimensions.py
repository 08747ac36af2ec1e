"""What feeds are cut by. A *dimension* says which values exist, what they are called, and which of them an event has.

A third dimension is one more entry in `dimensions()`: feed addresses, membership, pages and formats follow from it.
The hardest case is a value nobody configured (a theme new on the page): it becomes a value by its first event, and
the store remembers it for ever, so that its address never dies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from feedsvc.core import countries
from feedsvc.core.model import Event, Facet
from feedsvc.core.text import fold, slugify

DEFAULT_COLOR = "#51606f"


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
class Dimension:
    """One way to cut the events into feeds.

    `canonical` gives the value that now stands for a spelling, or None where the configuration knows none (the store
    may still). `known` are the values that exist without any event, with their labels. `color` is None where values
    have no colour of their own.
    """

    name: str
    facets: Callable[[Event], Iterable[Facet]]
    canonical: Callable[[str], str | None]
    known: Callable[[], Mapping[str, str]]
    color: Callable[[str], str | None]


def dimensions(themes: Themes) -> tuple[Dimension, ...]:
    """All dimensions, in order of name, which is their order in addresses."""
    return (_country(), _theme(themes))


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

    return Dimension("country", facets, canonical, known, lambda _value: None)


def _theme(themes: Themes) -> Dimension:
    def facets(event: Event) -> Iterable[Facet]:
        return (Facet("theme", slugify(name), name) for name in event.themes)

    @cache
    def known() -> Mapping[str, str]:
        return {theme.slug: theme.name for theme in themes.all}

    def color(value: str) -> str | None:
        theme = themes.by_slug(value)
        return theme.color if theme else None

    return Dimension("theme", facets, lambda value: themes.canonical_slug(value.lower()), known, color)
