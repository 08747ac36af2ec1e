"""Dates and times as people write them: found from the whole column, or only as configured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from feedsvc.core.model import Page, Reading
from feedsvc.sources.base import Context
from feedsvc.sources.csv import Settings, csv_address, read
from feedsvc.sources.parsing.column_dates import DateFormats, read_clock, read_clocks
from tests.sources.helpers import context, moment

COLUMNS = {"title": "title", "start": "day", "time": "time", "link": "link"}


def days(*cells: str, **settings: Any) -> Reading:
    rows = "".join(f'Talk {number},"{cell}",18:00,\n' for number, cell in enumerate(cells))
    return read(Settings.model_validate({"columns": COLUMNS, **settings}), context(f"title,day,time,link\n{rows}"))


def starts(reading: Reading) -> list[str]:
    return [str(listing.start.date) for listing in reading.listings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9:00", "09:00"), ("9.30", "09:30"), ("18h30", "18:30"), ("18h", "18:00"), ("9:00 AM", "09:00"),
        ("12:15 a.m.", "00:15"), ("9 pm", "21:00"), ("09:00:30", "09:00"), ("18 Uhr", "18:00"), ("18.30 Uhr", "18:30"),
        ("25:00", None), ("13:00 pm", None), ("9", None), ("TBC", None), ("", None), ("9:75", None),
    ],
)  # fmt: skip
def test_clock_times(text: str, expected: str | None) -> None:
    found = read_clock(text)
    assert (None if found is None else f"{found:%H:%M}") == expected


def test_two_times_in_one_cell() -> None:
    first, last = read_clocks("9:00 – 11.30")
    assert first is not None
    assert last is not None
    assert f"{first:%H:%M} {last:%H:%M}" == "09:00 11:30"
    assert read_clocks("9:00 to later") == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-03-04", "2027-03-04"), ("2027/3/4", "2027-03-04"), ("20270304", "2027-03-04"),
        ("4.3.2027", "2027-03-04"), ("4. März 2027", "2027-03-04"), ("Thursday, 4 March 2027", "2027-03-04"),
        ("March 4th, 2027", "2027-03-04"), ("4 de marzo de 2027", "2027-03-04"), ("4 févr. 2027", "2027-02-04"),
        ("4.3.2027, 18.30 Uhr", "2027-03-04 18:30"), ("March 4, 2027 9:00 AM", "2027-03-04 09:00"),
        ("1804183200", "2027-03-04 18:00 UTC offset 0:00:00"), ("TBC", None), ("31.2.2027", None),
        ("4 Smarch 2027", None),
    ],
)  # fmt: skip
def test_dates(text: str, expected: str | None) -> None:
    found = DateFormats.of([text]).read(text)
    assert (None if found is None else moment(found)) == expected


def test_one_date_settles_day_and_month_of_the_column() -> None:
    assert starts(days("03/04/2027", "15/03/2027")) == ["2027-04-03", "2027-03-15"]
    assert starts(days("03/04/2027", "03/15/2027")) == ["2027-03-04", "2027-03-15"]
    assert not [doubt for listing in days("03/04/2027", "15/03/2027").listings for doubt in listing.findings]


def test_column_that_nothing_settles_is_in_doubt() -> None:
    reading = days("03/04/2027", "04/04/2027")
    assert starts(reading) == ["2027-04-03", "2027-04-04"]
    assert [[doubt.code for doubt in one.findings] for one in reading.listings] == [["ambiguous-date"], []]
    page = "title,day,time,link\nTalk,03/04/2027,18:00,\n"
    given = context(page)
    american = Context(given.fetch, given.is_theme, url=given.url, country="us")
    assert starts(read(Settings.model_validate({"columns": COLUMNS}), american)) == ["2027-03-04"]


def test_column_that_contradicts_itself_leaves_what_could_be_two_days() -> None:
    reading = days("03/04/2027", "15/03/2027", "03/15/2027")
    assert starts(reading) == ["2027-03-15", "2027-03-15"]
    assert [one.title for one in reading.present] == ["Talk 0"]


def test_configured_format_is_never_swapped() -> None:
    reading = days("03/04/2027", "03/15/2027", "03/16/2027", date_format="%d/%m/%Y")
    assert starts(reading) == ["2027-04-03"]
    assert len(reading.present) == 2
    (doubt,) = reading.findings
    assert (doubt.code, doubt.detail) == (
        "date-format",
        "2 dates are not written as %d/%m/%Y, for example 03/15/2027",
    )
    listed = days("4.3.2027", "5 March 2027", date_format=["%d.%m.%Y", "%d %B %Y"])
    assert starts(listed) == [
        "2027-03-04",
        "2027-03-05",
    ]


def test_column_of_times_that_nobody_can_read_is_present_but_unreadable() -> None:
    table = "title,day,time,link\nA,2027-03-01,eighteen,\nB,2027-03-02,nineteen,\n"
    reading = read(Settings.model_validate({"columns": COLUMNS}), context(table))
    assert not reading.listings
    assert [one.title for one in reading.present] == ["A", "B"]
    table = table.replace("nineteen", "19:00")
    reading = read(Settings.model_validate({"columns": COLUMNS}), context(table))
    assert [doubt.code for doubt in reading.listings[0].findings] == ["unreadable-time"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiter_is_found_from_the_headings(delimiter: str) -> None:
    table = "title,day,time,link\nTalk,2027-03-01,18:00,city.example/talk\n".replace(",", delimiter)
    (listing,) = read(Settings.model_validate({"columns": COLUMNS}), context(table)).listings
    assert (listing.title, listing.link) == ("Talk", "https://city.example/talk")


def test_stated_encoding_wins() -> None:
    table = "title,day,time,link\nЗустріч,2027-03-01,18:00,\n".encode("cp1251")
    settings = Settings.model_validate({"columns": COLUMNS, "encoding": "cp1251"})
    (listing,) = read(settings, context({"https://events.example/": table})).listings
    assert listing.title == "Зустріч"


SHEET = "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{SHEET}/edit#gid=7", f"{SHEET}/export?format=csv&gid=7"),
        (f"{SHEET}/edit?gid=7#gid=7", f"{SHEET}/export?format=csv&gid=7"),
        (f"{SHEET}/edit?usp=sharing", f"{SHEET}/export?format=csv"),
        (f"{SHEET}/export?format=csv", f"{SHEET}/export?format=csv"),
        (
            "https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEfGhIjKlMnOp/pubhtml?gid=3",
            "https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEfGhIjKlMnOp/pub?output=csv&gid=3&single=true",
        ),
        ("https://city.example/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz/edit", None),
    ],
)
def test_google_sheet_is_asked_for_as_csv(url: str, expected: str | None) -> None:
    assert csv_address(url) == (expected or url)


def test_workbook_is_read_with_its_typed_cells() -> None:
    reading = workbook(date_format="%d/%m/%Y")
    (listing,) = reading.listings
    assert (listing.title, moment(listing.start), listing.line) == ("Talk", "2027-03-04 18:30", 2)
    assert reading.counted.unaccounted == 0


def test_damaged_workbook_is_refused() -> None:
    from_zip = Page("https://city.example/t.xlsx", b"PK\x03\x04 and nothing more")
    settings = Settings.model_validate({"columns": COLUMNS})
    with pytest.raises(Exception, match="not a workbook that can be read"):
        read(settings, Context(lambda _url=None: from_zip, lambda _label: False))


def workbook(**settings: Any) -> Reading:
    page = Page("https://city.example/t.xlsx", (Path(__file__).parent / "workbooks/events.xlsx").read_bytes())
    given = Settings.model_validate({"columns": COLUMNS, **settings})
    return read(given, Context(lambda _url=None: page, lambda _label: False))
