"""A source cannot empty a calendar: whether a refresh may be applied, or must be held for a person to look at.

Held is what would remove more than max(5, 30 %) of a source's coming events, or all of them. The share
is counted in whole events, rounded down. Counted are the events that the source listed the last time:
what went before was allowed when it went, and is not held against it twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from feedsvc.core.changes import Changes

LEAST, SHARE_PERCENT = 5, 30
TIMES_TO_CONFIRM = 3
SPAN_TO_CONFIRM = timedelta(hours=24)


def allowed_removals(coming: int) -> int:
    """How many of `coming` events one refresh may remove."""
    return min(max(LEAST, coming * SHARE_PERCENT // 100), coming - 1 if coming else 0)


def reason_to_hold(changes: Changes) -> str | None:
    """Why these changes must wait, in words; None when they may be applied."""
    gone, coming = changes.removed, changes.coming
    if gone > allowed_removals(coming):
        if coming == 1:
            return "would remove its only coming event"
        which = f"all {coming}" if gone == coming else f"{gone} of {coming}"
        return f"would remove {which} coming events; at most {allowed_removals(coming)} may go in one refresh"
    return None


def is_confirmed(times_seen: int, first_seen: datetime, now: datetime) -> bool:
    """Whether complete fetches have said the same often and long enough to be believed without a person's yes."""
    return times_seen >= TIMES_TO_CONFIRM and now - first_seen >= SPAN_TO_CONFIRM
