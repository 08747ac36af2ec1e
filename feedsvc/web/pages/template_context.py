"""Template context, headers, error pages and the cache of finished pages, shared by every page.

A page is kept as long as it is the same: for a minute, within one edition of the store. A link to a feed that many
follow at once is rendered once. What a search found is not kept: there is no end to words. Rendering takes thousands of
times as long as answering with what is at hand, so only few pages are rendered side by side: otherwise all threads
would share the interpreter with them, and feeds would wait.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from hashlib import blake2b
from pathlib import Path
from threading import Lock, Semaphore

from flask import Blueprint, Response, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import InternalServerError

from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.feed import formats
from feedsvc.web.http.responses import Body, html_body, page, plain, problem
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.i18n import NAMES, capital
from feedsvc.web.viewmodels.locale import locale


def register(blueprint: Blueprint, builder: PageBuilder) -> None:
    """Give every template of the application what it may use, and every error its page."""
    version = asset_version()
    add_assets(blueprint)
    blueprint.app_context_processor(lambda: template_context(builder, version))
    blueprint.app_errorhandler(StoreUnavailable)(unavailable)
    blueprint.app_errorhandler(InternalServerError)(broken)
    blueprint.record_once(tidy)


def template_context(builder: PageBuilder, version: str) -> dict[str, object]:
    """Return the names that every template may use."""
    told = locale()
    return {
        "site": builder.site,
        "addresses": builder.addresses,
        "version": version,
        "locale": told,
        "words": told.words,
        "_": told.words.gettext,
        "ngettext": told.words.ngettext,
        "link": told.link,
        "names": NAMES,
        "popular": builder.popular,
        "formats": formats(),
        "capital": capital,
        "google_by_address": builder.runtime.config.settings.subscribe.google_by_address,
    }


def unavailable(_error: StoreUnavailable) -> Response:
    """The store is away."""
    return page(render_template("unavailable.html"), locale().words.language, 503)


def broken(_error: InternalServerError) -> Response:
    """The fault is ours; nothing of it is shown."""
    if "." in request.path.rpartition("/")[2]:
        return problem(500, "something is broken here; it is noted in the log")
    return page(render_template("broken.html"), locale().words.language, 500)


def tidy(state: BlueprintSetupState) -> None:
    """Templates may be indented without sending the indents."""
    state.app.jinja_env.trim_blocks = state.app.jinja_env.lstrip_blocks = True


FOLDER = Path(__file__).parent.parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
YEAR_SECONDS = 31_536_000
HOUR_SECONDS = 3_600


_SHORTER = (
    (r"\s+", " "),
    (r" ?([{};,>]|!important) ?", r"\1"),
    (r": (?=[^ ])", ":"),
    (r";}", "}"),
    (r"(?<![\w.])0\.(?=\d)", "."),
    (r'\[([\w-]+)="([a-z][\w-]*)"\]', r"[\1=\2]"),
)
"""Rewritings of a style sheet that change nothing of what it says."""


def add_assets(blueprint: Blueprint) -> None:
    """Add a route for each file that pages name with the version of its contents."""
    for file in sorted(FOLDER.iterdir()):
        if kind := TYPES.get(file.suffix):
            body = file.read_bytes()
            send = partial(_send, Body(packed(body.decode(), file.suffix).encode()), kind)
            blueprint.add_url_rule(f"/static/{file.name}", f"asset_{file.stem}_{file.suffix[1:]}", send)


def packed(text: str, suffix: str) -> str:
    """A style sheet or script without comments and without the spaces that only people need."""
    bare = re.sub(r"(?s)/\*.*?\*/", "", text)
    if suffix == ".js":
        return "\n".join(line.strip() for line in bare.replace(" => ", "=>").splitlines() if line.strip()) + "\n"
    for found, instead in _SHORTER:
        bare = re.sub(found, instead, bare)
    return bare.strip()


def _send(body: Body, kind: str) -> Response:
    return plain(body, kind, YEAR_SECONDS if request.query_string else HOUR_SECONDS)


def asset_version() -> str:
    """A fingerprint of all of them, so that a new release is not shown with old ones."""
    digest = blake2b(digest_size=4)
    for file in sorted(FOLDER.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()


_AT_ONCE = 2
MOST = 200
"""Pages that are kept; the largest have about 300,000 bytes."""


class Rendered:
    """Pages by what they depend on. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Body] = OrderedDict()
        self._lock = Lock()
        self._turns = Semaphore(_AT_ONCE)

    def get(self, key: Hashable, render: Callable[[], str]) -> Body:
        """The page for a key, rendered when it is asked for the first time."""
        kept = self._find(key)
        if kept is not None:
            return kept
        with self._turns:
            # Another thread may have rendered it.
            kept = self._find(key)
            if kept is None:
                kept = html_body(render())
                with self._lock:
                    self._kept[key] = kept
                    while len(self._kept) > MOST:
                        self._kept.popitem(last=False)
            return kept

    def once(self, render: Callable[[], str]) -> Body:
        """A page that is not kept."""
        with self._turns:
            return html_body(render())

    def _find(self, key: Hashable) -> Body | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept
