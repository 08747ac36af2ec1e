"""The stylesheet and the script of the pages: read once, sent compressed, kept by browsers until the next release."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from pathlib import Path

from flask import Blueprint, Response, request

from feedsvc.web.http.responses import Body, plain

FOLDER = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
YEAR_SECONDS = 31_536_000
HOUR_SECONDS = 3_600


def add_assets(blueprint: Blueprint) -> None:
    """Add a route for each file that pages name with the version of its contents."""
    for file in sorted(FOLDER.iterdir()):
        if kind := TYPES.get(file.suffix):
            send = partial(_send, Body(file.read_bytes()), kind)
            blueprint.add_url_rule(f"/static/{file.name}", f"asset_{file.stem}", send)


def _send(body: Body, kind: str) -> Response:
    return plain(body, kind, YEAR_SECONDS if request.query_string else HOUR_SECONDS)


def asset_version() -> str:
    """A fingerprint of all of them, so that a new release is not shown with old ones."""
    digest = blake2b(digest_size=4)
    for file in sorted(FOLDER.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()
