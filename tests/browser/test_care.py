"""What everybody is owed: no barrier, no loss when narrow or enlarged, nothing that runs, a page that is fast."""

from __future__ import annotations

import pytest

from tests.browser.chromium import Axe


def addresses(site):
    """Every kind of page: full, narrow, empty, searched, past, of one event, saved, to print, lost."""
    with site.runtime.store.read() as snapshot:
        events = {record.event.summary: record.id for record in snapshot.events.all()}
    return {
        "home": "/",
        "country": "/country/ke",
        "several": "/country/ar_ke/theme/justice",
        "empty": "/country/de",
        "search": "/?q=kenya",
        "nothing": "/?q=nowhere",
        "share": "/share/country/ke",
        "changes": "/changes/country/ua",
        "about": "/about",
        "past": "/country/pe",
        "event": f"/event/{events['Kyiv talk']}",
        "cancelled": f"/event/{events['Called off']}",
        "capitals": f"/event/{events['Three capitals']}",
        "poster": "/poster/country/ke",
        "form": "/bundle/new",
        "saved": site.saved.rpartition("/edit/")[0],
        "editing": site.saved,
        "agenda": "/embed/country/ar_fr_ke_ua",
        "month": "/embed/country/ar_fr_ke_ua?view=month&lang=fr",
        "status": "/status",
        "lost": "/nowhere",
    }


KINDS = (
    *("home", "country", "several", "empty", "search", "nothing", "past", "share", "changes", "about"),
    *("event", "cancelled", "capitals", "poster", "form", "saved", "editing", "agenda", "month", "status", "lost"),
)


FRAMED = ("agenda", "month")
ONLY_VIOLATIONS = {"resultTypes": ["violations"]}
"""All rules are held; what keeps them is not described in full, which takes a quarter of the time."""


def opened(page):
    """The page with everything that folds unfolded."""
    page.evaluate(
        "for (const one of document.querySelectorAll('details')) { one.removeAttribute('name'); one.open = true }"
    )
    return page


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_violation(site, open_page, kind):
    # axe is a script, and a frame allows none.
    options = {"color_scheme": "light", "bypass_csp": kind in FRAMED}
    page = opened(open_page(site.url + addresses(site)[kind], expect_missing=kind == "lost", **options))
    violations = {}
    for scheme, forced in (("light", "none"), ("dark", "none"), ("dark", "active")):
        page.emulate_media(color_scheme=scheme, forced_colors=forced)
        assert page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        scheme = f"{scheme} {forced}"
        violations[scheme] = Axe().run(page, options=ONLY_VIOLATIONS).response["violations"]
    for scheme, found in violations.items():
        assert not [(one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"]) for one in found], scheme


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_when_narrow_or_enlarged(site, open_page, kind):
    """With every fold open; 1280 pixels at 200 % are 640."""
    narrow = {"width": 320, "height": 640}
    page = opened(open_page(site.url + addresses(site)[kind], viewport=narrow, expect_missing=kind == "lost"))
    for width in (320, 340, 360, 390, 640, 768, 1000):
        page.set_viewport_size({"width": width, "height": 640})
        found = page.evaluate("document.documentElement.scrollWidth")
        assert found <= width, (width, wide_elements(page, width))


def wide_elements(page, width):
    """What sticks out, for the message of a failure."""
    script = """width => [...document.querySelectorAll('body *')]
        .filter(one => one.getBoundingClientRect().right > width + 1)
        .map(one => `${one.tagName}.${one.className} ${Math.round(one.getBoundingClientRect().right)}`).slice(0, 8)"""
    return page.evaluate(script, width)


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_nothing_that_strangers_wrote_ever_runs(site, open_page, language):
    page = open_page("about:blank")
    for path in ("/", "/all", *hostile_events(site), "/?q=<script>window.__xss=1</script>"):
        page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={language}")
        opened(page)
        page.mouse.move(400, 400)
        assert page.evaluate("window.__xss") is None, path


def hostile_events(site):
    """The pages of every event."""
    with site.runtime.store.read() as snapshot:
        return [f"/event/{record.id}" for record in snapshot.events.all()]


@pytest.mark.parametrize("view", ["agenda", "month"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_agenda_in_a_frame_loses_nothing_from_280_to_1200_pixels(site, open_page, view, theme):
    page = open_page(f"{site.url}/embed/country/ar_cl_fr_ke_ua?view={view}&theme={theme}&events=100")
    for width in (280, 390, 700, 1200):
        page.set_viewport_size({"width": width, "height": 600})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, wide_elements(page, width)


def test_a_right_to_left_page_keeps_its_layout(site, open_page):
    page = open_page(f"{site.url}/country/ke", viewport={"width": 390, "height": 844})
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heading = page.locator("h1").bounding_box()
    assert heading["x"] + heading["width"] > 300
