"""The end of an event (rule 4 of "What a listing means").

An end at or before the start is never blindly rolled to the next day: in every known case that is wrong. The hardest
case is an end that the site's form made up (5:30am is the epoch in India): a placeholder, which says only that no
end was given.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

from feedsvc.core.model import Finding

EVENING = time(17)
LONGEST_NIGHT = timedelta(hours=8)
LONGEST_SLIP = timedelta(hours=4)
HALF_DAY = timedelta(hours=12)
DAY = timedelta(days=1)
PROBABLE_LENGTH = timedelta(days=14)
"""What lasts longer and has a time of day is a series, or an exhibition with opening hours."""


def resolve_end(
    start: datetime, end: datetime | None, placeholders: Collection[time]
) -> tuple[datetime | None, Finding | None]:
    """Decide the end of a timed event. Both are aware and on the same clock, so differences are wall-clock ones.

    Which one comes first is asked of the instants: in the hour that a clock shows twice it may show an end before the
    start. Returns the end, None when it cannot be known, and the doubt, if any.
    """
    if end is None:
        return None, Finding("end-not-given")
    if end.astimezone(UTC) > start.astimezone(UTC):
        if end - start <= PROBABLE_LENGTH:
            return end, None
        # Shown on the first day, until the clock time of the end, or for an hour.
        closing = datetime.combine(start.date(), end.time(), end.tzinfo)
        shown = closing if closing > start else start + timedelta(hours=1)
        return shown, Finding("improbable-length", f"{end:%Y-%m-%d %H:%M}")
    stated = f"{start:%H:%M} to {end:%H:%M}"
    if end.date() == start.date():
        if end.time() in placeholders:
            return None, Finding("end-not-given", stated)
        if start.time() >= EVENING and end + DAY - start <= LONGEST_NIGHT:
            return end + DAY, Finding("end-next-day", stated)
        if start < end + HALF_DAY <= start + LONGEST_SLIP:
            return end + HALF_DAY, Finding("end-meridiem-corrected", stated)
    return None, Finding("end-before-start", stated)
