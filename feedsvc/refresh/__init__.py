"""One refresh of one source: from what it publishes to a new edition of the store, or to a good reason why not.

claim | fetch | read | normalise | reconcile | guard | render | apply | reschedule

Everything is decided before anything is written, and written in one transaction that first checks the claim. Whatever
goes wrong, the old events stay, and the run is recorded with its reason.
"""

from __future__ import annotations

from feedsvc.refresh.context import Desk, Outcome
from feedsvc.refresh.holds import apply_hold, reject_hold
from feedsvc.refresh.pipeline import Trial, refresh, rehearse, try_source

__all__ = ["Desk", "Outcome", "Trial", "apply_hold", "refresh", "rehearse", "reject_hold", "try_source"]
