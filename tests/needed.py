"""What some tests need and not every machine has: a PostgreSQL, a browser, an nginx. Where it is missing a test is
skipped with the reason; what FEEDSVC_REQUIRE names (with commas) fails instead, so that CI cannot skip it unnoticed.
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str, why: str) -> NoReturn:
    """End the present test: skipped, or failed where this is required."""
    if what in os.environ.get("FEEDSVC_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"{what} is required and missing: {why}", pytrace=False)
    pytest.skip(f"{what} is missing: {why}")
