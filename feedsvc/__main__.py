"""`python -m feedsvc` is `feedsvc`."""

from __future__ import annotations

from feedsvc.cli.main import run

run()
