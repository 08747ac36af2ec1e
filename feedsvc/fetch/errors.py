"""Failures of a fetch, each as one line: the address, the fact, the way out."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPException, IncompleteRead

from urllib3.exceptions import HTTPError

from feedsvc.core.errors import FetchFailed
from feedsvc.core.text import clean_line, cut
from feedsvc.fetch.body import BodyRefused
from feedsvc.fetch.connection import MAX_HEAD_BYTES, HeadTooLarge
from feedsvc.fetch.deadline import Deadline, DeadlinePassed
from feedsvc.fetch.url import FetchUrl, shown

TROUBLES = (OSError, HTTPException, HTTPError, BodyRefused, DeadlinePassed)
"""Everything that a connection and what comes over it can raise."""

_STATUS_WORDS = {
    401: "asks for a password; this service has none to give",
    403: "does not let this service in; ask its owner, or look at the address in a browser",
    404: "is not there; look at the address in a browser",
    410: "is gone for good; remove the source or give it another address",
    429: "asks to be left alone for a while; the next try waits",
}
_LONGEST_HEADER = 200
_OUTLOOK = ("outlook.office365.com", "outlook.office.com", "outlook.live.com")
_OUTLOOK_REFUSES = (
    "published calendars of Outlook refuse agents that are not browsers; set user_agent of this source to a browser's"
)


def trouble(target: FetchUrl, error: Exception, deadline: Deadline) -> FetchFailed:
    """Turn the exception that broke off a fetch into its failure."""
    if deadline.passed or isinstance(error, DeadlinePassed):
        return FetchFailed(f"{shown(target.url)}: took longer than {deadline.seconds:g} s; the next try may do better")
    return FetchFailed(f"{shown(target.url)}: {cut(clean_line(_words(target, error)), 300)}")


def _words(target: FetchUrl, error: Exception) -> str:
    cause: BaseException = error
    while isinstance(cause, HTTPError) and cause.__cause__ is not None:
        cause = cause.__cause__  # urllib3 wraps what sockets raise
    if isinstance(cause, BodyRefused):
        return str(cause)
    if isinstance(cause, HeadTooLarge):
        return f"sends more than {MAX_HEAD_BYTES // 1024} KB of headers"
    if isinstance(cause, IncompleteRead):
        return "broke off in the middle; nothing of it is used"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {cause.verify_message}"
    if isinstance(cause, socket.gaierror):
        return f"the name {target.host} cannot be resolved: {cause.strerror or cause}"
    if isinstance(cause, TimeoutError):
        return f"did not answer on port {target.port} in time"
    if isinstance(cause, OSError):
        return f"no connection to port {target.port}: {cause.strerror or cause}"
    return f"does not answer in proper HTTP: {cause}"


def bad_status(target: FetchUrl, status: int, retry_after: str | None) -> FetchFailed:
    """An answer that is not what was asked for."""
    is_outlook = (target.host or "").endswith(_OUTLOOK) and 400 <= status < 500
    words = (
        (_OUTLOOK_REFUSES if is_outlook else None)
        or _STATUS_WORDS.get(status)
        or ("has a fault; the next try waits" if status >= 500 else "is not a page to read")
    )
    asked = retry_after[:_LONGEST_HEADER] if retry_after else None
    return FetchFailed(f"{shown(target.url)}: answered {status}: {words}", status=status, retry_after=asked)
