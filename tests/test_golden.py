"""The example listing as calendar programs get it: listings, events, VEVENT bytes, one file.

Any other wording or rule shows here. When it is meant: `python -m tests.test_golden` writes the file again, and the
difference is looked at.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.sample import ROOT, opened, read_sample

GOLDEN = ROOT / "tests/golden/open-gov-week-2024.ics"


def written() -> bytes:
    """The feed of every event of the sample."""
    with TemporaryDirectory() as folder:
        read_sample(Path(folder))
        runtime = opened(Path(folder), FEEDSVC_BASE_URL="https://calendars.example.org")
        document = runtime.documents.document(runtime.documents.find("/all").spec, "ics")
        runtime.close()
    return document.body


def test_listings_become_the_very_bytes_they_became_before() -> None:
    before, now = GOLDEN.read_bytes().decode().splitlines(), written().decode().splitlines()
    assert list(difflib.unified_diff(before, now, "golden", "now", lineterm="", n=1))[:40] == []


if __name__ == "__main__":
    GOLDEN.write_bytes(written())
