"""Finished pages: rendered once for many who ask, few at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event

from feedsvc.web.pages.template_context import MOST, Rendered

WAIT = 60.0


def test_page_that_many_ask_for_at_once_is_rendered_at_most_twice() -> None:
    pages, together, begun, go = Rendered(), Barrier(8), Event(), Event()
    calls: list[int] = []

    def render() -> str:
        calls.append(1)
        begun.set()
        assert go.wait(WAIT)
        return "<p>Chile"

    def ask() -> bytes:
        together.wait(WAIT)
        return pages.get("chile", render).plain

    with ThreadPoolExecutor(8) as threads:
        asking = [threads.submit(ask) for _ in range(8)]
        assert begun.wait(WAIT)
        go.set()
        assert {one.result(WAIT) for one in asking} == {b"<p>Chile"}
    assert len(calls) <= 2


def test_few_pages_are_rendered_side_by_side_however_many_are_asked_for() -> None:
    pages, three, crowded = Rendered(), Barrier(3), Event()

    def render() -> str:
        with suppress(BrokenBarrierError):
            three.wait(0.3)
            crowded.set()
        return "page"

    with ThreadPoolExecutor(8) as threads:
        kept = [threads.submit(pages.get, number, render) for number in range(10)]
        searched = [threads.submit(pages.once, render) for _ in range(10)]
        assert {one.result(WAIT).plain for one in [*kept, *searched]} == {b"page"}
    assert not crowded.is_set()


def test_page_is_rendered_again_when_too_many_others_came_after_it() -> None:
    pages, calls = Rendered(), []

    def render() -> str:
        calls.append(1)
        return "page"

    for number in [*range(MOST), 0, MOST, 1]:
        pages.get(number, render)
    assert len(calls) == MOST + 2
