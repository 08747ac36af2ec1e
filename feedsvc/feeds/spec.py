"""A feed as a choice: for each dimension the values wanted. The values of one group of dimensions are alternatives (a
country or a region: any of these places), groups must all agree.

Its canonical path names it for ever: dimensions in order of name, values in order, each once, lower case:
`/country/ar_cl/theme/access-to-information`. Everything: `/all`. The hardest case is a value that was renamed: its
old path leads to the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from feedsvc.core.dimensions import group_of
from feedsvc.core.errors import UnknownFeed
from feedsvc.feeds.vocabulary import Vocabulary

MAX_VALUES = 8
"""Values of one group of dimensions."""
MAX_PATH = 1_000
JOINER = "_"
EVERYTHING = "/all"


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """`wanted` holds (dimension, values) pairs, both sorted; empty means every event."""

    wanted: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def path(self) -> str:
        """The canonical path, without extension."""
        if not self.wanted:
            return EVERYTHING
        return "".join(f"/{dimension}/{JOINER.join(values)}" for dimension, values in self.wanted)

    @property
    def by_dimension(self) -> Mapping[str, tuple[str, ...]]:
        """The wanted values by dimension."""
        return dict(self.wanted)

    @property
    def facets(self) -> tuple[tuple[str, str], ...]:
        """Every (dimension, value) of it."""
        return tuple((dimension, value) for dimension, values in self.wanted for value in values)

    @property
    def groups(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """The (dimension, value) pairs of each group that are alternatives, by the group's name."""
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for dimension, value in self.facets:
            group = group_of(dimension)
            found[group] = (*found.get(group, ()), (dimension, value))
        return found

    def chosen_beside(self, dimension: str) -> tuple[tuple[str, str], ...]:
        """The facets that are chosen in the group of a dimension."""
        return self.groups.get(group_of(dimension), ())

    def without_group(self, dimension: str) -> FeedSpec:
        """The same feed with nothing chosen in the group of a dimension."""
        return FeedSpec(tuple(pair for pair in self.wanted if group_of(pair[0]) != group_of(dimension)))

    def with_values(self, dimension: str, values: tuple[str, ...]) -> FeedSpec:
        """The same feed with other values of one dimension; none takes the dimension away."""
        return make_spec({**self.by_dimension, dimension: values})

    def toggled(self, dimension: str, value: str) -> FeedSpec:
        """The same feed with one value more, or, if it has it, one less."""
        values = self.by_dimension.get(dimension, ())
        kept = tuple(one for one in values if one != value)
        return self.with_values(dimension, kept if value in values else (*values, value))

    def stamp(self, vocabulary: Vocabulary) -> tuple[int, ...]:
        """The revisions a document of this feed depends on: while they stand, so do its bytes."""
        if not self.wanted:
            return (vocabulary.revision("all", ""),)
        return tuple(vocabulary.revision(dimension, value) for dimension, value in self.facets)

    def version(self, vocabulary: Vocabulary) -> tuple[object, ...]:
        """The stamp with the history in which it means something, for what is kept in memory."""
        return (vocabulary.history, *self.stamp(vocabulary))

    def labels(self, vocabulary: Vocabulary) -> tuple[str, ...]:
        """For each group its values in words: ("Argentina, Chile, Asia", "Civic Space")."""
        return tuple(
            ", ".join(vocabulary.label(dimension, value) for dimension, value in facets)
            for facets in self.groups.values()
        )

    def title(self, site_name: str, vocabulary: Vocabulary) -> str:
        """The name of the calendar: "Open Gov Week · Chile · Civic Space"."""
        return " · ".join((site_name, *self.labels(vocabulary)))


def make_spec(wanted: Mapping[str, tuple[str, ...]]) -> FeedSpec:
    """The spec of canonical values: dimensions and values sorted, each once."""
    return FeedSpec(tuple((name, tuple(sorted(set(wanted[name])))) for name in sorted(wanted) if wanted[name]))


def parse(path: str, vocabulary: Vocabulary) -> FeedSpec:
    """The feed that a path without extension names, in any spelling. Raises UnknownFeed.

    Where `parse(path).path` differs from `path`, the path is not the canonical one.
    """
    if len(path) > MAX_PATH:
        raise UnknownFeed(f"the address has {len(path)} characters; at most {MAX_PATH} are read")
    parts = path.strip("/").split("/")
    if [part.lower() for part in parts] == ["all"]:
        return FeedSpec()
    if len(parts) % 2:
        raise UnknownFeed(f"{path!r} is not a feed; write for example /country/cl or /country/cl/theme/civic-space")
    wanted: dict[str, tuple[str, ...]] = {}
    for name, joined in zip(parts[::2], parts[1::2], strict=True):
        dimension = name.lower()
        values = [value for value in joined.split(JOINER) if value] or [joined]
        canonical = [vocabulary.canonical(dimension, value) for value in values]
        wanted[dimension] = (*wanted.get(dimension, ()), *canonical)
    spec = make_spec(wanted)
    for group, facets in spec.groups.items():
        if len(facets) > MAX_VALUES:
            raise UnknownFeed(f"{len(facets)} values of one {group} are too many; at most {MAX_VALUES}")
    return spec


def split_extension(path: str) -> tuple[str, str | None]:
    """("/country/cl", "ics") of "/country/cl.ics"; None where there is no extension."""
    stem, dot, extension = path.rpartition(".")
    return (stem, extension.lower()) if dot and "/" not in extension else (path, None)
