"""A test that needs what is not there is skipped with the reason, and fails where it is required."""

from __future__ import annotations

import pytest

from tests.needed import missing


def test_what_is_missing_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDSVC_REQUIRE", "browser")
    with pytest.raises(pytest.skip.Exception, match="postgres is missing: no server"):
        missing("postgres", "no server")


@pytest.mark.parametrize("required", ["postgres", "browser,postgres", "nginx, postgres"])
def test_what_is_required_and_missing_fails(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    monkeypatch.setenv("FEEDSVC_REQUIRE", required)
    with pytest.raises(pytest.fail.Exception, match="postgres is required and missing: no server"):
        missing("postgres", "no server")
