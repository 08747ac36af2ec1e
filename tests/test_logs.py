"""One line an event, without secrets, with the request or refresh it belongs to; what repeats is counted."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from feedsvc.logs import REPEATED_SECONDS, JsonLines, Repeated, TextLines, refresh_id, request_id
from feedsvc.web.http.request_log import RequestLog

CANARY = "xcanary1x2y3z4w"


def record(message: str, *arguments: object, level: int = logging.ERROR, at: float = 0.0) -> logging.LogRecord:
    made = logging.LogRecord("feedsvc.test", level, __file__, 1, message, arguments, None)
    made.created = at
    return made


@given(st.text(), st.sampled_from([TextLines(), JsonLines()]))
def test_every_event_is_one_line(text: str, lines: logging.Formatter) -> None:
    told = lines.format(record("%s", text))
    assert len(told.splitlines()) == 1
    if isinstance(lines, JsonLines):
        assert json.loads(told)["logger"] == "feedsvc.test"


def test_the_trace_of_an_error_is_in_its_line_without_secrets() -> None:
    error = ValueError(f"https://user:{CANARY}@calendars.example/ical?key={CANARY}")
    made = record("could not be read")
    made.exc_info = (type(error), error, None)
    for lines in (TextLines(), JsonLines()):
        told = lines.format(made)
        assert "ValueError" in told
        assert "calendars.example" in told
        assert CANARY not in told
    assert CANARY not in TextLines().format(record(f"POST /bundle/lunch/edit/{CANARY} and /admin/first/{CANARY}"))


def test_lines_name_their_request_and_their_refresh() -> None:
    token, other = request_id.set("abc123"), refresh_id.set("ogw/7")
    try:
        assert "[request abc123] [refresh ogw/7]" in TextLines().format(record("x"))
        told = json.loads(JsonLines().format(record("x")))
        assert (told["request"], told["refresh"]) == ("abc123", "ogw/7")
    finally:
        request_id.reset(token)
        refresh_id.reset(other)
    assert "request" not in json.loads(JsonLines().format(record("x")))


def test_what_repeats_is_told_once_and_then_counted() -> None:
    only = Repeated()
    lines = [record("the store is away", at=float(second)) for second in range(0, 700, 100)]
    passed = [line.getMessage() for line in lines if only.filter(line)]
    assert passed == ["the store is away", "the store is away (5 more times before)"]
    assert REPEATED_SECONDS == 600
    assert all(only.filter(record("read", level=logging.INFO)) for _ in range(3))
    assert only.filter(record("something else"))


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("feedsvc.access")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)


def asked(path: str, **more: Any) -> dict[str, Any]:
    return {**EnvironBuilder(path).get_environ(), **more}


def test_access_log_has_a_line_a_request_without_query_sender_and_secret(written: io.StringIO) -> None:
    ids = []

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        ids.append(request_id.get())
        start_response("200 OK", [])
        return [b"x"]

    ticks = iter([1.0, 1.25] * 2)
    log = RequestLog(RequestLog(application), lambda: next(ticks))
    log(asked(f"/bundle/lunch/edit/{CANARY}?q={CANARY}", REMOTE_ADDR="192.0.2.7"), lambda *_: None)
    log(asked("/all.ics", HTTP_X_REQUEST_ID="from-the-proxy"), lambda *_: None)
    first, second = map(json.loads, written.getvalue().splitlines())
    assert (first["path"], first["status"], first["ms"]) == ("/bundle/lunch/edit/…", 200, 250)
    assert CANARY not in written.getvalue()
    assert "192.0.2.7" not in written.getvalue()
    assert [first["request"], second["request"]] == ids
    assert second["request"] == "from-the-proxy"
    assert request_id.get() == ""
