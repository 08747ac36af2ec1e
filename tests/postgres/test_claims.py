"""Who works and who leads, decided by PostgreSQL between processes that ask at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from feedsvc.core.errors import Overtaken
from feedsvc.store.claims import Fence, Heartbeat
from feedsvc.store.store import Snapshot, Store
from tests.postgres.conftest import NOW
from tests.postgres_server import Server
from tests.store.records import SOURCE

pytestmark = pytest.mark.postgres
MINUTE = timedelta(minutes=1)
RIVALS = 4
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def at_once(server: Server, database: str, ask: Callable[[Snapshot, str], object]) -> list[object]:
    """What rivals of a store each get, asking together."""
    barrier = Barrier(RIVALS)
    stores = [Store(server.url(database)) for _ in range(RIVALS)]

    def rival(number: int) -> object:
        with stores[number].read():
            pass  # A connection is open, so that the barrier is the last thing waited for.
        barrier.wait(60)
        with stores[number].write() as snapshot:
            return ask(snapshot, f"worker:{number}")

    with ThreadPoolExecutor(RIVALS) as pool:
        answers = list(pool.map(rival, range(RIVALS)))
    for store in stores:
        store.close()
    return answers


def test_of_workers_that_start_together_one_leads(server: Server, database: str, store: Store) -> None:
    answers = at_once(server, database, lambda snapshot, holder: snapshot.claims.lead("worker", holder, NOW, MINUTE))
    assert sorted(answers, key=lambda answer: answer is None) == [1, None, None, None]


def test_of_workers_that_take_over_together_one_leads(server: Server, database: str, store: Store) -> None:
    with store.write() as snapshot:
        snapshot.claims.lead("worker", "worker:gone", NOW - 2 * MINUTE, MINUTE)
    answers = at_once(server, database, lambda snapshot, holder: snapshot.claims.lead("worker", holder, NOW, MINUTE))
    assert sorted(answers, key=lambda answer: answer is None) == [2, None, None, None]


def test_a_source_is_claimed_by_one(server: Server, database: str, store: Store) -> None:
    with store.write() as snapshot:
        snapshot.sources.change(SOURCE, due_at=NOW)
    answers = at_once(server, database, lambda snapshot, holder: snapshot.claims.claim_due(SOURCE, holder, NOW))
    assert sorted(answers, key=lambda answer: answer is None) == [1, None, None, None]


def test_signs_of_life_of_processes_that_start_together_are_all_taken(
    server: Server, database: str, store: Store
) -> None:
    at_once(server, database, lambda snapshot, holder: snapshot.claims.beat(Heartbeat("worker", holder, NOW, NOW)))
    at_once(server, database, lambda snapshot, holder: snapshot.sources.change(SOURCE, last_error=holder))
    with store.read() as snapshot:
        assert snapshot.claims.heartbeat("worker") is not None


def test_a_worker_that_was_asleep_cannot_write(store: Store) -> None:
    with store.write() as snapshot:
        snapshot.sources.change(SOURCE, due_at=NOW)
        epoch = snapshot.claims.lead("worker", "worker:old", NOW, MINUTE)
        claim = snapshot.claims.claim_due(SOURCE, "worker:old", NOW)
    assert epoch is not None
    assert claim is not None
    with store.write() as snapshot:
        assert snapshot.claims.lead("worker", "worker:new", NOW + 2 * MINUTE, MINUTE) == epoch + 1
    with pytest.raises(Overtaken), store.write() as snapshot:
        snapshot.claims.check(Fence(SOURCE, claim, ("worker", epoch)))


def test_nobody_takes_over_while_a_commit_is_under_way(store: Store, server: Server, database: str) -> None:
    with store.write() as snapshot:
        snapshot.sources.change(SOURCE, due_at=NOW)
        epoch = snapshot.claims.lead("worker", "worker:old", NOW, MINUTE)
        claim = snapshot.claims.claim_due(SOURCE, "worker:old", NOW)
    assert epoch is not None
    assert claim is not None
    other = Store(server.url(database))
    with store.write() as snapshot:
        snapshot.claims.check(Fence(SOURCE, claim, ("worker", epoch)))
        with ThreadPoolExecutor(1) as pool:
            taken = pool.submit(lambda: _lead(other))
            while server.execute(WAITING, database) != [(1,)]:
                assert not taken.done()
            snapshot.sources.change(SOURCE, last_error="written by the old one")
            snapshot._connection.commit()
            assert taken.result(10) == epoch + 1
    other.close()


def _lead(store: Store) -> int | None:
    with store.write() as snapshot:
        return snapshot.claims.lead("worker", "worker:new", NOW + 2 * MINUTE, MINUTE)
