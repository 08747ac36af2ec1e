"""A refresh that is killed leaves the old edition or the new one, never anything between."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROUNDS = 50


def test_killed_at_fifty_points_the_store_is_the_old_or_the_new_edition(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.refresh.crashing", str(tmp_path), str(ROUNDS)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=120, check=False
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(lines) == ROUNDS
    assert "after the commit: new" in lines
    assert "after applying: old" in lines
    ends = Counter(line.partition(": ")[2] for line in lines)
    assert min(ends["old"], ends["new"]) > 1
