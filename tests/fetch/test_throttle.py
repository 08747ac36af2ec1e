"""Throttling by host, and what a refresh means for feeds that are already out."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Lock, Thread

import pytest

from feedsvc.core.model import Page
from feedsvc.feeds.document import Document
from feedsvc.fetch import Response, Validators
from feedsvc.fetch.throttle import HostThrottle
from tests.refresh.world import World, listing

NOTHING = Validators(None, None)


class Host:
    """A clock that only pauses turn, and a door that notes when it was used and by how many at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[tuple[str, float]] = []
        self.inside = 0
        self.most = 0
        self.lock = Lock()
        self.open = Event()
        self.open.set()

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def get(self, url: str, validators: Validators | None, user_agent: str | None = None, /) -> Response:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.asked.append((url, self.now))
        self.open.wait(60)
        with self.lock:
            self.inside -= 1
        return Response(Page(url, b""), False, NOTHING, None, 0)


def test_a_host_is_left_alone_for_a_second_between_two_requests() -> None:
    host = Host()
    throttle = HostThrottle(host.get, lambda: host.now, host.pause, 1.0)
    for path in ("a", "b", "c"):
        throttle(f"https://one.example/{path}", None)
    throttle("https://two.example/a", None)
    assert [at for _, at in host.asked] == [0.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize("url", ["HTTPS://One.Example:443/b", "webcal://one.example/c", "https://me:pw@one.example/"])
def test_a_host_is_one_in_every_spelling(url: str) -> None:
    host = Host()
    throttle = HostThrottle(host.get, lambda: host.now, host.pause, 1.0)
    for one in ("https://one.example/a", url, "http://one.example/", "https://one.example:8443/", "https://[bad/"):
        throttle(one, None)
    assert [at for _, at in host.asked] == [0.0, 1.0, 1.0, 1.0, 1.0]


def test_a_host_has_one_request_at_a_time_and_delays_no_other() -> None:
    host = Host()
    host.open.clear()
    throttle = HostThrottle(host.get, lambda: host.now, host.pause, 0.0)
    urls = ["https://one.example/a", "https://ONE.example/b", "https://two.example/a"]
    threads = [Thread(target=throttle, args=(url, None)) for url in urls]
    for thread in threads:
        thread.start()
    while len(host.asked) < 2:
        threads[-1].join(0.005)
    assert {url.split("/")[2].lower() for url, _ in host.asked} == {"one.example", "two.example"}
    host.open.set()
    for thread in threads:
        thread.join(5)
    assert (len(host.asked), host.most) == (3, 2)


def test_every_web_process_sees_exactly_the_feeds_that_changed(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.refresh(listing("A"), listing("B", countries=("Peru",)))
    others = [World(tmp_path, now=world.now) for _ in range(2)]

    def served() -> list[list[Document]]:
        return [[one.feed(path) for path in ("/country/cl.ics", "/country/pe.ics", "/all.ics")] for one in others]

    before = served()
    world.refresh(listing("A", hour=12), listing("B", countries=("Peru",)))
    for old, new in zip(before, served(), strict=True):
        assert [one is another for one, another in zip(old, new, strict=True)] == [False, True, False]
