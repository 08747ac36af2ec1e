"""Reading a source again from a capture: what today's rules make of what it sent then. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedsvc.config.loader import Source
from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Page
from feedsvc.core.secrets import masked_url
from feedsvc.refresh.commit import counted
from feedsvc.refresh.context import Outcome, RefreshContext, Stopwatch
from feedsvc.refresh.plan import ParsedReading, make_plan
from feedsvc.refresh.reader import Task
from feedsvc.store.captures import CapturedPage


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


def reread(context: RefreshContext, source: Source, pages: Iterable[CapturedPage], asked_at: datetime) -> ParsedReading:
    """Read a capture by the rules in force. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    task = Task(source, context.themes, asked_at.date())
    return ParsedReading.of(context, source, context.read(task, CapturedPages.of(source, pages)))


def replay(context: RefreshContext, source: Source, pages: Iterable[CapturedPage], asked_at: datetime) -> Outcome:
    """Do with a capture what a refresh would do, but write nothing.

    Raises FetchFailed, SourceUnreadable, ChildFailed.
    """
    watch = Stopwatch.start(context)
    parsed = reread(context, source, pages, asked_at)
    with context.store.read() as snapshot:
        plan = make_plan(context, source, snapshot, parsed, context.clock())
    run = watch.stopped(replace(counted(watch.run(source.id), plan, "dry-run"), fetched_bytes=0))
    return Outcome(run, plan.changes, plan.findings)
