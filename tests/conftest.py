"""What holds for every test: nothing outside this machine is contacted, and no property is a matter of seconds."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, not whether the property holds. Where a change is judged, the
# same change gets the same examples; everywhere else new ones are tried each time.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("feedsvc", derandomize="CI" in os.environ, **_PATIENT)
settings.register_profile("fast", settings.get_profile("feedsvc"), max_examples=15)
settings.load_profile("feedsvc")

_LOCAL_NAMES = {None, "", "localhost", "localhost.localdomain"}
_NUMERIC = re.compile(r"(?:0x)?[0-9a-f.:]*(?:%\w+)?", re.IGNORECASE)
_reached_out: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not _is_here(arguments[1][0]):
        _forbid(f"connects to {arguments[1]}")
    if event == "socket.getaddrinfo" and not _needs_no_resolver(arguments[0]):
        _forbid(f"asks the resolver for {arguments[0]!r}")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _needs_no_resolver(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name in _LOCAL_NAMES or _NUMERIC.fullmatch(name or "") is not None


def _forbid(what: str) -> None:
    _reached_out.append(what)
    raise RuntimeError(f"a test {what}; tests stay on this machine")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    """Fails the test that tried to reach out, even if the code under test swallowed the refusal."""
    _reached_out.clear()
    yield
    assert not _reached_out


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two more than there are processors: many tests wait for servers, leases and browsers, and compute nothing then.

    Not more than eight, since a container may show many processors and lend few.
    """
    return min(len(os.sched_getaffinity(0)) + 2, 8)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays to the end; to look through it for garbage again and again was a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
