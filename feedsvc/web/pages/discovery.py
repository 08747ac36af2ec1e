"""Files that programs expect of a website: icon, manifest, rules for robots, list of pages, security contact.

Feeds are open to every robot: Google fetches no calendar that robots.txt forbids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response

from feedsvc.feeds.spec import FeedSpec
from feedsvc.web.http.responses import plain, problem
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.colors import PAPER
from feedsvc.web.viewmodels.i18n import LOCALES

MAX_PAGES = 10_000
"""Addresses in the sitemap; the protocol allows 50,000."""
SECURITY_DAYS = 180
"""Lifetime of security.txt; RFC 9116 §2.5.5 wants less than a year."""
_TEXT = "text/plain; charset=utf-8"


def add_discovery(blueprint: Blueprint, builder: PageBuilder) -> None:
    """Add the routes to the pages' blueprint."""
    robots = Discovery(builder)
    for path, name in (
        ("/favicon.svg", "icon"),
        ("/favicon.ico", "icon"),
        ("/site.webmanifest", "manifest"),
        ("/robots.txt", "robots"),
        ("/sitemap.xml", "sitemap"),
        ("/.well-known/security.txt", "security"),
    ):
        blueprint.add_url_rule(path, path.rpartition("/")[2].replace(".", "_"), getattr(robots, name))


class Discovery:
    """Answers of these addresses."""

    def __init__(self, builder: PageBuilder) -> None:
        self._builder = builder
        self._site = builder.site

    def icon(self) -> Response:
        """A week of squares, one of them marked: the calendar and the map in one picture."""
        return plain(icon(self._site.color), "image/svg+xml")

    def manifest(self) -> Response:
        """Everything a phone needs to put the site on its home screen."""
        contents = {
            "name": f"{self._site.name} calendars",
            "short_name": self._site.name,
            "start_url": "/",
            "display": "browser",
            "background_color": PAPER,
            "theme_color": self._site.color,
            "icons": [{"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"}],
        }
        return plain(json.dumps(contents, ensure_ascii=False), "application/manifest+json; charset=utf-8")

    def robots(self) -> Response:
        """Everything public is open."""
        lines = ("User-agent: *", "Allow: /", "Disallow: /admin/", "Disallow: /api/", "")
        return plain("\n".join((*lines, f"Sitemap: {self._builder.addresses.absolute('/sitemap.xml')}", "")), _TEXT)

    def security(self) -> Response:
        """RFC 9116; only where a contact is configured."""
        contact = self._site.security_contact
        if not contact:
            return problem(404, "no contact for security matters is configured here")
        expires = self._builder.runtime.clock().replace(hour=0, minute=0, second=0, microsecond=0)
        expires += timedelta(days=SECURITY_DAYS)
        own = self._builder.addresses.absolute("/.well-known/security.txt")
        lines = (f"Contact: {contact}", f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", f"Canonical: {own}")
        return plain("\n".join((*lines, f"Preferred-Languages: {', '.join(LOCALES)}", "")), _TEXT)

    def sitemap(self) -> Response:
        """Every feed of one value that has events, and every event, in each language."""
        spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
        pages = "".join(self._entry(path) for path in self._paths())
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {spaces}>\n{pages}</urlset>\n'
        return plain(text, "application/xml; charset=utf-8")

    def _paths(self) -> Iterable[str]:
        event_queries, nothing = self._builder.event_queries, FeedSpec()
        found = ["/", nothing.path]
        for dimension in self._builder.runtime.dimensions:
            counted = sorted(event_queries.counts(nothing, dimension.name), key=lambda one: one.value)
            found += [nothing.toggled(dimension.name, one.value).path for one in counted if one.events]
        return [*found, *(f"/event/{one}" for one in event_queries.sitemap(max(0, MAX_PAGES - len(found))))]

    def _entry(self, path: str) -> str:
        address = self._builder.addresses.absolute(path)
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(f"{address}?lang={code}")}/>'
            for code in LOCALES
        )
        usual = f'<xhtml:link rel="alternate" hreflang="x-default" href={quoteattr(address)}/>'
        return f"<url><loc>{escape(address)}</loc>{links}{usual}</url>\n"


def icon(color: str) -> str:
    """The icon as SVG, in a colour written #rrggbb."""
    form = '<rect x="{}" y="{}" width="7" height="7" rx="1.5" opacity="{}"/>'
    places = ((x, y) for y in range(3) for x in range(3))
    squares = "".join(form.format(4 + 8 * x, 4 + 8 * y, 1 if (x, y) == (2, 1) else 0.35) for x, y in places)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 31 31" fill="{color}">{squares}</svg>\n'
