"""What can go wrong, as one tree. Each error reads as one line: the fact, the value, the way out.

FeedsvcError
├── RequestError            what was asked for is wrong; exit code 2, HTTP 4xx
│   ├── ConfigError         the configuration is wrong; carries every fault found, not only the first
│   ├── UnknownSource       no source has this name
│   └── UnknownFeed         no such feed: an unknown dimension, value or format; HTTP 404
└── WorkError               the request was right and the work failed; exit code 1
    ├── FetchFailed         a source could not be fetched
    ├── SourceUnreadable    what was fetched is not what its kind reads; nothing of it is used
    ├── EventUnwritable     one event can not be written as a VEVENT; costs this one event
    └── StoreUnavailable    the store did not answer
"""

from __future__ import annotations


class FeedsvcError(Exception):
    """Root of every error this service raises on purpose."""


class RequestError(FeedsvcError):
    """What was asked for is wrong."""


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
    """A source could not be fetched."""


class SourceUnreadable(WorkError):
    """What was fetched is not what its kind reads."""


class EventUnwritable(WorkError):
    """One event can not be written as a VEVENT."""


class StoreUnavailable(WorkError):
    """The store did not answer."""
