"""Filling in the form of a bundle, and finding the secret link on the page that comes back."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from tests.web.site import BASE, Site


def make(site: Site, name: str = "Our lunch", status: int = 201, **more: object) -> TestResponse:
    response = site.client.post("/bundle/new", data={"name": name, "country": ["cl"], **more})
    assert response.status_code == status, response.text
    return response


def secret_path(response: TestResponse) -> str:
    """The secret link that a page shows, as a path."""
    (found,) = re.findall(rf">{BASE}(/bundle/[^/<]+/edit/[^<]+)</textarea>", response.text)
    return str(found)
