"""`python -m tests.browser.screenshots`: every kind of page as a picture, to look at. Needs Chromium.

They go into screenshots/, which git does not see: at 1280, 390 and 320 pixels, light and dark, the desktop in Spanish
too, and the poster as it prints. With --docs the two small ones of the README are made as well.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests import dense_week
from tests.browser.chromium import chromium, why_not
from tests.browser.conftest import events, happen
from tests.browser.serving import serving
from tests.browser.test_care import addresses

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "screenshots"
PICTURES = ROOT / "docs" / "images"
DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
SMALL = {"viewport": {"width": 320, "height": 640}, "device_scale_factor": 2}
WAYS = {
    **{
        f"{width}-{scheme}": {**size, "color_scheme": scheme, "locale": "en-GB"}
        for width, size in (("1280", DESKTOP), ("390", PHONE), ("320", SMALL))
        for scheme in ("light", "dark")
    },
    "1280-spanish": {**DESKTOP, "color_scheme": "light", "locale": "es"},
}
WEEK = {
    "week-home": "/",
    "week-chile": "/country/cl",
    "week-several": "/country/cl_mx_uy",
    "week-day": "/country/uy?at=2027-03-04",
    "week-search": "/?q=chile",
    "week-share": "/share/country/cl",
    "week-poster": "/poster/country/cl",
    "week-about": "/about",
    "week-region": "/region/latin-america",
    "week-all": "/all?at=2027-03-02",
    "week-empty": "/country/bt",
    "week-embed": "/embed/country/cl",
    "week-month": "/embed/country/uy?view=month",
    "week-changes": "/changes/country/cl",
}
"""The dense week: the start page, a series, several countries, an exhibition on its fourth day, and the rest."""
BEFORE_THE_WEEK = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)


def main() -> int:
    """Make them all. Returns 2 where there is no browser."""
    if reason := why_not():
        sys.stderr.write(f"{reason}\n")
        return 2
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        with serving(Path(folder) / "kinds", *events()) as site:
            happen(site)
            for way, options in WAYS.items():
                _take(browser, site.url, addresses(site), way, options)
        with serving(Path(folder) / "sample", sample=True, now=BEFORE_THE_WEEK) as site:
            real = {"real-home": "/", "real-chile": "/country/cl", "real-adding": "/country/cl#add"}
            for way, options in WAYS.items():
                _take(browser, site.url, {**real, "real-bundle": "/bundle/new"}, way, options)
        with serving(Path(folder) / "week", *dense_week.listings(), now=dense_week.NOW) as site:
            for way, options in WAYS.items():
                _take(browser, site.url, WEEK, way, options)
            if "--docs" in sys.argv[1:]:
                _for_the_readme(browser, site.url)
    sys.stdout.write(f"{len(list(FOLDER.iterdir()))} pictures in {FOLDER}\n")
    return 0


def _take(browser, url, paths, way, options):
    """One picture of each page, in one way."""
    context = browser.new_context(timezone_id="Europe/Paris", **options)
    page = context.new_page()
    for name, path in paths.items():
        page.goto(url + path, wait_until="networkidle")
        page.screenshot(path=FOLDER / f"{name}-{way}.png", full_page=True)
        if name.endswith("poster"):
            page.pdf(path=FOLDER / f"{name}-{way}.pdf", prefer_css_page_size=True)
    context.close()


def _for_the_readme(browser, url):
    """The start page on a desktop, a country's page on a phone at night; small enough for a README."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, path, options in (
        ("start", "/", WAYS["1280-light"]),
        ("country", "/country/cl", {**PHONE, "device_scale_factor": 1, "color_scheme": "dark", "locale": "en-GB"}),
    ):
        context = browser.new_context(timezone_id="America/Santiago", **options)
        page = context.new_page()
        page.goto(url + path, wait_until="networkidle")
        page.screenshot(path=PICTURES / f"{name}.png")
        context.close()


if __name__ == "__main__":
    sys.exit(main())
