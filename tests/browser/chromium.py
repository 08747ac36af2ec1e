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


def why_not() -> str:
    """Why there is no browser here; empty when there is one."""
    if importlib.util.find_spec("playwright") is None:
        return "the package playwright is not installed"
    if not any(map(shutil.which, PROGRAMS)):
        return f"none of {', '.join(PROGRAMS)} is installed; on Debian: apt install chromium"
    return ""


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser, started; `new_context` gives a fresh profile."""
    api = importlib.import_module("playwright.sync_api")
    program = next(path for name in PROGRAMS if (path := shutil.which(name)))
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()
