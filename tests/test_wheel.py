"""The wheel: everything that the program needs is in it, and it works where there is nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.sample import ROOT

pytestmark = pytest.mark.slow

LEFT_OUT = ("__pycache__", ".pyc")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this very code."""
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    return zipfile.ZipFile(built)


def below(folder: str) -> set[str]:
    """Every file in a folder of the project."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT / folder)) for path in found if not any(part in str(path) for part in LEFT_OUT)}


def test_code_pages_migrations_and_default_configuration_are_in_it(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    ours = {f"feedsvc/{name}" for name in below("feedsvc")} | {f"feedsvc/defaults/{name}" for name in below("config")}
    assert names == ours
    assert {Path(name).suffix for name in names} >= {".html", ".css", ".js", ".po", ".toml", ".txt", ".typed"}


def test_it_reads_the_sample_far_from_any_clone(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    known = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}

    def feedsvc(*words: str) -> str:
        # The code of the clone is found through a file of its environment's; the wheel's comes first.
        command, environment = [sys.executable, "-m", "feedsvc", *words], {**known, "PYTHONPATH": f"{tmp_path}/site"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    assert feedsvc("check-config").startswith(f"{tmp_path}/site/feedsvc/defaults/feedsvc.toml: right; 1 source")
    assert "75 listings, 70 new" in feedsvc("refresh")
    assert len(json.loads(feedsvc("events", "--format", "json"))) == 70
    assert (tmp_path / "var" / "feedsvc.sqlite").is_file()
