"""Every error, as one tree. Each error reads as one line: the fact, the value, the way out.

FeedsvcError
├── RequestError            what was asked for is wrong; exit code 2, HTTP 4xx
│   ├── ConfigError         the configuration is wrong; carries every fault found, not only the first
│   ├── UnknownSource       no source has this name
│   └── UnknownFeed         no such feed: an unknown dimension, value or format; HTTP 404
└── WorkError               the request was right and the work failed; exit code 1
    ├── FetchFailed         a source could not be fetched
    ├── SourceUnreadable    what was fetched is not what its kind reads; nothing of it is used
    ├── ChildFailed         the child process that read a source broke its limits or died; nothing of it is used
    ├── EventUnwritable     one event cannot be written as a VEVENT; costs this one event
    ├── SourceBusy          another process works on the source at present; try again
    ├── Overtaken           another process works on the source now; this one may not write any more
    └── StoreUnavailable    the store did not answer
        ├── StoreUnfit      the store is missing, damaged, foreign or another one; waiting does not help
        └── ProgramTooOld   the store was written by a newer program; exit code 78
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class FeedsvcError(Exception):
    """Root of every error this service raises on purpose."""


class RequestError(FeedsvcError):
    """The request is wrong."""


class ConfigError(RequestError):
    """The configuration is wrong. `faults` holds one line for each fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class UnknownSource(RequestError):
    """No source has this name."""


class UnknownFeed(RequestError):
    """No feed has this path."""


class WorkError(FeedsvcError):
    """The request was right and the work failed."""


class FetchFailed(WorkError):
    """A source could not be fetched.

    `status`: the HTTP status, None where there was no answer. `retry_after`: what the server wrote in Retry-After.
    `refused`: our own rules forbid the address, so that trying again is of no use.
    """

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: str | None = None, refused: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.refused = refused

    @property
    def gone(self) -> bool:
        """Return True if the server answered 410 Gone."""
        return self.status == 410

    @property
    def retry_after_seconds(self) -> int | None:
        """Retry-After where it is a number of seconds; None where it is absent or a date."""
        text = (self.retry_after or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def retry_in(self, now: datetime) -> timedelta | None:
        """The wait that the server asks for, never less than nothing; None where it does not say (RFC 9110 §10.2.3)."""
        if self.retry_after_seconds is not None:
            return timedelta(seconds=self.retry_after_seconds)
        try:
            until = parsedate_to_datetime(self.retry_after or "")
            return max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta(0))
        except (ValueError, TypeError, OverflowError):
            return None


class SourceUnreadable(WorkError):
    """The content is not what its kind reads."""


class ChildFailed(WorkError):
    """The child process that read a source gave no result.

    `reason` says why, in words; `machine_busy` that it got so little of the machine that the source is not to blame.
    """

    def __init__(self, message: str, reason: str = "", *, machine_busy: bool = False) -> None:
        super().__init__(message)
        self.reason = reason or message
        self.machine_busy = machine_busy


class EventUnwritable(WorkError):
    """One event cannot be written as a VEVENT."""


class SourceBusy(WorkError):
    """Another process works on this source at present."""


class Overtaken(WorkError):
    """Another process works on this now; what this one has made may not be written."""


class StoreUnavailable(WorkError):
    """The store did not answer."""


class StoreUnfit(StoreUnavailable):
    """The store is missing, damaged, foreign or not the one that was made here. Waiting does not help."""


class ProgramTooOld(StoreUnavailable):
    """The store was written by a newer program than this one."""
