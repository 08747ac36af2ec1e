"""The application as it is behind its gate: Flask answers every request. Only to be measured against."""

from __future__ import annotations

from flask import Flask

from feedsvc.app import create_application as _create

__all__ = ["create_application"]


def create_application() -> Flask:
    """The Flask application alone."""
    return _create()
