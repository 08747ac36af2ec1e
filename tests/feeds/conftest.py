"""The sample, read once; and a service to play with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.bootstrap import Runtime
from tests.feeds.world import World
from tests.sample import opened, read_sample


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample in it; not to be written."""
    folder = tmp_path_factory.mktemp("sample")
    read_sample(folder)
    return folder


@pytest.fixture
def sample(sample_folder: Path) -> Iterator[Runtime]:
    """Services over the sample."""
    runtime = opened(sample_folder, FEEDSVC_BASE_URL="https://calendars.example.org")
    yield runtime
    runtime.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.site.runtime.close()
