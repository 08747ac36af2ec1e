"""Pages for one refresh: from a local file, from the network, asked whether they changed since the last time, or from a
capture.

A page that did not change comes out of the store. The hardest case is a 304 where what is stored turns out to be
unusable: then it is asked for again, without validators.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from feedsvc.config.loader import Source
from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Page
from feedsvc.core.secrets import masked_url
from feedsvc.core.serialize import digest, fingerprint
from feedsvc.fetch import Response, Validators, read_file
from feedsvc.refresh.context import RefreshContext, Tell
from feedsvc.store.captures import CapturedPage, StoredPage
from feedsvc.store.claims import Fence

LONGEST = 1_800.0
"""Seconds that fetching the pages of one refresh may take altogether."""
RENEWAL = 120.0
"""Seconds after which a claim is renewed; it counts for ten minutes."""


@dataclass(slots=True)
class PageLoader:
    """Gives pages by address, None being the source's own. Remembers what it gave, for the store.

    `tell` is told which page it is. `fence` is the claim that is kept alive meanwhile. `fetched_bytes` counts what came
    over the network or from the file. `moved_to` is where the source's own address says it has moved for good. With a
    `capture` everything comes out of it.
    """

    context: RefreshContext
    source: Source
    tell: Tell = str
    conditional: bool = True
    fence: Fence | None = None
    fetched_bytes: int = 0
    moved_to: str | None = None
    asked: set[str] = field(default_factory=set)
    found: dict[str, StoredPage] = field(default_factory=dict)
    recalled: dict[str, StoredPage] = field(default_factory=dict)
    own_file: Page | None = None
    capture: CapturedPages | None = None
    began: float | None = None
    renewed: float = 0.0

    def __call__(self, url: str | None = None) -> Page:
        """A page; the claim is kept alive meanwhile. Raises FetchFailed, StoreUnavailable."""
        if self.capture is not None:
            return self.capture(url)
        if url is None and self.source.path is not None:
            page = read_file(self.source.path)
            self.fetched_bytes += len(page.content)
            self.own_file = page
            return page
        address = url or self.source.common.url
        if address is None:
            raise FetchFailed(f"source {self.source.id!r} is a file; it has no address to fetch")
        now = self.context.monotonic()
        if self.began is None:
            self.began = self.renewed = now
        if now - self.began > LONGEST:
            # Nobody holds a place for ever.
            minutes = f"{LONGEST / 60:g} min"
            raise FetchFailed(f"{address}: not asked for; fetching {len(self.asked)} pages took longer than {minutes}")
        if self.fence is not None and now - self.renewed > RENEWAL:
            self.renewed = now
            with self.context.store.write() as snapshot:
                snapshot.claims.renew([self.fence], self.context.clock())
        self.asked.add(address)
        self.tell(f"fetching page {len(self.asked)}")
        return self._fetched(address)

    def recall(self, url: str) -> Page | None:
        """A page as it was found the last time; None where there is none, or where what is new is wanted."""
        if self.capture is not None:
            return self.capture.recall(url)
        stored = self._stored(url)
        if stored is not None:
            self.recalled[url] = stored
        return _page_of(stored)

    def told(self) -> str:
        """A fingerprint of everything that was given; empty where nothing was."""
        own = [] if self.own_file is None else [f" {fingerprint(self.own_file.content)}"]
        pages = (f"{masked_url(page.url)} {page.digest}" for page in (self.recalled | self.found).values())
        given = [*own, *pages]
        return digest("\n".join(given)) if given else ""

    def captured(self) -> list[CapturedPage]:
        """Everything that was given, in the order of asking, without the secrets of addresses."""
        made = []
        if self.own_file is not None:
            own = self.own_file
            body = zlib.compress(own.content)
            made.append(CapturedPage("", own.url, own.content_type, own.charset, fingerprint(own.content), body))
        for page in (self.recalled | self.found).values():
            addresses = masked_url(page.url), masked_url(page.found_at)
            made.append(CapturedPage(*addresses, page.content_type, page.charset, page.digest, page.body))
        return made

    def _fetched(self, address: str) -> Page:
        stored = self._stored(address)
        response = self._get(address, stored)
        page = response.page or _page_of(stored)
        if page is None:
            stored = None
            response = self._get(address, None)
            page = response.page
        if page is None:
            raise FetchFailed(f"{address}: answered 304 to somebody who has nothing", status=304)
        if address == self.source.common.url:
            self.moved_to = response.moved_to
        self.found[address] = _to_store(address, page, response.validators, stored)
        return page

    def _get(self, address: str, stored: StoredPage | None) -> Response:
        validators = None if stored is None else Validators(stored.etag, stored.last_modified)
        response = self.context.get(address, validators, self.source.common.user_agent)
        self.fetched_bytes += response.fetched_bytes
        return response

    def _stored(self, address: str) -> StoredPage | None:
        if not self.conditional:
            return None
        with self.context.store.read() as snapshot:
            return snapshot.pages.find(self.source.id, address)


@dataclass(slots=True)
class CapturedPages:
    """Gives the pages of a capture by address, None being the source's own."""

    source: Source
    by_address: dict[str, list[CapturedPage]] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, pages: Iterable[CapturedPage]) -> CapturedPages:
        """The pages of one capture."""
        given = cls(source)
        for page in pages:
            given.by_address.setdefault(page.address, []).append(page)
        return given

    def __call__(self, url: str | None = None) -> Page:
        """A page as it was captured. Raises FetchFailed where there is none."""
        page = self.recall(url or (self.source.common.url or "" if self.source.path is None else ""))
        if page is None:
            raise FetchFailed(f"{masked_url(url or self.source.id)}: not in the capture")
        return page

    def recall(self, url: str) -> Page | None:
        """The same; None where there is none."""
        found = self.by_address.get(masked_url(url))
        if not found:
            return None
        page = found.pop(0) if len(found) > 1 else found[0]
        return Page(page.found_at, page.content, page.content_type, page.charset)


def _page_of(stored: StoredPage | None) -> Page | None:
    """What is stored as a page; None where there is nothing or it cannot be unpacked."""
    if stored is None:
        return None
    try:
        return Page(stored.found_at, stored.content, stored.content_type, stored.charset)
    except zlib.error:
        return None


def _to_store(address: str, page: Page, given: Validators, stored: StoredPage | None) -> StoredPage:
    """The page as it is kept. An answer without validators, as many a 304 is, leaves those that are known."""
    content = fingerprint(page.content)
    same = stored is not None and stored.digest == content
    known = Validators(stored.etag, stored.last_modified) if stored is not None and same else Validators(None, None)
    return StoredPage(
        url=address,
        found_at=page.url,
        content_type=page.content_type,
        charset=page.charset,
        etag=given.etag or known.etag,
        last_modified=given.last_modified or known.last_modified,
        digest=content,
        body=stored.body if stored is not None and same else zlib.compress(page.content),
    )
