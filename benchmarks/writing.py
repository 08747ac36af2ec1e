"""Writes one large feed into a file, as `publish` does, in a process of its own whose memory somebody watches.

    python -m benchmarks.writing FOLDER FILE

Says "ready" once everything is loaded and a first small feed was built, waits for a line, writes, says "done".
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.stores import Deployment
from feedsvc.feeds.build import build, stream
from feedsvc.feeds.feed import formats
from feedsvc.feeds.spec import make_spec


def main(folder: str, file: str) -> None:
    """Load, wait, write."""
    wired = Deployment(Path(folder)).runtime()
    site, vocabulary, form = wired.documents.site, wired.documents.vocabulary(), formats()["ics"]
    with wired.store.read() as snapshot:
        build(snapshot, make_spec({"country": ("nz",)}), form, site, vocabulary)
    print("ready", flush=True)
    sys.stdin.readline()
    with wired.store.read(in_passing=True) as snapshot, Path(file).open("wb") as out:
        out.writelines(stream(snapshot, make_spec({}), form, site, vocabulary))
    print("done", flush=True)
    wired.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
