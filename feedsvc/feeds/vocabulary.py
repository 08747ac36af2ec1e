"""The values that exist, their names and their revisions: the configuration's and the store's.

An immutable value, replaced when the store has a new edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from feedsvc.core.dimensions import Dimension
from feedsvc.core.errors import UnknownFeed
from feedsvc.core.text import slugify
from feedsvc.store.feeds import FacetRow


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`stored` holds the facets any event ever had, by (dimension, value).

    `history` names the store and its history; with `edition` it names everything that was ever known of a store.
    """

    dimensions: tuple[Dimension, ...]
    stored: Mapping[tuple[str, str], FacetRow]
    edition: int = 0
    history: str = ""
    version: tuple[str, int] = ("", 0)
    """(history, edition), made once: it is compared at every request."""

    @classmethod
    def of(
        cls, dimensions: tuple[Dimension, ...], rows: Iterable[FacetRow], edition: int, history: str = ""
    ) -> Vocabulary:
        """Join the configuration's dimensions with the store's facets."""
        stored = {(row.dimension, row.value): row for row in rows}
        return cls(dimensions, stored, edition, history, (history, edition))

    def dimension(self, name: str) -> Dimension:
        """The dimension of this name. Raises UnknownFeed."""
        found = next((one for one in self.dimensions if one.name == name), None)
        if found is None:
            names = ", ".join(one.name for one in self.dimensions)
            raise UnknownFeed(f"{name!r} is not a way to choose events; there are {names}")
        return found

    def canonical(self, dimension: str, value: str) -> str:
        """The value that now stands for this spelling. Raises UnknownFeed when there never was such a value."""
        found = self.dimension(dimension).canonical(value)
        if found is not None:
            return found
        spelled = slugify(value) if value else ""
        if (dimension, spelled) in self.stored:
            return spelled
        raise UnknownFeed(f"{value!r} is an unknown {dimension}; the start page lists all that are")

    def label(self, dimension: str, value: str) -> str:
        """The English name of a value."""
        known = self.dimension(dimension).known()
        if value in known:
            return known[value]
        row = self.stored.get((dimension, value))
        return row.label if row else value

    def label_in(self, dimension: str, value: str, language: str) -> str | None:
        """A value's name in a language, by CLDR or the configuration; None where only the English label is known."""
        return self.dimension(dimension).name_in(value, language)

    def color(self, dimension: str, value: str) -> str | None:
        """The value's own colour as #rrggbb, None where it has none."""
        return self.dimension(dimension).color(value)

    def revision(self, dimension: str, value: str) -> int:
        """The edition that last touched an event of this value; 0 when there never was one."""
        row = self.stored.get((dimension, value))
        return row.revision if row else 0
