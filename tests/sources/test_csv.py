"""Tables: headings, formats, quotes, and rows that say nothing."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest
from pydantic import ValidationError

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Listing, Reading
from feedsvc.sources.csv import Settings, read
from tests.sources.helpers import context, finding_line, moment

HEAD = "name,date,end,from,to,zone,where,id"
COLUMNS = {
    "title": "name",
    "start": "date",
    "end": "end",
    "time": "from",
    "end_time": "to",
    "zone": "zone",
    "country": "where",
    "id": "id",
}


def read_table(text: str, **more: Any) -> Reading:
    return read(Settings.model_validate({"columns": COLUMNS} | more), context(text))


def read_row(row: str, **more: Any) -> Listing:
    (listing,) = read_table(f"{HEAD}\n{row}\n", **more).listings
    return listing


@pytest.mark.parametrize(
    ("row", "listed"),
    [
        ("A,2024-05-30,,,,,,", "2024-05-30"),
        ("A,2024-05-30,2024-05-31,,,,,", "2024-05-30 - 2024-05-31"),
        ("A,2024-05-30,,15:00,,,,", "2024-05-30 15:00"),
        ("A,2024-05-30,,15:00,16:30,,,", "2024-05-30 15:00 - 16:30"),
        ("A,2024-05-30,2024-05-31,15:00,01:30,,,", "2024-05-30 15:00 - 2024-05-31 01:30"),
        ("A,2024-05-30,2024-05-31,15:00,,,,", "2024-05-30 15:00"),
        ("A,2024-05-30,,,16:30,,,", "2024-05-30"),
        ("A,2024-05-30,,15:00,15:00,Europe/Kyiv,,", "2024-05-30 15:00 Europe/Kyiv"),
        ("A,2024-05-30,,15:00,16:30,UTC+3:30,,", "2024-05-30 15:00 - 16:30 UTC+3:30"),
    ],
)
def test_days_and_times_are_put_together(row: str, listed: str) -> None:
    assert read_row(row).listed == listed


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d/%m/%Y", "03/04/2024", "2024-04-03"),
        ("%m/%d/%Y", "03/04/2024", "2024-03-04"),
        ("%d.%m.%y", "3.4.24", "2024-04-03"),
        ("%B %d %Y", "may 30 2024", "2024-05-30"),
        ("%Y-%m-%d %H:%M", "2024-05-30 15:00", "2024-05-30 15:00"),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-05-30T15:00:00+0330", "2024-05-30 15:00 offset 3:30:00"),
    ],
)
def test_date_is_read_as_the_format_says(form: str, text: str, expected: str) -> None:
    assert moment(read_row(f"A,{text},,,,,,", date_format=form).start) == expected


@pytest.mark.parametrize(
    "settings",
    [
        {"date_format": "%d/%m"},
        {"date_format": "%H:%M"},
        {"date_format": "%Q"},
        {"date_format": "%d %d %m %Y"},
        {"date_format": "day"},
        {"time_format": "%M"},
        {"time_format": "%I:%M"},
        {"delimiter": ""},
        {"delimiter": ";;"},
        {"delimiter": '"'},
        {"separator": ""},
        {"columns": {"title": "name"}},
        {"columns": {"title": "name", "start": "date", "mail": "mail"}},
    ],
)
def test_setting_that_makes_no_sense_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"columns": COLUMNS} | settings)


def test_row_without_a_date_is_a_finding_with_its_line() -> None:
    reading = read_table(f'{HEAD}\n"A\nB",2024-05-30,,,,,,\nC,,,,,,,\nD,30.5.2024,,,,,,\n', date_format="%Y-%m-%d")
    assert [finding_line(finding) for finding in reading.doubts] == [
        "line 4: undated: C",
        "line 5: unreadable: D: 30.5.2024 is not written as %Y-%m-%d",
    ]
    assert [(listing.title, listing.line) for listing in reading.listings] == [("A B", 2)]


def test_time_that_cannot_be_read_costs_only_the_time() -> None:
    listing = read_row("A,2024-05-30,,at noon,16:30,,,")
    assert moment(listing.start) == "2024-05-30"
    assert [finding_line(finding) for finding in listing.findings] == ["unreadable-time: at noon"]


def test_missing_heading_is_named() -> None:
    with pytest.raises(SourceUnreadable, match=r"no column 'where' \(country\), 'id' \(id\); there are 'name'"):
        read_table("name,date,end,from,to,zone\nA,2024-05-30,,,,\n")


@pytest.mark.parametrize(
    "head", [HEAD.upper(), HEAD.replace(",", " , "), f"\ufeff{HEAD}", f"sep=,\n{HEAD}", f"\n\n{HEAD}"]
)
def test_headings_are_found_however_they_are_spelled(head: str) -> None:
    assert len(read_table(f"{head}\nA,2024-05-30,,,,,,\n").listings) == 1


def test_other_delimiters_and_encodings_are_read() -> None:
    text = f"{HEAD}\nA,2024-05-30,,,,,Österreich,\n"
    assert read_table(text.replace(",", "\t"), delimiter="\t").listings[0].countries == ("Österreich",)
    settings = Settings.model_validate({"columns": COLUMNS})
    assert read(settings, context(text.encode("utf-16"))).listings[0].countries == ("Österreich",)
    assert read(settings, context(text.encode("cp1252"))).listings[0].countries == ("Österreich",)


@pytest.mark.parametrize(
    ("cell", "separator", "names"),
    [
        ('"Kenya, Korea, Republic of"', ",", ("Kenya", "Korea, Republic of")),
        ('"Korea, Republic of; Kenya"', ";", ("Korea, Republic of", "Kenya")),
        ("Kenya|Chile|", "|", ("Kenya", "Chile")),
    ],
)
def test_several_names_in_one_cell_are_told_apart(cell: str, separator: str, names: tuple[str, ...]) -> None:
    assert read_row(f"A,2024-05-30,,,,,{cell},", separator=separator).countries == names


def test_quote_that_nobody_closes_does_not_swallow_the_rows_after_it() -> None:
    reading = read_table(f'{HEAD}\n"A,2024-05-30,,,,,,\nB,2024-05-31,,,,,,\n')
    assert [listing.title for listing in reading.listings] == ["A", "B"]
    assert [finding.code for finding in reading.listings[0].findings] == ["unreadable"]


def test_last_row_that_is_cut_off_makes_the_reading_incomplete() -> None:
    table = f'{HEAD}\nA,2024-05-30,,,,,,\nB,2024-05-31,,,,,"Kenya'
    assert "a quote that is not closed" in (read_table(table).incomplete or "")
    assert "has 2 of 8 cells" in (read_table(table[: table.index(',,,,,"Kenya')]).incomplete or "")
    assert read_table(table[: table.index("B")]).incomplete is None


def test_quote_that_stands_where_it_should_not_costs_nothing() -> None:
    reading = read_table(f'{HEAD}\n"A, the "first" one",2024-05-30,,,,,,\n"B, the last" one,2024-05-31,,,,,,\n')
    assert [listing.title for listing in reading.listings][1] == "B, the last one"
    assert [[finding.code for finding in one.findings] for one in reading.listings] == [["unreadable"]] * 2
    assert reading.incomplete is None, "nothing is cut off"


def test_table_without_rows_is_whole() -> None:
    assert read_table(f"{HEAD}\n") == Reading(())


@pytest.mark.parametrize("text", ["", "\n\n", "<html>Log in</html>"])
def test_page_that_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(SourceUnreadable):
        read_table(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rows",
    ['"' * 1_000_001, '"a\n' * 200_000, "A,2024-05-30,,,,,,\n" * 25_000, "," * 3_000_000, f"A,{'2' * 5_000_000}"],
    ids=["quotes", "quotes in lines", "many rows", "many cells", "long cell"],
)
def test_hostile_table_costs_little(rows: str) -> None:
    began = process_time()
    assert len(read_table(f"{HEAD}\n{rows}").listings) <= 20_000
    assert process_time() - began < 5
