"""Documents in memory: bounded in bytes, combinations go first."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from feedsvc.feeds.document import Document
from feedsvc.feeds.lru import Entry, Lru

MAX = 200_000


def kept(size: int, *, canonical: bool = False) -> Entry:
    body = random.Random(size).randbytes(size)
    document = Document(body, "text/calendar", "x.ics", datetime(2024, 5, 20, tzinfo=UTC))
    return Entry(document, (1,), lambda _now: (1,), ("", 1), canonical)


def test_shelf_never_holds_more_than_it_may() -> None:
    lru, sizes = Lru(MAX), random.Random(1)
    for number in range(2_000):
        one = kept(sizes.randrange(9_000), canonical=number % 7 == 0)
        one.used = number % 3 == 0
        lru.put(f"/{sizes.randrange(500)}.ics", one)
        if number % 5 == 0:
            _ = one.document.gzip
        assert lru.weight <= MAX
    known = [found for number in range(500) if (found := lru.get(f"/{number}.ics"))]
    assert lru.weight == sum(one.document.weight for one in known)
    assert len(lru) == len(known)


def test_combinations_never_push_out_a_single_value() -> None:
    lru = Lru(MAX)
    for number in range(10):
        lru.put(f"/country/{number}.ics", kept(4_000, canonical=True))
    for number in range(500):
        one = kept(5_000)
        one.used = True
        lru.put(f"/odd/{number}.ics", one)
    lru.put("/odd/huge.ics", kept(3 * MAX))
    assert all(lru.get(f"/country/{number}.ics") for number in range(10))
    assert lru.get("/odd/huge.ics") is None
    assert lru.weight <= MAX


def test_combination_that_is_asked_for_outlives_one_that_is_not() -> None:
    lru = Lru(MAX)
    for number in range(8):
        lru.put(f"/odd/{number}.ics", kept(5_000))
    popular = lru.get("/odd/0.ics")
    assert popular is not None
    for number in range(100, 120):
        popular.used = True
        lru.put(f"/odd/{number}.ics", kept(5_000))
    assert lru.get("/odd/0.ics") is popular
    assert lru.get("/odd/1.ics") is None


def test_feed_of_everything_is_kept_though_it_is_larger_than_all_there_may_be() -> None:
    lru = Lru(MAX)
    lru.put("/country/cl.ics", kept(1_000, canonical=True))
    lru.put("/all.ics", kept(2 * MAX, canonical=True))
    assert lru.get("/all.ics") is not None
    lru.put("/country/cl.ics", kept(1_000, canonical=True))
    assert lru.get("/country/cl.ics") is not None
    assert lru.weight <= MAX


def test_what_was_let_go_leaves_nothing_behind() -> None:
    lru = Lru(MAX)
    gone = kept(1_000)
    lru.put("/a.ics", gone)
    gone.document.answers = object()
    lru.put("/a.ics", kept(1_000))
    assert (gone.document.answers, gone.document.grown) == (None, None)
    _ = gone.document.gzip
    assert lru.weight == kept(1_000).document.weight
