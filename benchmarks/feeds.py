"""Addresses of feeds in a store: ordinary ones, and combinations that nobody in their right mind asks for."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from itertools import combinations, product
from random import Random

from benchmarks.stores import Deployment

Facets = Mapping[str, list[str]]
"""Dimension → its values, sorted."""


def facets(deployment: Deployment) -> Facets:
    """Every value that an event of the store has."""
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(deployment.database)) as store:
        for dimension, value in store.execute("SELECT dimension, value FROM facet ORDER BY dimension, value"):
            if dimension != "all":
                found.setdefault(dimension, []).append(value)
    return found


def editions(deployment: Deployment) -> int:
    """The number of the last edition."""
    with closing(sqlite3.connect(deployment.database)) as store:
        return int(store.execute("SELECT max(number) FROM edition").fetchone()[0])


def one_value_paths(known: Facets) -> list[str]:
    """The feeds of one value."""
    return [f"/{dimension}/{value}.ics" for dimension, values in known.items() for value in values]


def two_value_paths(known: Facets) -> list[str]:
    """The feeds of one country and one theme, mixed."""
    paths = [f"/country/{country}/theme/{theme}.ics" for country, theme in product(known["country"], known["theme"])]
    Random(2).shuffle(paths)
    return paths


def odd_paths(known: Facets, count: int) -> list[str]:
    """So many feeds of three countries and one or two themes, every one different, mixed."""
    themes = [*combinations(known["theme"], 2), *combinations(known["theme"], 1)]
    every = list(product(combinations(known["country"], 3), themes))
    return [
        f"/country/{'_'.join(some)}/theme/{'_'.join(about)}.ics"
        for some, about in Random(3).sample(every, min(count, len(every)))
    ]
