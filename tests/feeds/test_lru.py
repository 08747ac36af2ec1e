"""Documents in memory: bounded in bytes, combinations go first."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from feedsvc.feeds.document import Document
from feedsvc.feeds.lru import Kept, Shelf

MAX = 200_000


def kept(size: int, *, canonical: bool = False) -> Kept:
    body = random.Random(size).randbytes(size)
    document = Document(body, "text/calendar", "x.ics", datetime(2024, 5, 20, tzinfo=UTC))
    return Kept(document, (1,), lambda _now: (1,), 1, canonical)


def test_shelf_never_holds_more_than_it_may() -> None:
    shelf, sizes = Shelf(MAX), random.Random(1)
    for number in range(2_000):
        one = kept(sizes.randrange(9_000), canonical=number % 7 == 0)
        one.used = number % 3 == 0
        shelf.put(f"/{sizes.randrange(500)}.ics", one)
        if number % 5 == 0:
            _ = one.document.gzip
        assert shelf.weight <= MAX
    known = [found for number in range(500) if (found := shelf.get(f"/{number}.ics"))]
    assert shelf.weight == sum(one.document.weight for one in known)
    assert len(shelf) == len(known)


def test_combinations_never_push_out_a_single_value() -> None:
    shelf = Shelf(MAX)
    for number in range(10):
        shelf.put(f"/country/{number}.ics", kept(4_000, canonical=True))
    for number in range(500):
        one = kept(5_000)
        one.used = True
        shelf.put(f"/odd/{number}.ics", one)
    shelf.put("/odd/huge.ics", kept(3 * MAX))
    assert all(shelf.get(f"/country/{number}.ics") for number in range(10))
    assert shelf.get("/odd/huge.ics") is None
    assert shelf.weight <= MAX


def test_combination_that_is_asked_for_outlives_one_that_is_not() -> None:
    shelf = Shelf(MAX)
    for number in range(8):
        shelf.put(f"/odd/{number}.ics", kept(5_000))
    popular = shelf.get("/odd/0.ics")
    assert popular is not None
    for number in range(100, 120):
        popular.used = True
        shelf.put(f"/odd/{number}.ics", kept(5_000))
    assert shelf.get("/odd/0.ics") is popular
    assert shelf.get("/odd/1.ics") is None


def test_feed_of_everything_is_kept_though_it_is_larger_than_all_there_may_be() -> None:
    shelf = Shelf(MAX)
    shelf.put("/country/cl.ics", kept(1_000, canonical=True))
    shelf.put("/all.ics", kept(2 * MAX, canonical=True))
    assert shelf.get("/all.ics") is not None
    shelf.put("/country/cl.ics", kept(1_000, canonical=True))
    assert shelf.get("/country/cl.ics") is not None
    assert shelf.weight <= MAX


def test_what_was_let_go_leaves_nothing_behind() -> None:
    shelf = Shelf(MAX)
    gone = kept(1_000)
    shelf.put("/a.ics", gone)
    gone.document.answers = object()
    shelf.put("/a.ics", kept(1_000))
    assert (gone.document.answers, gone.document.grown) == (None, None)
    _ = gone.document.gzip
    assert shelf.weight == kept(1_000).document.weight
