"""Writers keep out of each other's way, whichever process is late."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from feedsvc.core.errors import Overtaken
from feedsvc.store.claims import Fence
from feedsvc.store.store import Store
from tests.store.records import NOW, SOURCE

MINUTE = timedelta(minutes=1)


def test_a_claim_of_a_worker_that_no_longer_leads_writes_nothing(store: Store) -> None:
    with store.write() as snapshot:
        snapshot.sources.change(SOURCE, due_at=NOW)
        epoch = snapshot.claims.lead("worker", "worker:asleep", NOW, MINUTE)
        assert epoch is not None
        assert snapshot.claims.lead("worker", "worker:awake", NOW + 2 * MINUTE, MINUTE) == epoch + 1
        # The sleeper wakes and claims, before it learns that it was replaced: the claim itself is good.
        claim = snapshot.claims.claim_due(SOURCE, "worker:asleep", NOW + 2 * MINUTE)
        assert claim is not None
        snapshot.claims.check(Fence(SOURCE, claim, ("worker", epoch + 1)))
        with pytest.raises(Overtaken, match="another worker leads"):
            snapshot.claims.check(Fence(SOURCE, claim, ("worker", epoch)))


def test_a_writing_transaction_keeps_others_out_before_its_first_change(store: Store, store_url: str) -> None:
    """With a plain BEGIN, what it read could change before it writes, and SQLite would then refuse the write."""
    if not store_url.startswith("sqlite"):
        pytest.skip("PostgreSQL locks rows, not the database")
    file = store_url.removeprefix("sqlite:///")
    with store.write() as snapshot, closing(sqlite3.connect(file, timeout=0)) as rival:
        snapshot.sources.states()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            rival.execute("BEGIN IMMEDIATE")
