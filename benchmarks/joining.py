"""Building a document of one feed again and again, past every cache: what a miss costs below HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.stores import Deployment
from feedsvc.feeds.build import build
from feedsvc.feeds.document import Document
from feedsvc.feeds.feed import formats
from feedsvc.feeds.spec import make_spec

Feed = Mapping[str, tuple[str, ...]]
TARGET_FEED: Feed = {"country": ("cl",)}


class Joiner:
    """Builds one feed of a place. To be closed."""

    def __init__(self, deployment: Deployment, feed: Feed = TARGET_FEED) -> None:
        self._wired = deployment.runtime()
        self._spec = make_spec(feed)
        self._vocabulary = self._wired.documents.vocabulary()

    def build(self, extension: str) -> Document:
        """The document, from a snapshot of its own."""
        with self._wired.store.read() as snapshot:
            return build(snapshot, self._spec, formats()[extension], self._wired.documents.site, self._vocabulary)

    def formats(self) -> tuple[str, ...]:
        """Every extension there is."""
        return tuple(formats())

    def close(self) -> None:
        """Let go of the store."""
        self._wired.close()
