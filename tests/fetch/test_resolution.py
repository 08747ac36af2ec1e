"""A host is judged by every address it resolves to, once, and the judged address is the one that is connected to."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from feedsvc.core.errors import FetchFailed
from feedsvc.core.ip_ranges import Address
from tests.fetch.clients import client, resolving
from tests.fetch.upstream import serving

_connects: list[tuple[Any, ...]] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        _connects.append(arguments[1])


sys.addaudithook(_note)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://169。254。169。254/",
        "http://169.254.169.254/",
        "https://10.0.0.1:8443/",
        "http://[64:ff9b::7f00:1]/",
        "webcal://127.0.0.1/",
    ],
)
def test_no_spelling_of_an_inner_address_is_connected_to(url: str) -> None:
    _connects.clear()
    with pytest.raises(FetchFailed) as caught:
        client().get(url)
    assert caught.value.refused
    assert "allow in [fetch]" in str(caught.value)
    assert not _connects


@pytest.mark.parametrize(
    "answers", ["10.0.0.1", "1.1.1.1 10.0.0.1", "fd00::1 1.1.1.1", "2606:4700::1111 ::1", "64:ff9b::a00:1"]
)
def test_a_host_is_refused_if_any_of_its_addresses_is_inner(answers: str) -> None:
    _connects.clear()
    with pytest.raises(FetchFailed) as caught:
        client(resolve=resolving(mixed_example=answers)).get("http://mixed.example/")
    assert caught.value.refused
    assert not _connects


def test_a_name_that_changes_its_address_is_asked_once_and_dialled_where_it_was_judged() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.66")]

    with serving(lambda visit: visit.answer("x")) as upstream:
        _connects.clear()
        client(f"127.0.0.1:{upstream.port}", resolve=rebinding).get(f"http://moving.example:{upstream.port}/")
    assert asked == ["moving.example"]
    assert _connects == [("127.0.0.1", upstream.port)]
    assert upstream.visits[0].header("Host") == f"moving.example:{upstream.port}"


def test_a_second_look_at_a_name_is_judged_anew() -> None:
    """A redirect to the same host resolves again, and is refused when the name leads inside by then."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.66")]

    with serving(lambda visit: visit.answer("", "302 Found", Location="/again")) as upstream:
        opened = client(f"127.0.0.1:{upstream.port}", resolve=rebinding)
        with pytest.raises(FetchFailed) as caught:
            opened.get(f"http://moving.example:{upstream.port}/")
    assert caught.value.refused
    assert len(upstream.visits) == 1


@pytest.mark.parametrize("port", [1, 22, 25, 81, 444, 6379, 7999, 10_000])
def test_other_ports_than_those_of_the_web_are_refused_unresolved(port: int) -> None:
    with pytest.raises(FetchFailed, match=f"port {port} is not fetched from") as caught:
        client(resolve=resolving()).get(f"http://any.example:{port}/")
    assert caught.value.refused


def test_an_allowed_inner_network_does_not_open_its_port_on_the_open_internet() -> None:
    with pytest.raises(FetchFailed, match="port 22 is not fetched from"):
        client("10.0.0.0/8:22", resolve=resolving(a_example="8.8.8.8")).get("http://a.example:22/")


def test_an_allowed_host_is_reached_where_it_is_and_no_other_host_is() -> None:
    names = resolving(inner_example="127.0.0.1", other_example="127.0.0.1")
    with serving(lambda visit: visit.answer("x")) as upstream:
        opened = client(f"inner.example:{upstream.port}", resolve=names)
        assert opened.get(f"http://inner.example:{upstream.port}/").page is not None
        with pytest.raises(FetchFailed) as caught:
            opened.get(f"http://other.example:{upstream.port}/")
    assert caught.value.refused


def test_a_name_that_does_not_resolve_is_a_failed_fetch_and_not_a_refused_one() -> None:
    def unknown(host: str, port: int) -> Sequence[Address]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(FetchFailed, match="Name or service not known") as caught:
        client(resolve=unknown).get("http://nowhere.example/")
    assert not caught.value.refused


@pytest.mark.slow
def test_an_address_that_never_answers_leaves_time_for_the_next() -> None:
    with serving(lambda visit: visit.answer("x")) as upstream, contextlib.ExitStack() as opened:
        full = opened.enter_context(socket.create_server(("127.0.0.2", upstream.port), backlog=0))
        for _ in range(4):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        both = resolving(both_example="127.0.0.2 127.0.0.1")
        patient = client(f"both.example:{upstream.port}", resolve=both, deadline_seconds=6)
        assert patient.get(f"http://both.example:{upstream.port}/").page is not None


def test_the_next_address_is_tried_when_one_does_not_accept() -> None:
    with serving(lambda visit: visit.answer("x")) as upstream:
        both = resolving(both_example="127.0.0.2 127.0.0.1")
        allowed = client(f"both.example:{upstream.port}", resolve=both)
        assert allowed.get(f"http://both.example:{upstream.port}/").page is not None
