"""Logs of every process: one line an event, text or JSON, with the request or refresh it belongs to, without secrets.

A store that is away would say the same at each tick: what is repeated within ten minutes is counted, not told, and the
next line of it says how often. The hardest case is a secret in the trace of an error: it is cut from the whole line.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import OrderedDict
from contextvars import ContextVar
from datetime import UTC, datetime

from feedsvc.core.secrets import masked_text
from feedsvc.core.slugs import without_secrets

REPEATED_SECONDS = 600.0
_MOST_KNOWN = 200
_LONGEST_LINE = 8_000
_QUIET = ("apscheduler", "alembic")

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is answered in this thread; empty outside of one."""
refresh_id: ContextVar[str] = ContextVar("refresh_id", default="")
"""The refresh that runs in this thread: its source and the number of its claim; empty outside of one."""


def configure(form: str) -> None:
    """Log to standard error, `form` being text or json, from INFO on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    handler.addFilter(Repeated())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class Repeated(logging.Filter):
    """Lets a warning or error pass once in ten minutes, and tells how often it was kept back meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._known: OrderedDict[tuple[str, int, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True if the line is to be written."""
        if record.levelno < logging.WARNING:
            return True
        key = (record.name, record.levelno, record.getMessage()[:_LONGEST_LINE])
        told_at, kept_back = self._known.get(key, (float("-inf"), 0))
        if record.created - told_at < REPEATED_SECONDS:
            self._known[key] = (told_at, kept_back + 1)
            return False
        if kept_back:
            record.msg, record.args = f"{record.getMessage()} ({kept_back} more times before)", None
        self._known[key] = (record.created, 0)
        self._known.move_to_end(key)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return True


class _Lines(logging.Formatter):
    def told(self, record: logging.LogRecord) -> str:
        """The message, with the trace of an error, as one line without secrets."""
        text = record.getMessage()
        if record.exc_info:
            text += f"\n{self.formatException(record.exc_info)}"
        text = without_secrets(masked_text(text[-_LONGEST_LINE:]))
        return " | ".join(line.strip() for line in text.splitlines() if line.strip())

    def at(self, record: logging.LogRecord) -> str:
        """The time in UTC, with milliseconds."""
        return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


class TextLines(_Lines):
    """`2026-05-30T12:00:00.000Z ERROR feedsvc.worker [refresh ogw/12]: what happened`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        ids = (("request", request_id.get()), ("refresh", refresh_id.get()))
        named = "".join(f" [{kind} {value}]" for kind, value in ids if value)
        return f"{self.at(record)} {record.levelname} {record.name}{named}: {self.told(record)}"


class JsonLines(_Lines):
    """An object a line: time, level, logger, message, and request or refresh where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        values = {"time": self.at(record), "level": record.levelname.lower(), "logger": record.name}
        ids = {name: value for name, value in (("request", request_id.get()), ("refresh", refresh_id.get())) if value}
        more = getattr(record, "fields", {})
        return json.dumps({**values, **ids, "message": self.told(record), **more}, ensure_ascii=False)
