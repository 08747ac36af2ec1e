"""An administration without accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.services import passwords
from tests.admin.office import Office


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of a second for each password is for the attacker, not for the tests."""
    monkeypatch.setattr(passwords, "_COST", 4)
    monkeypatch.setattr(passwords, "_NOBODYS", passwords._NOBODYS.replace("$15$", "$4$"))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.runtime.close()
