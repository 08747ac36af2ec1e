"""The sample listing behind the application, read once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedsvc.app import create_application
from feedsvc.bootstrap import Runtime
from tests.sample import opened, read_sample


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample in it; not to be written."""
    folder = tmp_path_factory.mktemp("sample")
    read_sample(folder)
    return folder


@pytest.fixture(scope="module")
def runtime(sample_folder: Path) -> Iterator[Runtime]:
    """Services over the sample, with a public address."""
    made = opened(sample_folder, FEEDSVC_BASE_URL="https://calendars.example.org")
    yield made
    made.close()


@pytest.fixture(scope="module")
def application(runtime: Runtime) -> Flask:
    """The application as it is served, with its gate."""
    return create_application(runtime)


@pytest.fixture
def client(application: Flask) -> FlaskClient:
    """Somebody who asks it."""
    return application.test_client()
