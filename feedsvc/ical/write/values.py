"""The few values that `icalendar` 7.3 does not write as RFC 5545 says, mended where they are written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from icalendar import vCategory, vDatetime, vDuration, vText

from feedsvc.ical.write.content_lines import escaped


class Text(vText):
    """TEXT (RFC 5545 §3.3.11). The library takes a backslash and an N within a text for a line break."""

    def to_ical(self) -> bytes:
        """The escaped text in UTF-8. Raises UnicodeEncodeError on a lone surrogate."""
        return escaped(self).encode()


def categories(names: Iterable[str]) -> vCategory:
    """CATEGORIES with each name written as our Text."""
    value = vCategory([])
    value.cats = [Text(name) for name in names]
    return value


def instant(moment: datetime) -> vDatetime:
    """A moment in UTC, in whole seconds. `moment` is aware."""
    return vDatetime(moment.replace(microsecond=0))


@cache
def duration(length: timedelta) -> str:
    """A DURATION such as PT12H (RFC 5545 §3.3.6)."""
    written: bytes = vDuration(length).to_ical()  # type: ignore[no-untyped-call]
    return written.decode()
