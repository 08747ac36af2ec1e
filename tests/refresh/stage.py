"""A source on the web, played by a scripted server: a listing of twenty events, and whatever else an act does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.sources.base import find_kinds
from tests.fetch.clients import client
from tests.fetch.upstream import Upstream, Visit
from tests.refresh.world import World

ETAG = '"one"'


@dataclass(frozen=True)
class Entry:
    """One entry of the page."""

    title: str
    hour: int = 9
    place: str = "Chile"

    @property
    def html(self) -> str:
        when = f"{self.place} — May 27, 2024 @ {self.hour}:00am - {self.hour + 1}:00am GMT-04:00"
        return f"<h3>{self.title}</h3><p>Civic Space</p><p>{when}</p><a href='/event/{self.hour}'>Learn more</a>"


ENTRIES = tuple(Entry(f"Event {number}", 1 + number % 10, ("Chile", "Peru")[number // 10]) for number in range(20))


def page(*entries: Entry) -> bytes:
    body = "\n".join(f"<article>{entry.html}</article>" for entry in entries)
    return f"<!doctype html><html><body><h1>Open Gov Week Events</h1>{body}</body></html>".encode()


WHOLE = page(*ENTRIES)
Act = Callable[[Visit], None]


class Stage:
    """A world whose source is a scripted server; `plays` sets its next act."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        common = SourceSettings(id="week", kind="opengovweek", url=upstream.url("/events"))
        self.upstream = upstream
        settings = find_kinds()["opengovweek"].settings(details=False)
        self.takes_time()
        self.world = World(folder, Source(common, settings, folder), get=self._get)

    def _get(self, *asked: Any, **how: Any) -> Any:
        return self._client.get(*asked, **how)

    def takes_time(self, deadline_seconds: float = 30) -> None:
        """How long a fetch may take: so long that no busy machine is too slow, unless a test waits for the end."""
        self._client = client(f"127.0.0.1:{self.upstream.port}", deadline_seconds=deadline_seconds, max_bytes=200_000)

    def plays(self, act: Act) -> None:
        self.upstream.script = act

    def serves(self, *entries: Entry) -> None:
        self.plays(lambda visit: visit.answer(page(*entries), Content_Type="text/html"))
