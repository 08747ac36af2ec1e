"""The service over the sample listing of 30 May 2024, read once for all tests that only look at it; and a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from feedsvc.bootstrap import Runtime, make_runtime
from feedsvc.config.loader import Config, load
from feedsvc.refresh import refresh
from feedsvc.sources.base import find_kinds
from tests.quick import prepared_folder

ROOT = Path(__file__).parent.parent
NOW = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)


@dataclass
class Ticks:
    """A monotonic clock that goes when it is told to."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def configured(folder: Path, **environment: str) -> Config:
    """The project's own configuration with its data in a folder, and these variables over it."""
    kinds = {name: kind.settings for name, kind in find_kinds().items()}
    given = MappingProxyType({"FEEDSVC_DATA_DIR": str(folder), **environment})
    return load(kinds, ROOT / "config" / "feedsvc.toml", given)


def opened(folder: Path, monotonic: Callable[[], float] | None = None, **environment: str) -> Runtime:
    """Services over what is in a folder."""
    config = configured(folder, **environment)
    return make_runtime(config, lambda: NOW) if monotonic is None else make_runtime(config, lambda: NOW, monotonic)


def read_sample(folder: Path) -> None:
    """Put a store with the sample in it into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "feedsvc.sqlite").write_bytes(_sample_store())


@cache
def _sample_store() -> bytes:
    with TemporaryDirectory() as place:
        folder = Path(place)
        prepared_folder(folder)
        runtime = opened(folder)
        outcome = refresh(runtime.refresh_context, runtime.config.sources[0])
        assert (outcome.run.outcome, outcome.run.new) == ("applied", 70)
        runtime.close()
        return (folder / "feedsvc.sqlite").read_bytes()
