"""A whole service over a fresh store, filled with the listings that a test makes up."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flask.testing import FlaskClient

from feedsvc.app import create_application
from feedsvc.bootstrap import Runtime, make_runtime
from feedsvc.config.loader import Config, Source, load
from feedsvc.config.settings import SourceSettings
from feedsvc.core.model import Listing, Reading, Stated
from feedsvc.core.serialize import reading_text
from feedsvc.refresh import refresh
from feedsvc.sources.base import KindSettings, find_kinds
from tests.quick import prepared_folder

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
BASE = "https://calendars.example.org"


def listing(title: str | None = "Open day", day: date = date(2026, 5, 26), **more: Any) -> Listing:
    """A listing on a day at 11:00 in Chile for 90 minutes, unless told otherwise."""
    given = {
        "start": Stated(day, time(11), offset=timedelta(hours=-4)),
        "end": Stated(day, time(12, 30), offset=timedelta(hours=-4)),
        "countries": ("Chile",),
        "themes": ("Civic Space",),
        "listed": "Chile, in the morning",
    }
    return Listing(title, **{**given, **more})


class Site:
    """The service, its client and its refreshes."""

    def __init__(self, folder: Path, *listings: Listing, now: datetime = NOW, **environment: str) -> None:
        settings = {"FEEDSVC_DATA_DIR": str(folder), "FEEDSVC_BASE_URL": BASE, **environment}
        kinds = find_kinds()
        config: Config = load({name: kind.settings for name, kind in kinds.items()}, None, MappingProxyType(settings))
        self.now = now
        self.url = BASE
        self.listings = list(listings)
        prepared_folder(folder, now)
        runtime = make_runtime(config, lambda: self.now)
        self._own_context = runtime.refresh_context
        self.runtime: Runtime = replace(runtime, refresh_context=replace(runtime.refresh_context, read=self._read))
        self.refresh()
        self.application = create_application(self.runtime)
        self.client: FlaskClient = self.application.test_client()

    def _read(self, *_: object) -> str:
        return reading_text(Reading(tuple(self.listings)))

    def refresh(self) -> None:
        """Read the listings as they now are."""
        source = Source(SourceSettings(id="made", kind="made", path="made"), KindSettings(), Path())
        outcome = refresh(self.runtime.refresh_context, source, allow_shrink=True)
        assert outcome.run.outcome in ("applied", "unchanged"), outcome

    def read_sample(self) -> None:
        """Read the project's own example source too."""
        for source in self.runtime.config.sources:
            outcome = refresh(self._own_context, source)
            assert outcome.run.outcome == "applied", outcome

    def html(self, path: str, status: int = 200, **headers: str) -> str:
        """A page as text."""
        response = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert response.status_code == status, (path, response.status_code, response.text[:500])
        return response.text

    def words(self, path: str, status: int = 200, **headers: str) -> str:
        """What a reader of a page sees: its text without tags."""
        return visible(self.html(path, status, **headers))

    def event_id(self, title: str) -> str:
        """The public id of the event with this title."""
        with self.runtime.store.read() as snapshot:
            return next(record.id for record in snapshot.events.all() if record.event.summary == title)


def visible(html: str) -> str:
    """A page's text, without tags, in one line."""
    body = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", re.sub(r"(?s)^.*<body[^>]*>", "", html))
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def links(html: str) -> list[str]:
    """Every href of a page."""
    return [unescape(found) for found in re.findall(r'href="([^"]*)"', html)]


def json_ld(html: str) -> Any:
    """The page's linked data."""
    found = re.search(r'(?s)<script type="application/ld\+json">(.*?)</script>', html)
    assert found is not None
    return json.loads(found[1])
