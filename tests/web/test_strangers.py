"""Strangers that send much, or wait for much, cost others nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import Any

from flask.testing import FlaskClient

from feedsvc.services import subscribers
from feedsvc.web.http import answers
from feedsvc.web.http.gate import BEHIND_AT_ONCE, WAITING_AT_ONCE, Gate
from feedsvc.web.http.hosts import Hosts
from tests.sample import configured


class Kept:
    """Documents of which none is at hand, and one is outdated."""

    def __init__(self, outdated: Any) -> None:
        self._outdated = outdated

    def at_hand(self, _path: str) -> None:
        return None

    def kept(self, path: str) -> Any:
        return self._outdated if path == "/all.ics" else None


def test_hanging_pages_leave_threads_for_what_is_at_hand(tmp_path: Any, client: FlaskClient) -> None:
    served = client.get("/all.ics")
    application: Any = client.application
    gate_of_app = application.wsgi_app
    document = gate_of_app._kept("/all.ics")
    settings = configured(tmp_path).settings
    hang, entered = Event(), []

    def flask(_environ: Any, start_response: Any) -> list[bytes]:
        entered.append(1)
        hang.wait(60)
        start_response("200 OK", [])
        return [b"late"]

    gate = Gate(flask, Kept(document), Hosts(settings), answers.Serving.of(settings))  # type: ignore[arg-type]

    def ask(path: str) -> tuple[str, bytes]:
        told: list[str] = []
        body = gate({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda status, _headers: told.append(status))
        return told[0], b"".join(body)

    with ThreadPoolExecutor(64) as pool:
        pages = [pool.submit(ask, "/about") for _ in range(64)]
        ended = wait(pages, timeout=4).done
        refused = [page for page in ended if page.result()[0].startswith("503")]
        assert ask("/all.ics") == ("200 OK", served.data)
        assert len(entered) == BEHIND_AT_ONCE
        assert len(refused) >= 64 - BEHIND_AT_ONCE - WAITING_AT_ONCE
        hang.set()


def test_strings_of_strangers_are_cut_before_they_are_kept() -> None:
    for number in range(50):
        answers.accepts_gzip(f"gzip;q=0, {number}" + "x" * 300_000)
        answers.http_date(f"{number}" + "x" * 300_000)
    counter = subscribers.Counter(None, None)  # type: ignore[arg-type]
    counter._due = object()  # type: ignore[assignment]
    counter.served("/all.ics", "x" * 300_000, "192.0.2.1", 200)
    assert all(len(agent) <= subscribers.LONGEST_AGENT for _path, agent, _address in counter._noted)
    assert answers.accepts_gzip("gzip") is True


def test_path_that_is_not_there_is_repeated_shortly(client: FlaskClient) -> None:
    for path in ("/" + "x" * 5_000, "/" + "x" * 5_000 + ".ics", "/country/" + "y" * 5_000):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "x" * 601 not in answer.text
        assert "y" * 601 not in answer.text
