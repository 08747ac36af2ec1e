"""The time at which a source is read next. Pure: the same source at the same turn always gets the same answer.

After a good refresh: its interval, spread a little so that sources do not march in step. After a failure: soon at
first, then ever later (full jitter: anywhere between at once and the present limit), but never slower than its own
interval or an hour. What the source itself asks for by Retry-After comes first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b

SPREAD = 0.1
"""The part of the interval by which a turn may be early or late."""
SOONEST_RETRY = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(hours=1)
LEAST_RETRY_AFTER, MOST_RETRY_AFTER = timedelta(minutes=1), timedelta(hours=24)
GONE_TIMES = 3
GONE_WITHIN = timedelta(hours=48)
GONE_APART = timedelta(hours=8)
"""Three times "gone" within minutes are one mistake; so the next look is that far away."""
MOST_STRIKES = 3
STRIKES_APART = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""Waits after the first, second and each further attempt in a row that ended nowhere. A machine may be out of breath
for a while, or go down; that is not the source's doing.
"""


def strike_wait(strikes: int) -> timedelta:
    """Return how long a source waits after so many attempts in a row that ended nowhere (1 or more)."""
    return STRIKES_APART[min(strikes, len(STRIKES_APART)) - 1]


def chance(source_id: str, turn: int) -> float:
    """A number in [0, 1) that is another for each source and turn, and always the same for one."""
    number = int.from_bytes(blake2b(f"{source_id}\n{turn}".encode(), digest_size=6).digest(), "big")
    return number / 2**48


def next_due(source_id: str, turn: int, every: timedelta, now: datetime) -> datetime:
    """The time at which a source that answered well is due again."""
    part: float = 1 - SPREAD + 2 * SPREAD * chance(source_id, turn)
    return now + every * part


def retry_due(
    source_id: str, turn: int, failures: int, every: timedelta, now: datetime, retry_after: timedelta | None = None
) -> datetime:
    """The time at which a source that failed `failures` times in a row (1 or more) is tried again."""
    limit = max(every, LONGEST_BACKOFF)
    doubled: int = 2 ** min(failures, 20)
    reach = min(limit, SOONEST_RETRY * doubled)
    wait = SOONEST_RETRY + (reach - SOONEST_RETRY) * chance(source_id, turn)
    if retry_after is not None:
        wait = max(wait, min(max(retry_after, LEAST_RETRY_AFTER), MOST_RETRY_AFTER))
    return now + wait


def counted_gone(count: int, since: datetime | None, now: datetime) -> tuple[int, datetime]:
    """Count how often a source said that it is gone for good (410), with this time, and since when that counts."""
    if since is None or not timedelta() <= now - since <= GONE_WITHIN:
        return 1, now
    return count + 1, since
