"""Pictures of shared links: right size, drawn for any title, kept until what they show has changed."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.model import EventStatus
from feedsvc.web.images.drawing import HEIGHT, WIDTH, Picture, _font, can_draw, draw, drawable, wrapped
from feedsvc.web.images.preview import PreviewRenderer, picture_path
from tests.web.site import Site, listing

HOSTILE = [
    "<script>alert(1)</script>",
    "A" * 5_000,
    "word " * 500,
    "日本の公開政府",
    "الحكومة المفتوحة",
    "\u202eevil\u2066",
    "e" + "\u0301" * 200,
    "🎉🎉🎉",
    "\udcff\x00",
    "%s %(x)s {0} {{7*7}}",
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        tmp_path,
        listing("Día abierto"),
        listing("Відкритий бюджет", date(2026, 6, 2), countries=("Ukraine",), themes=("Fiscal Openness",)),
        listing("Called off", date(2026, 6, 3), countries=("Kenya",), status=EventStatus.CANCELLED),
        listing("Last year", date(2025, 5, 27), countries=("Peru",)),
    )


def picture(site: Site, path: str) -> Image.Image:
    response = site.client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "image/png"
    image = Image.open(BytesIO(response.data))
    image.load()
    return image.convert("RGB")


@pytest.mark.parametrize(
    "path", ["/og/all.png", "/og/country/cl.png", "/og/country/ar_cl/theme/civic-space.png", "/og/country/fr.png"]
)
def test_every_feed_has_a_picture_of_the_size_that_networks_want(site: Site, path: str) -> None:
    image = picture(site, path)
    assert image.size == (WIDTH, HEIGHT) == (1200, 630)
    assert len(set(image.resize((120, 63)).get_flattened_data())) > 10, "nothing is drawn"


def test_an_event_has_a_picture_with_its_date_and_place(site: Site) -> None:
    assert picture(site, f"/og/event/{site.event_id('Día abierto')}.png").size == (1200, 630)
    record = PreviewRenderer(site.runtime).event_queries.event(site.event_id("Día abierto"))
    assert record is not None
    drawn = PreviewRenderer(site.runtime).event(record)
    assert (drawn.title, drawn.day, drawn.month) == ("Día abierto", "26", "Tuesday\nMay 2026")
    assert drawn.lines == ("11:00 – 12:30  Santiago time", "Chile")
    assert drawn.colors
    assert drawn.host == "calendars.example.org"


def test_a_feed_has_a_picture_with_its_first_events(site: Site) -> None:
    named = site.runtime.bundles.feed("/country/cl_ke_ua")
    drawn = PreviewRenderer(site.runtime).feed(named, site.now)
    assert (drawn.title, drawn.mark) == ("Chile, Kenya, Ukraine", "26 May – 3 June 2026")
    assert drawn.lines[0] == "3 events"


def test_the_map_on_a_picture_is_lit_where_the_calendar_is(site: Site) -> None:
    def lit(path: str) -> list[int]:
        drawn = PreviewRenderer(site.runtime).feed(site.runtime.bundles.feed(path), site.now)
        return [sum(one[2] == level for one in drawn.squares) for level in (1, 2)]

    assert lit("/country/cl_ke") == [1, 2]
    assert lit("/theme/civic-space") == [2, 0]
    assert lit("/all") == [3, 0]


def test_a_feed_of_the_past_says_so(site: Site) -> None:
    drawn = PreviewRenderer(site.runtime).feed(site.runtime.bundles.feed("/country/pe"), site.now)
    assert (drawn.mark, drawn.lines[0]) == ("2025", "1 past event")


@pytest.mark.parametrize("lines", range(5))
def test_a_title_of_any_length_leaves_room_for_the_map(lines: int) -> None:
    square = ((24, 18, 0),)
    full = Picture("Site", "W" * 60 * lines, ("one", "W" * 99), "", "", "example.org", "#0b5d5e", (), squares=square)
    image = Image.open(BytesIO(draw(full))).convert("RGB")
    assert len(image.crop((596, 100, 1100, 630)).getcolors() or ()) == 1, "something reaches the map"
    assert len(image.crop((40, 610, 1200, 630)).getcolors() or ()) == 1, "something reaches the lower edge"
    assert len(image.crop((1140, 100, 1200, 630)).getcolors() or ()) == 1, "something reaches the right edge"


def test_a_cancelled_event_says_so(site: Site) -> None:
    record = PreviewRenderer(site.runtime).event_queries.event(site.event_id("Called off"))
    assert record is not None
    assert PreviewRenderer(site.runtime).event(record).mark == "Cancelled"


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_any_title_can_be_drawn(tmp_path: Path, title: str) -> None:
    site = Site(tmp_path, listing(title))
    with site.runtime.store.read() as snapshot:
        (record,) = snapshot.events.all()
    assert picture(site, f"/og/event/{record.id}.png").size == (1200, 630)


def test_letters_that_the_font_lacks_are_replaced_by_words_not_by_boxes(tmp_path: Path) -> None:
    site = Site(
        tmp_path, listing("日本の公開政府", countries=("Japan",)), listing("Київ 🎉"), listing("🎉", countries=())
    )
    artist = PreviewRenderer(site.runtime)
    with site.runtime.store.read() as snapshot:
        titles = [artist.event(record).title for record in snapshot.events.all()]
    assert titles == ["Open Gov Week event in Japan", "Київ 🎉", "Open Gov Week event"]
    assert (can_draw("Київ 🎉"), can_draw("日本"), drawable("Київ 🎉 !")) == (True, False, "Київ !")


@pytest.mark.slow
@pytest.mark.parametrize("text", ["a " * 400, "W" * 900, "", "x", "Ω" * 30 + " y"])
def test_lines_stay_within_the_picture(text: str) -> None:
    font = _font("Semibold", 56)
    lines = wrapped(text, font, 700, 4)
    assert 1 <= len(lines) <= 4
    assert all(font.getlength(line) <= 700 for line in lines)
    kept = "".join(lines).replace(" ", "")
    assert kept.endswith("…") or kept == text.replace(" ", "")


def test_nothing_is_drawn_beyond_the_edges(tmp_path: Path) -> None:
    countries = ("Bosnia and Herzegovina", "Saint Vincent and the Grenadines", "Chile", "Peru", "Kenya", "Argentina")
    called_off = listing("W" * 280, status=EventStatus.CANCELLED, countries=countries)
    site = Site(tmp_path, called_off, FEEDSVC_SITE__NAME="M" * 80)
    with site.runtime.store.read() as snapshot:
        (record,) = snapshot.events.all()
    image = picture(site, f"/og/event/{record.id}.png")
    paper = Image.new("RGB", image.size, image.getpixel((1199, 0)))
    box = ImageChops.difference(image, paper).getbbox()
    assert box is not None
    assert box[2] <= 1200 - 60
    assert box[1] >= 0
    beneath = image.crop((40, 622, 1200, 630)).getcolors()
    assert beneath is not None
    assert len(beneath) == 1, "something reaches the lower edge"


def test_a_picture_is_kept_until_what_it_shows_has_changed(site: Site) -> None:
    first = site.client.get("/og/country/cl.png")
    assert "max-age=3600" in first.headers["Cache-Control"]
    again = site.client.get("/og/country/cl.png", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    site.listings.append(listing("Earlier", date(2026, 5, 25)))
    site.refresh()
    site.runtime.documents.look()
    assert site.client.get("/og/country/cl.png").data != first.data


def test_the_date_moves_on_by_itself(site: Site) -> None:
    first = site.client.get("/og/country/ua_cl.png", follow_redirects=True)
    site.now += timedelta(days=8)
    assert site.client.get("/og/country/cl_ua.png").data != first.data


def test_a_bundle_has_a_picture_under_its_own_name(site: Site) -> None:
    site.client.post("/bundle/new", data={"name": "Our lunch", "country": ["cl"]})
    assert picture(site, "/og/bundle/our-lunch.png") != picture(site, "/og/country/cl.png")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/og/country/zz.png", 404),
        ("/og/event/none.png", 404),
        ("/og/bundle/none.png", 404),
        ("/og/country/CL.png", 308),
        ("/og/theme/x/y.png", 404),
    ],
)
def test_what_is_not_there_has_no_picture(site: Site, path: str, status: int) -> None:
    assert site.client.get(path).status_code == status


def test_when_the_store_is_away_the_last_picture_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    path = picture_path(f"/event/{site.event_id('Día abierto')}")
    before = site.client.get(path).data
    monkeypatch.setattr(site.runtime.store, "read", _away)
    assert site.client.get(path).data == before
    assert site.client.get("/og/event/never-seen.png").status_code == 503


def _away() -> None:
    raise StoreUnavailable("away")
