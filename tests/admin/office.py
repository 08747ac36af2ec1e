"""The administration over a fresh store, and a browser that signs in and presses."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedsvc.app import create_application
from feedsvc.bootstrap import Runtime, make_runtime
from feedsvc.config.loader import Config, load
from feedsvc.core.model import Listing, Reading
from feedsvc.core.serialize import reading_text
from feedsvc.refresh import refresh
from feedsvc.services.accounts import AccountService
from feedsvc.sources.base import find_kinds
from feedsvc.store.administrators import Actor
from tests.quick import prepared_folder
from tests.web.site import visible

BASE = "https://calendars.example.org"
NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
HERE = {"Sec-Fetch-Site": "same-origin"}
SOURCES = """
[[source]]
id = "chile"
kind = "ics"
name = "Chile"
url = "https://user:secret@events.example.cl/private-0123456789abcdef0123/calendar.ics?token=tokenvalue9"
every = "6h"
[[source]]
id = "kenya"
kind = "ics"
name = "Kenya"
url = "https://events.example.ke/calendar.ics"
every = "6h"
"""


class Office:
    """A service with two sources that were never read, its administration, and its clock."""

    def __init__(self, folder: Path, **environment: str) -> None:
        file = folder / "sources.toml"
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(SOURCES, encoding="utf-8")
        settings = {"FEEDSVC_DATA_DIR": str(folder), "FEEDSVC_SOURCES": str(file), **environment}
        if "FEEDSVC_BASE_URL" not in settings:
            settings["FEEDSVC_BASE_URL"] = BASE
        kinds = {name: kind.settings for name, kind in find_kinds().items()}
        config: Config = load(kinds, None, MappingProxyType({name: text for name, text in settings.items() if text}))
        self.now = NOW
        self.root = config.settings.site.base_url or "http://localhost"
        prepared_folder(folder, NOW)
        self.runtime: Runtime = make_runtime(config, lambda: self.now)
        self.application = create_application(self.runtime)
        self.accounts = AccountService(self.runtime.store, lambda: self.now)

    def reads(self, source_id: str, *listings: Listing) -> None:
        """Refresh a source that lists these."""
        text = reading_text(Reading(tuple(listings)))
        context = replace(self.runtime.refresh_context, read=lambda *_: text)
        refresh(context, self.runtime.source(source_id))

    def browser(self) -> Browser:
        """A browser that is not signed in."""
        return Browser(self)

    def owner(self) -> Browser:
        """The browser that made the first account."""
        code = self.accounts.first_link()
        assert code is not None
        browser = self.browser()
        form = {"shown": "Ana Duarte", "name": "Ana", "password": PASSWORD, "clock": "America/Santiago"}
        assert browser.post(f"/admin/first/{code}", **form).status_code == 303
        return browser

    def editor(self) -> Browser:
        """A browser signed in as an editor."""
        if not self.accounts.exist():
            self.owner()
        from_owner = next(one for one in self.accounts.all() if one.role == "owner")
        code = self.accounts.invite(_by(from_owner.name), "Ed", "editor")
        browser = self.browser()
        assert browser.post(f"/admin/invite/{code}", password=PASSWORD, clock="UTC").status_code == 303
        return browser


class Browser:
    """Sends what a browser sends from this site's own pages, and keeps cookies."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.client: FlaskClient = office.application.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=self._office.root, headers=_headers(headers))

    def post(self, path: str, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
        return self.client.post(
            path, base_url=self._office.root, data=form, headers=HERE if headers is None else headers
        )

    def words(self, path: str) -> str:
        """What a reader sees."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code, visible(response.text))
        return visible(response.text)

    def follow(self, response: TestResponse) -> str:
        """The page that an action leads back to."""
        assert response.status_code == 303, visible(response.text)
        return self.words(response.headers["Location"])

    def undo_in(self, path: str) -> str:
        """The address of the first undo on a page."""
        found = re.search(r'action="(/admin/log/\d+/undo)"', self.get(path).text)
        assert found is not None
        return found[1]


def _headers(names: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in names.items()}


def _by(name: str) -> Actor:
    return Actor(name)
