"""Subscribing and sharing: the right button first, copying, codes, a frame on another page, saved choices."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from werkzeug.wrappers import Response

from tests.browser.chromium import expect
from tests.browser.serving import listening

AGENTS = {
    "google": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
    "apple": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari",
    "outlook": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
}
NAMES = {"google": "Google Calendar", "apple": "Apple Calendar", "outlook": "Outlook"}


@pytest.mark.parametrize("program", AGENTS)
def test_the_button_of_the_device_comes_first(site, open_page, program):
    page = open_page(f"{site.url}/country/ke", user_agent=AGENTS[program])
    first = page.locator(".ways .way").first
    expect(first).to_have_text(re.compile(rf"Add to {NAMES[program]}"))
    expect(page.locator(".ways .next").first).to_be_visible()
    expect(page.locator(".ways li")).to_have_count(4)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_links_carry_the_encoded_address_of_this_feed(site, open_page, scripts):
    page = open_page(f"{site.url}/country/ar_ke/theme/justice", java_script_enabled=scripts)
    feed = f"{site.url}/country/ar_ke/theme/justice.ics"
    webcal = feed.replace("http://", "webcal://")
    hrefs = {
        li.get_attribute("data-way"): li.locator("a").get_attribute("href") for li in page.locator(".ways li").all()
    }
    assert hrefs["google"] == f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}"
    assert hrefs["apple"] == webcal
    assert f"url={quote(feed, safe='')}&name=" in hrefs["outlook"]
    assert hrefs["outlook"].startswith("https://outlook.live.com/calendar/0/addfromweb?")
    assert hrefs["office365"].startswith("https://outlook.office.com/calendar/0/addfromweb?")
    expect(page.get_by_label(re.compile("^Calendar address"))).to_have_value(feed)


def test_copying_puts_the_address_into_the_clipboard_and_says_so(site, open_page):
    page = open_page(f"{site.url}/country/ke", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy=address]")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/country/ke.ics"


def test_without_scripts_no_button_is_shown_that_does_nothing(site, open_page):
    page = open_page(f"{site.url}/country/ke", java_script_enabled=False)
    expect(page.locator("[data-copy]:visible")).to_have_count(0)
    expect(page.locator(".zone")).to_have_count(0)


def test_the_code_opens_in_place(site, open_page):
    page = open_page(f"{site.url}/country/ke")
    page.get_by_text("On another device").click()
    code = page.get_by_alt_text("QR code that opens this page")
    expect(code).to_be_visible()
    page.wait_for_function("document.querySelector('img.qr').naturalWidth > 0")


def test_the_age_of_a_calendar_is_told(site, open_page):
    page = open_page(f"{site.url}/country/ke")
    page.get_by_text("Why is my calendar old?").click()
    expect(page.get_by_text("Last changed")).to_be_visible()


def test_an_agenda_stands_in_a_foreign_page(site, open_page):
    page = open_page(f"{site.url}/country/ke")
    code = page.locator("#embed-code").input_value()
    with listening(
        Response(f"<!doctype html><title>Foreign</title><h1>Foreign</h1>{code}", mimetype="text/html")
    ) as port:
        frame = open_page(f"http://localhost:{port}/").frame_locator("iframe")
        expect(frame.get_by_text("Called off")).to_be_visible()
        expect(frame.get_by_role("link", name="Subscribe to this calendar")).to_be_visible()


def test_the_preview_shows_the_agenda_as_it_will_look(site, open_page):
    page = open_page(f"{site.url}/country/ke")
    page.get_by_text("See how it looks").click()
    expect(page.frame_locator("iframe").get_by_text("Called off")).to_be_visible()


def test_the_code_follows_how_the_agenda_is_to_look_and_so_does_the_preview(site, open_page):
    page = open_page(f"{site.url}/country/ke?lang=fr")
    page.get_by_text("Voir le résultat").click()
    page.get_by_label("Forme").select_option("month")
    page.get_by_label("Couleurs").select_option("dark")
    page.get_by_label("Événements au plus").fill("3")
    page.get_by_label("Événements au plus").blur()
    code = page.locator("#embed-code")
    address = f"{site.url}/embed/country/ke?view=month&amp;theme=dark&amp;lang=fr&amp;events=3"
    expect(code).to_have_value(re.compile(f'^<iframe src="{re.escape(address)}" title='))
    expect(page.frame_locator("iframe").locator("html.dark table")).to_be_visible()
    page.get_by_label("Événements au plus").fill("1000")
    page.get_by_label("Événements au plus").blur()
    expect(code).to_have_value(re.compile(re.escape(address)))


def test_without_scripts_the_preview_can_be_changed_too(site, open_page):
    page = open_page(f"{site.url}/country/ke", java_script_enabled=False)
    page.get_by_text("See how it looks").click()
    page.get_by_label("Shape").select_option("month")
    page.get_by_role("button", name="Show it like this").click()
    expect(page.frame_locator("iframe").locator("table")).to_be_visible()


def test_the_poster_fits_on_one_sheet(site, open_page, tmp_path):
    page = open_page(f"{site.url}/poster/country/ar_ke/theme/civic-space")
    sheets = page.pdf(path=tmp_path / "poster.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1
    expect(page.locator(".dates")).to_have_text("28 May 2026")
    expect(page.locator(".poster-events")).to_contain_text("11:00 – 12:30 UTC−04:00")


def test_a_poster_does_not_announce_what_is_cancelled(site, open_page):
    page = open_page(f"{site.url}/poster/country/ke")
    expect(page.locator(".poster-events")).to_contain_text("Open end")
    expect(page.locator(".poster-events")).not_to_contain_text("Called off")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_saved_choice_is_made_and_edited_and_keeps_its_address(site, open_page, scripts):
    page = open_page(f"{site.url}/bundle/new", java_script_enabled=scripts)
    page.get_by_label("Name", exact=True).fill(f"Our choice {scripts}")
    page.locator("input[value=ke]").check()
    page.get_by_role("button", name="Save the choice").click()
    secret = next(
        value
        for field in page.locator("input[readonly], textarea[readonly]").all()
        if "/edit/" in (value := field.input_value())
    )
    path = re.sub(r"/edit/.*", "", secret)
    before = site.client.get(path.removeprefix(site.url) + ".ics").text
    assert "Called off" in before
    page.goto(secret)
    page.locator("input[value=ke]").uncheck()
    page.locator("input[value=ua]").check()
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    after = site.client.get(path.removeprefix(site.url) + ".ics").text
    assert "Kyiv talk" in after
    assert "Called off" not in after
