"""Hits are counted by feed and family across processes, late by at most a minute, and nobody's address is kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from feedsvc.core.errors import StoreUnavailable
from feedsvc.services import subscribers
from feedsvc.services.subscribers import Counter, counts_for
from feedsvc.store.store import Store
from tests.web.site import Site, listing

NOON = datetime(2024, 5, 30, 12, tzinfo=UTC)
IPHONE = "iOS/17.5.1 (21F90) dataaccessd/1.0"
GOOGLE = "Google-Calendar-Importer"
NEVER = 1e6


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    opened.prepare(NOON)
    yield opened
    opened.close()


@pytest.fixture
def counter(store: Store, clock: Clock) -> Iterator[Counter]:
    made = Counter(store, clock, NEVER)
    yield made
    made.close()


def seen(store: Store, path: str = "/country/cl", now: datetime = NOON) -> dict[str, tuple[int, int]]:
    return {row.family.key: (row.last_7_days, row.last_30_days) for row in counts_for(store, path, now)}


def test_a_program_that_fetches_again_and_again_counts_once(counter: Counter, store: Store) -> None:
    for _ in range(5):
        counter.served("/country/cl.ics", IPHONE, "192.0.2.1", 200)
        counter.served("/country/cl.ics", IPHONE, "192.0.2.1", 304)
        counter.write()
    assert seen(store) == {"apple": (1, 1)}


def test_families_feeds_and_addresses_are_told_apart(counter: Counter, store: Store) -> None:
    counter.served("/country/cl.ics", IPHONE, "192.0.2.1", 200)
    counter.served("/country/cl.ics", IPHONE, "192.0.2.2", 200)
    counter.served("/country/cl.ics", GOOGLE, "192.0.2.1", 200)
    counter.served("/bundle/lunch.jcal", None, None, 200)
    counter.write()
    assert seen(store) == {"apple": (2, 2), "google": (1, 1)}
    assert seen(store, "/bundle/lunch") == {"other": (1, 1)}


def test_a_device_that_changes_its_address_within_its_network_counts_once(counter: Counter, store: Store) -> None:
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:aaaa::9", "2001:db8:1:3::1"):
        counter.served("/country/cl.ics", IPHONE, address, 200)
    counter.write()
    assert seen(store) == {"apple": (2, 2)}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/country/cl.ics", 308),
        ("/country/cl.ics", 404),
        ("/country/cl.ics", 503),
        ("/country/cl.csv", 200),
        ("/country/cl", 200),
        ("/event/0b7e.ics", 200),
    ],
)
def test_what_is_no_calendar_subscription_is_not_counted(
    counter: Counter, store: Store, path: str, status: int
) -> None:
    counter.served(path, IPHONE, "192.0.2.1", status)
    counter.write()
    assert seen(store, path.rpartition(".")[0] or path) == {}


ALONE = "visit()"
CHILD = (
    "import multiprocessing as mp; child = mp.get_context('fork').Process(target=visit); child.start(); child.join()"
)


@pytest.mark.slow
@pytest.mark.parametrize("way", [ALONE, CHILD], ids=["a process", "a child, as web processes are"])
def test_two_processes_count_the_same_visitor_once(tmp_path: Path, counter: Counter, store: Store, way: str) -> None:
    program = (
        "import sys; from datetime import UTC, datetime; from feedsvc.store.store import Store\n"
        "from feedsvc.services.subscribers import Counter\n"
        "def visit():\n"
        "    global counter\n"
        "    counter = Counter(Store(sys.argv[1]), lambda: datetime(2024, 5, 30, 13, tzinfo=UTC), 1e6)\n"
        f"    counter.served('/country/cl.ics', {IPHONE!r}, '192.0.2.1', 200)\n"
        f"    counter.served('/country/cl.ics', {IPHONE!r}, '192.0.2.9', 200)\n"
        # No call to write or close: an orderly end of the process is enough.
    )
    counter.served("/country/cl.ics", IPHONE, "192.0.2.1", 200)
    counter.served("/country/cl.ics", IPHONE, "192.0.2.2", 200)
    counter.write()
    command = [sys.executable, "-c", program + way, f"sqlite:///{tmp_path / 'store.sqlite'}"]
    subprocess.run(command, check=True)
    assert seen(store) == {"apple": (3, 3)}
    counter.served("/country/cl.ics", IPHONE, "192.0.2.9", 200)
    counter.write()
    assert seen(store) == {"apple": (3, 3)}


def test_week_and_month_tell_their_busiest_day(counter: Counter, store: Store, clock: Clock) -> None:
    for days_ago, visitors in ((29, 5), (7, 4), (6, 2), (0, 1)):
        clock.now = NOON - timedelta(days=days_ago)
        for number in range(visitors):
            counter.served("/country/cl.ics", IPHONE, f"192.0.2.{number}", 200)
        counter.write()
    assert seen(store) == {"apple": (2, 5)}
    assert seen(store, now=NOON + timedelta(days=1)) == {"apple": (1, 4)}
    (row,) = counts_for(store, "/country/cl", NOON)
    assert row.last_fetch == NOON


def test_no_address_reaches_the_disk_and_no_two_days_can_be_joined(
    tmp_path: Path, counter: Counter, store: Store, clock: Clock
) -> None:
    sketches = []
    for day in range(2):
        clock.now = NOON + timedelta(days=day)
        counter.served("/country/cl.ics", IPHONE, "203.0.113.77", 200)
        counter.served("/country/cl.ics", IPHONE, "2001:db8:aaaa:bbbb::1", 200)
        counter.write()
        with store.read() as snapshot:
            query = "SELECT sketch FROM calendar_fetch ORDER BY day DESC LIMIT 1"
            sketches.append(snapshot._connection.exec_driver_sql(query).scalar_one())
    assert sketches[0] != sketches[1], "the hash of a visitor is the same on two days"
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for trace in (b"203.0.113.77", bytes((203, 0, 113, 77)), b"2001:db8:aaaa", bytes.fromhex("20010db8aaaabbbb"),
                  b"dataaccessd"):  # fmt: skip
        assert trace not in written


def test_when_the_store_is_away_hits_wait_for_it(counter: Counter, store: Store, tmp_path: Path) -> None:
    gone = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    waiting = Counter(gone, lambda: NOON, NEVER)
    waiting.served("/country/cl.ics", IPHONE, "192.0.2.1", 200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gone, "write", _away)
        waiting.write()
        assert seen(store) == {}
    waiting.close()
    assert seen(store) == {"apple": (1, 1)}


def _away() -> None:
    raise StoreUnavailable("away")


def test_a_flood_between_two_writings_is_bounded(
    counter: Counter, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribers, "MAX_NOTED", 100)
    for number in range(1000):
        counter.served("/country/cl.ics", f"flood {number}", "192.0.2.1", 200)
    counter.write()
    assert seen(store) == {"other": (100, 100)}


def test_it_writes_by_itself_when_the_time_is_due(store: Store) -> None:
    written = Event()

    class Quick(Counter):
        def write(self) -> None:
            super().write()
            written.set()

    quick = Quick(store, lambda: NOON, 0.01)
    quick.served("/country/cl.ics", IPHONE, "192.0.2.1", 200)
    assert written.wait(60)
    assert seen(store) == {"apple": (1, 1)}
    quick.served("/country/cl.ics", IPHONE, "192.0.2.2", 200)
    quick.close()
    assert seen(store) == {"apple": (2, 2)}


def test_hits_from_several_threads_are_all_counted(counter: Counter, store: Store) -> None:
    def visit(first: int) -> None:
        for number in range(first, first + 25):
            counter.served("/country/cl.ics", IPHONE, f"192.0.2.{number}", 200)

    threads = [Thread(target=visit, args=(first,)) for first in (0, 25, 50, 75)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counter.write()
    assert seen(store) == {"apple": (100, 100)}


def test_what_the_gate_answers_counts_as_what_flask_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Counter] = []

    class Noted(Counter):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, NEVER)  # type: ignore[arg-type]
            made.append(self)

    monkeypatch.setattr("feedsvc.app.Counter", Noted)
    site = Site(tmp_path, listing())
    site.client.post("/bundle/new", data={"name": "Lunch", "country": ["cl"]})
    for path in ("/country/cl.ics", "/bundle/lunch.ics", "/bundle/lunch", "/embed/country/cl", "/og/country/cl.png"):
        for number in (1, 2):  # built by Flask, then, where it is settled, at hand for the gate
            visitor = {"REMOTE_ADDR": f"192.0.2.{number}"}
            assert site.client.get(path, headers={"User-Agent": IPHONE}, environ_base=visitor).status_code == 200
    (counter,) = made
    counter.close()
    assert seen(site.runtime.store, "/country/cl", site.now) == {"apple": (2, 2)}
    assert seen(site.runtime.store, "/bundle/lunch", site.now) == {"apple": (2, 2)}
    with site.runtime.store.read() as snapshot:
        paths = snapshot._connection.exec_driver_sql("SELECT DISTINCT path FROM calendar_fetch").scalars().all()
    assert sorted(paths) == ["/bundle/lunch", "/country/cl"]
