"""The window of a calendar feed: everything that is coming, the past of twelve months, and of what is older the newest
as long as there is room. Some calendar programs lose events of large feeds without a word.

The past is measured from the feed's own last change and not from a clock, so the same store gives the same bytes. The
hardest case is an event that began long ago and is still on: it counts by its end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from feedsvc.store.feeds import Row

PAST = timedelta(days=366)
_END = re.compile(rb"\r\nDTEND[^:\r]*:(\d{8})(?:T(\d{6}))?")


def past_since(last_modified: datetime) -> int:
    """The start of the past that a feed always holds, in seconds since 1970 UTC."""
    return int((last_modified - PAST).timestamp())


def first_moment(rows: Iterable[Row], since: int, fill_bytes: int) -> int | None:
    """The moment from which on a feed holds its events, in seconds since 1970 UTC; None where all of them have room.

    `since` is that of `past_since`; what is older is added while all events together have at most `fill_bytes`.
    """
    held = 0
    older: Counter[int] = Counter()
    for row in rows:
        moment = _moment(row, since)
        if moment < since:
            older[moment] += len(row[1])
        else:
            held += len(row[1])
    for moment in sorted(older, reverse=True):
        held += older[moment]
        if held > fill_bytes:
            return moment + 1
    return None


def within(rows: Iterable[Row], first: int, since: int) -> Iterator[Row]:
    """The rows that a feed holds from its first moment on."""
    return (row for row in rows if _moment(row, since) >= first)


def _moment(row: Row, since: int) -> int:
    """The start of an event; `since` where it began before and had not ended then."""
    start: int = row[0]
    return since if start < since < _end(row[1]) else start


def _end(vevent: bytes) -> int:
    found = _END.search(vevent)
    if found is None:
        return 0
    text = (found[1] + (found[2] or b"000000")).decode("ascii")
    return int(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
