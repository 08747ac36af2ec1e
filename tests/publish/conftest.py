"""Houses to publish from. Nobody pulls the plug in these tests, so nothing waits for the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.publish.house import House, close

Build = Callable[..., House]


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Makes houses, all publishing into one directory; closes them at the end."""
    with ExitStack() as houses:
        yield lambda **given: close(houses, House(tmp_path, **given))


@pytest.fixture
def house(build: Build) -> House:
    """A house over an empty store."""
    return build()
