"""A real Chromium, as Debian packages it. It reaches nothing but this machine."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


NEEDED = ("playwright.sync_api", "axe_playwright_python.sync_playwright")


def _taken(module: str, name: str) -> Any:
    """What a package offers; None where it is not installed, so that tests can still be collected and skipped."""
    return None if _absent(module) else getattr(importlib.import_module(module), name)


def _absent(module: str) -> bool:
    return importlib.util.find_spec(module.partition(".")[0]) is None


expect = _taken(NEEDED[0], "expect")
Axe = _taken(NEEDED[1], "Axe")


def why_not() -> str:
    """Why there is no browser here; empty when there is one."""
    if lacking := [module.partition(".")[0] for module in NEEDED if _absent(module)]:
        return f"not installed: {', '.join(lacking)}"
    if not any(map(shutil.which, PROGRAMS)):
        return f"none of {', '.join(PROGRAMS)} is installed; on Debian: apt install chromium"
    return ""


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser, started; `new_context` gives a fresh profile."""
    api = importlib.import_module(NEEDED[0])
    # As long as anything takes on a busy machine; reached only when something is wrong.
    api.expect.set_options(timeout=30_000)
    program = next(path for name in PROGRAMS if (path := shutil.which(name)))
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()
