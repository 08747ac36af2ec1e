"""One refresh of one source: from what it publishes to a new edition of the store, or to a good reason why not.

claim | fetch | read | normalise | reconcile | guard | render | apply | reschedule

Everything is decided before anything is written, and written in one transaction that first checks the claim. Whatever
goes wrong, the old events stay, and the run is recorded with its reason.
"""

from __future__ import annotations

from feedsvc.refresh.context import Outcome, RefreshContext
from feedsvc.refresh.holds import apply_holds, ask_again, find_holds, keep_holds
from feedsvc.refresh.pipeline import refresh, refresh_from_capture
from feedsvc.refresh.trial import Trial, dry_run, replay, try_source

__all__ = [
    "RefreshContext",
    "Outcome",
    "Trial",
    "apply_holds",
    "ask_again",
    "dry_run",
    "find_holds",
    "keep_holds",
    "refresh",
    "refresh_from_capture",
    "replay",
    "try_source",
]
