"""The seam between a kind of source and the rest.

A kind is a module `feedsvc/sources/<kind>.py` with `Settings`, a pydantic model of the keys it understands, and
`read(settings, context) -> Reading`. It asks `context.fetch` for pages, and knows nothing else: no store, no clock,
no network. It lets FetchFailed pass, raises SourceUnreadable when what it got is not what it reads, and leaves single
listings that it cannot read as findings.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

import feedsvc.sources
from feedsvc.core.model import Page, Reading


class Fetch(Protocol):
    """Fetches an address, or, given None, the source's own `url` or `path`. Raises FetchFailed."""

    def __call__(self, url: str | None = None) -> Page: ...


Recall = Callable[[str], Page | None]
"""Gives an address's page as it was found the last time, for where it cannot be had now; None where there is none."""


@dataclass(frozen=True, slots=True)
class Context:
    """The services that a kind may use.

    `is_theme` tells whether a label is a known theme's name. `zone` is the source's own IANA zone, `country` that of
    its events, `times` what its times are worth (`core.zones.valued`). `today` is the day that recurring events
    are read around, in UTC; None: around their own first day. `url` is the source's address as configured, None where
    it is read from a file. `recall` is for pages that only add to what others say.
    """

    fetch: Fetch
    is_theme: Callable[[str], bool]
    zone: str | None = None
    today: date | None = None
    url: str | None = None
    recall: Recall = lambda _url: None
    country: str | None = None
    times: str = "stated"


class KindSettings(BaseModel):
    """Base of every kind's settings: unknown keys are refused.

    `no_end_given` are clock times by which the kind says that no end is given; `no_end_times` of a source overrides.
    """

    no_end_given: ClassVar[tuple[time, ...]] = ()

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind: its name, its settings, its reading function."""

    name: str
    settings: type[KindSettings]
    read: Callable[[Any, Context], Reading]


def find_kinds() -> Mapping[str, SourceKind]:
    """Return every kind by name: the modules of this package that have `Settings` and `read`."""
    kinds = {}
    for found in pkgutil.iter_modules(feedsvc.sources.__path__):
        module = importlib.import_module(f"feedsvc.sources.{found.name}")
        if hasattr(module, "Settings") and hasattr(module, "read"):
            kinds[found.name] = SourceKind(found.name, module.Settings, module.read)
    return kinds
