"""A source can not empty a calendar: whether a refresh may be applied, or must be held for a person to look at.

Held is what would remove more than max(5, 30 %) of a source's coming events, or all of them, and what was not read
whole. The share is counted in whole events, rounded down.
"""

from __future__ import annotations

from feedsvc.core.reconcile import Changes

LEAST, SHARE_PERCENT = 5, 30


def allowed_removals(coming: int) -> int:
    """How many of `coming` events one refresh may remove."""
    return min(max(LEAST, coming * SHARE_PERCENT // 100), coming - 1 if coming else 0)


def reason_to_hold(changes: Changes, incomplete: str | None) -> str | None:
    """Why these changes must wait, in words; None when they may be applied."""
    if incomplete is not None:
        return f"not read whole: {incomplete}"
    gone, coming = changes.would_remove, changes.coming
    if gone > allowed_removals(coming):
        which = "all" if gone == coming else f"{gone} of {coming}"
        return f"would remove {which} coming events; at most {allowed_removals(coming)} may go in one refresh"
    return None
