"""Subscribing and sharing: the right button first, copying, codes, a frame on another page, saved choices."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from werkzeug.wrappers import Response

from tests.browser.chromium import expect
from tests.browser.printed import plain, printed
from tests.browser.serving import listening

AGENTS = {
    "Add to Google Calendar": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "Send this page to a computer": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile",
    "Add to Apple Calendar": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari",
    "Copy the calendar address": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) CriOS/126.0 Mobile Safari",
    "Add to Outlook": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
}


@pytest.mark.parametrize("words", AGENTS)
def test_one_button_is_filled_and_it_is_that_of_the_device(site, open_page, words):
    page = open_page(f"{site.url}/country/ke", user_agent=AGENTS[words])
    first = page.locator(".ways-first .way:visible")
    expect(first).to_have_text(words)
    expect(page.locator(".ways-first .note:visible")).to_have_count(1)


def test_on_android_there_are_two_more_ways(site, open_page):
    page = open_page(f"{site.url}/country/ke", user_agent=AGENTS["Send this page to a computer"])
    assert page.locator("[data-share]").get_attribute("href").startswith("mailto:?subject=Kenya&body=http")
    expect(page.get_by_role("link", name="Google, in the browser")).to_be_visible()
    page.get_by_role("link", name="ICSx5 app").click()
    expect(page.get_by_text("On Android with the free program ICSx5")).to_be_visible()


def test_the_program_pressed_last_is_filled_next_time(site, open_page):
    page = open_page(f"{site.url}/country/ke", user_agent=AGENTS["Add to Outlook"])
    page.evaluate("for (const way of document.querySelectorAll('.way')) way.removeAttribute('target')")
    page.route("https://**", lambda route: route.fulfill(body="elsewhere"))
    page.locator(".ways [data-way=google] a").click()
    page.goto(f"{site.url}/country/ua")
    expect(page.locator(".ways-first .way:visible")).to_have_text("Add to Google Calendar")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_links_carry_the_encoded_address_of_this_feed(site, open_page, scripts):
    page = open_page(f"{site.url}/country/ar_ke/theme/justice", java_script_enabled=scripts)
    feed = f"{site.url}/country/ar_ke/theme/justice.ics"
    webcal = feed.replace("http://", "webcal://")
    own = page.locator(".ways li[data-way]:not([data-way=other])").all()
    hrefs = {one.get_attribute("data-way"): one.locator("a").get_attribute("href") for one in own}
    assert hrefs["google"] == f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}"
    assert hrefs["apple"] == webcal
    assert f"url={quote(feed, safe='')}&name=" in hrefs["outlook"]
    assert hrefs["outlook"].startswith("https://outlook.live.com/calendar/0/addfromweb?")
    assert hrefs["office365"].startswith("https://outlook.office.com/calendar/0/addfromweb?")
    expect(page.get_by_label(re.compile("^Calendar address"))).to_have_value(feed)


def test_copying_puts_the_address_into_the_clipboard_and_says_so(site, open_page):
    page = open_page(f"{site.url}/country/ke", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator(".address [data-copy]")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/country/ke.ics"


def test_without_scripts_no_button_is_shown_that_does_nothing(site, open_page):
    page = open_page(f"{site.url}/country/ke", java_script_enabled=False)
    expect(page.locator("[data-copy]:visible")).to_have_count(0)
    expect(page.locator(".pair, .another").first).to_be_hidden()
    expect(page.locator(".ways .way:visible")).to_have_count(5)
    expect(page.locator(".without-device")).to_be_visible()


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
    page = open_page(f"{site.url}/share/country/ke")
    code = page.locator("#embed-code").input_value()
    with listening(
        Response(f"<!doctype html><title>Foreign</title><h1>Foreign</h1>{code}", mimetype="text/html")
    ) as port:
        frame = open_page(f"http://localhost:{port}/").frame_locator("iframe")
        expect(frame.get_by_text("Called off")).to_be_visible()
        expect(frame.get_by_role("link", name="Subscribe to this calendar")).to_be_visible()


def test_the_preview_shows_the_agenda_as_it_will_look(site, open_page):
    page = open_page(f"{site.url}/share/country/ke")
    page.locator("iframe").scroll_into_view_if_needed()
    expect(page.frame_locator("iframe").get_by_text("Called off")).to_be_visible()


def test_the_code_follows_how_the_agenda_is_to_look_and_so_does_the_preview(site, open_page):
    page = open_page(f"{site.url}/share/country/ke?lang=fr")
    page.get_by_label("Forme").select_option("month")
    page.get_by_label("Couleurs").select_option("dark")
    page.get_by_label("Événements").fill("3")
    page.get_by_label("Événements").blur()
    code = page.locator("#embed-code")
    address = f"{site.url}/embed/country/ke?view=month&amp;theme=dark&amp;lang=fr&amp;events=3"
    expect(code).to_have_value(re.compile(f'^<iframe src="{re.escape(address)}" title='))
    expect(page.frame_locator("iframe").locator("html.dark table")).to_be_visible()
    page.get_by_label("Événements").fill("1000")
    page.get_by_label("Événements").blur()
    expect(code).to_have_value(re.compile(re.escape(address)))


def test_without_scripts_the_preview_can_be_changed_too(site, open_page):
    page = open_page(f"{site.url}/share/country/ke", java_script_enabled=False)
    page.get_by_label("Shape").select_option("month")
    page.get_by_role("button", name="Show it like this").click()
    expect(page.frame_locator("iframe").locator("table")).to_be_visible()


FEEDS = (
    "/all",
    "/country/ke",
    "/country/ar_ke/theme/justice",
    "/theme/civic-space",
    "/country/ba_cd_do_vc",
    "/country/de",
)


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_poster_is_one_sheet_and_prints_nothing_of_its_toolbar(site, open_page, language):
    page = open_page("about:blank")
    for path in FEEDS:
        page.goto(f"{site.url}/poster{path}?lang={language}")
        sheets = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1, path
        text = printed(sheets)
        assert plain("Open Gov Week") in text, path
        assert plain(site.url.partition("://")[2] + path) in text, path
        bar = page.locator(".bar").inner_text().split("\n")
        assert not [word for word in bar if len(plain(word)) > 6 and plain(word) in text], (path, bar)


def test_a_poster_names_the_calendar_its_days_and_its_count(site, open_page):
    page = open_page(f"{site.url}/poster/country/ke")
    text = printed(page.pdf(prefer_css_page_size=True))
    for told in ("Kenya", "26 May 2026", "Tue", "2 events", "2 events,", "Point your phone’s camera"):
        assert plain(told) in text, told


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
