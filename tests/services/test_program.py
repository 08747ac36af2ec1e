"""The fingerprint of everything in force, and which program may write a store."""

from __future__ import annotations

import ast
import shutil
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import feedsvc
from feedsvc.core.dimensions import Region, Regions, Theme, Themes
from feedsvc.core.errors import ProgramTooOld
from feedsvc.feeds.build import SiteFacts
from feedsvc.services.program import (
    PACKAGES,
    code_digest,
    fingerprint,
    lacking,
    take_over,
    zones_in_use,
    zones_on_disk,
)
from feedsvc.store.editions import Writer
from feedsvc.store.store import Store
from tests.sample import NOW

PACKAGE = Path(feedsvc.__file__).parent
SITE = SiteFacts("Week", "example.org", None, "#000000", timedelta(hours=12), timedelta(hours=1), 700_000)
THEMES, REGIONS = Themes([Theme("Justice")]), Regions([Region("Asia", frozenset({"jp", "cn"}), "142")])
BASE = fingerprint(SITE, THEMES, REGIONS, "2025b")


def test_fingerprint_is_the_same_as_long_as_nothing_changes() -> None:
    again = Regions([Region("Asia", frozenset({"cn", "jp"}), "142")])
    assert fingerprint(replace(SITE), Themes([Theme("Justice")]), again, "2025b") == BASE


@pytest.mark.parametrize(
    "other",
    [
        fingerprint(replace(SITE, name="Other"), THEMES, REGIONS, "2025b"),
        fingerprint(replace(SITE, color="#000001"), THEMES, REGIONS, "2025b"),
        fingerprint(replace(SITE, default_length=timedelta(hours=2)), THEMES, REGIONS, "2025b"),
        fingerprint(SITE, Themes([Theme("Justice", ("Law",))]), REGIONS, "2025b"),
        fingerprint(SITE, THEMES, Regions([Region("Asia", frozenset({"jp"}), "142")]), "2025b"),
        fingerprint(SITE, THEMES, REGIONS, "2026a"),
    ],
)
def test_everything_that_shapes_feeds_changes_the_fingerprint(other: str) -> None:
    assert other != BASE


@pytest.mark.parametrize(
    ("file", "word"),
    [("ical/write/description.py", "Where"), ("core/findings.py", "unknown"), ("sources/tribe.py", "events")],
)
def test_another_wording_in_the_code_changes_the_fingerprint(tmp_path: Path, file: str, word: str) -> None:
    for package in PACKAGES:
        shutil.copytree(PACKAGE / package, tmp_path / package)
    before = code_digest(tmp_path)
    assert before == code_digest(PACKAGE)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert word in text
    (tmp_path / file).write_text(text.replace(word, word.swapcase(), 1), encoding="utf-8")
    assert code_digest(tmp_path) != before


def test_code_that_reads_and_writes_uses_no_code_that_the_fingerprint_does_not_cover() -> None:
    covered = {f"feedsvc.{package}" for package in PACKAGES} | {"feedsvc.store", "feedsvc.config"}
    for package in PACKAGES:
        for file in (PACKAGE / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("feedsvc."):
                    assert ".".join((node.module or "").split(".")[:2]) in covered, f"{file} imports {node.module}"


@pytest.fixture
def zones(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Puts time zone data of a release on the disk."""
    before = zoneinfo.TZPATH

    def put(release: str) -> None:
        (tmp_path / "tzdata.zi").write_text(f"# version {release}\n", encoding="ascii")
        zoneinfo.reset_tzpath([str(tmp_path)])

    yield put
    zoneinfo.reset_tzpath(before)
    zones_in_use.cache_clear()


def test_zone_data_in_use_is_what_the_process_began_with(zones: Callable[[str], None]) -> None:
    zones("2025b")
    zones_in_use.cache_clear()
    assert zones_in_use() == "2025b"
    zones("2026a")
    assert (zones_in_use(), zones_on_disk()) == ("2025b", "2026a")


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (Writer("0.2.0", "2025b"), None),
        (Writer("0.1.9", "2024a"), None),
        (Writer("0.10.0", "2025b"), "by feedsvc 0.10.0, newer than this 0.2.0"),
        (Writer("0.2.0", "2026a"), "with time zone data 2026a, newer than the 2025b of this process"),
        (Writer("0.1.0", "2026a"), "with time zone data 2026a, newer than the 2025b of this process"),
        (Writer("0.2.0", "unknown"), None),
        (None, None),
    ],
)
def test_program_lacks_what_a_higher_version_or_zone_data_has(last: Writer | None, told: str | None) -> None:
    assert lacking(last, Writer("0.2.0", "2025b")) == told


def test_lower_program_may_not_write_until_it_is_allowed_once(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'feedsvc.sqlite'}")
    store.prepare(NOW)
    old, new = Writer("0.2.0", "2025b"), Writer("0.3.0", "2025b")
    take_over(store, old)
    take_over(store, new)
    with pytest.raises(ProgramTooOld, match=r"by feedsvc 0\.3\.0, newer than this 0\.2\.0; .*--allow-older"):
        take_over(store, old)
    take_over(store, old, allow_older=True)
    take_over(store, old)
    store.close()
