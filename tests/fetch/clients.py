"""Fetch clients for tests: allowed to reach one scripted server and nothing else."""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import Any

from feedsvc.core.errors import FetchFailed
from feedsvc.core.ip_ranges import Address, parse_allow
from feedsvc.fetch import FetchClient, Policy, Response, Validators
from feedsvc.fetch.connection import Resolve, system_resolve
from tests.fetch.upstream import Upstream

NAME = "feedsvc-test/1 (+https://tests.example)"


def client(*allow: str, resolve: Resolve = system_resolve, **policy: Any) -> FetchClient:
    """A client with an allow list and a name; its deadline is far, unless that is what a test is about."""
    settings: dict[str, Any] = {"deadline_seconds": 120.0, **policy}
    return FetchClient(Policy(tuple(map(parse_allow, allow)), NAME, **settings), time.monotonic, resolve)


def get(upstream: Upstream, path: str = "/", validators: Validators | None = None, **policy: Any) -> Response:
    """Fetch from a scripted server, allowed by its exact address and port."""
    return client(f"127.0.0.1:{upstream.port}", **policy).get(upstream.url(path), validators)


def failure(upstream: Upstream, path: str = "/", **policy: Any) -> FetchFailed:
    """How a fetch from a scripted server fails."""
    try:
        response = get(upstream, path, **policy)
    except FetchFailed as error:
        assert "\n" not in str(error)
        return error
    raise AssertionError(f"was fetched: {response}")


def resolving(**hosts: str) -> Resolve:
    """A resolver that knows these hosts ("inner_example" is inner.example), each with its addresses."""

    def resolve(host: str, port: int) -> list[Address]:
        return [ip_address(text) for text in hosts[host.replace(".", "_")].split()]

    return resolve
