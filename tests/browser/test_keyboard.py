"""Everything with the keyboard alone: what has the focus is seen, and each thing a mouse can do a key does too."""

from __future__ import annotations

import re

from tests.browser.chromium import expect
from tests.browser.test_choosing import reach


def test_the_first_key_offers_the_way_past_the_head_of_the_page(site, open_page):
    page = open_page(f"{site.url}/country/ke")
    page.keyboard.press("Tab")
    expect(page.locator(".skip").first).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#main').contains(document.activeElement)")


def test_whatever_has_the_focus_is_in_sight_and_ringed(site, open_page):
    page = open_page(f"{site.url}/country/ke", reduced_motion="reduce")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        where = page.evaluate("""() => {
            const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
            return { name: one.outerHTML.slice(0, 90), ring: parseFloat(style.outlineWidth),
                     seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.width > 0 };
        }""")
        if where["name"].startswith("<body"):
            break
        assert where["seen"], where
        assert where["ring"] >= 2, where
        seen.add(where["name"])
    assert len(seen) > 30


def test_searching_reading_and_another_language(site, open_page):
    page = open_page(f"{site.url}/country/ke")
    reach(page, page.get_by_role("searchbox"))
    page.keyboard.type("open end")
    page.keyboard.press("Enter")
    expect(page.locator(".found-event h3 a")).to_have_text("Open end")
    page.keyboard.press("Home")
    page.evaluate("document.activeElement.blur()")
    reach(page, page.locator(".top").get_by_role("link", name="Français"))
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator(".found-event h3 a")).to_have_text("Open end")


def test_copying_the_address_and_opening_the_code(site, open_page):
    page = open_page(f"{site.url}/country/ke", permissions=["clipboard-read", "clipboard-write"])
    copy = page.locator(".address [data-copy]")
    reach(page, copy)
    page.keyboard.press("Enter")
    expect(copy).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/country/ke.ics"
    reach(page, page.get_by_text("On another device"))
    page.keyboard.press("Enter")
    expect(page.get_by_alt_text("QR code that opens this page")).to_be_visible()


def test_every_way_to_subscribe_can_be_reached(site, open_page):
    page = open_page(f"{site.url}/country/ke")
    for way in page.locator(".ways-first .way:visible, .ways .way:visible").all():
        reach(page, way)


def test_another_time_zone(site, open_page):
    page = open_page(f"{site.url}/country/ua")
    reach(page, page.locator(".another summary"))
    page.keyboard.press("Enter")
    chooser = page.get_by_label("Another clock")
    reach(page, chooser)
    page.keyboard.type("UTC")
    expect(chooser).to_have_value("UTC")
    expect(page.locator(".days .beside .other")).to_have_text("13:00 yours")


def test_how_the_embedded_agenda_looks(site, open_page):
    page = open_page(f"{site.url}/share/country/ke")
    reach(page, page.get_by_label("Shape"))
    page.keyboard.type("Month")
    expect(page.locator("#embed-code")).to_have_value(re.compile(r"view=month"))


def test_saving_a_choice(site, open_page):
    page = open_page(f"{site.url}/bundle/new")
    reach(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("By keyboard")
    reach(page, page.locator("input[value=ke]"))
    page.keyboard.press("Space")
    reach(page, page.get_by_role("button", name="Save the choice"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is saved.")).to_be_visible()
    expect(page.get_by_label("The calendar address itself")).to_have_value(f"{site.url}/bundle/by-keyboard.ics")


def test_one_event(site, open_page):
    page = open_page(f"{site.url}/country/ua")
    reach(page, page.locator(".row-event h4 a"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kyiv talk")
    reach(page, page.get_by_role("link", name="Add to Google Calendar"))
