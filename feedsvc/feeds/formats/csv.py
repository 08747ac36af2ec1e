"""CSV (RFC 4180), for spreadsheets: one event a row. With a byte order mark, or Excel takes UTF-8 for something else.

A cell that a spreadsheet would take for a formula gets an apostrophe before it: titles come from strangers, and a
formula can send the rest of the table elsewhere. The hardest case is a program of a country that writes decimals with
a comma: to it, semicolons and line breaks end a cell even within our quotes, so what follows them could be one, too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from feedsvc.core.text import clean_line
from feedsvc.feeds.feed import EventValues, Feed, instant

EXTENSION = "csv"
CONTENT_TYPE = "text/csv; charset=utf-8; header=present"
NAME = "CSV"

COLUMNS = (
    "uid", "summary", "status", "start", "end", "end_known", "all_day", "local_start", "local_end", "zone", "countries",
    "places", "themes", "location", "host", "type", "description", "url", "sequence", "created", "modified",
)  # fmt: skip

_BOM = "\ufeff"
_STARTS = "=+\\-@|%＝＋－＠"
"""First characters of a formula, in one program or another, in full width too."""
_FORMULA = re.compile(rf"""^(?=[ "]*[{_STARTS}\t\r\n])|(?<=[;\n])(?=[ "]*[{_STARTS}])""")


def render(feed: Feed) -> Iterator[bytes]:
    """The table in pieces, one row at a time."""
    yield (_BOM + _row(COLUMNS)).encode()
    for record in feed.records():
        yield _row([_FORMULA.sub("'", cell) for cell in _cells(EventValues(record, feed.facts.rendering))]).encode()


def is_whole(body: bytes, events: int) -> bool:
    """Rows end in CRLF; a line break within a cell is a bare LF."""
    return body.startswith(f"{_BOM}{COLUMNS[0]},".encode()) and body.count(b"\r\n") == events + 1


def _cells(told: EventValues) -> list[str]:
    record, event, when = told.record, told.record.event, told.when()
    return [
        record.uid,
        told.summary,
        record.status.value,
        *(_plain(when[name]) for name in ("start", "end", "end_known", "all_day", "local_start", "local_end", "zone")),
        _listed(event.countries),
        _listed(told.country_names),
        _listed(event.themes),
        clean_line(event.location),
        clean_line(event.host),
        clean_line(event.event_type),
        told.text(),
        told.url or "",
        str(record.sequence),
        instant(record.created),
        instant(record.modified),
    ]


def _plain(value: str | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value or ""


def _listed(values: Sequence[str]) -> str:
    return "; ".join(clean_line(value) for value in values)


def _row(cells: Sequence[str]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
