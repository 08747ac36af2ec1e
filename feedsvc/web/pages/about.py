"""Contents of the page about the service: who runs it, how often it reads, an example of its data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedsvc.config.settings import SourceSettings
from feedsvc.feeds.spec import FeedSpec
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.i18n import Words


@dataclass(frozen=True, slots=True)
class AboutPage:
    """Everything the template needs. `every` is the pace of the quickest source in words."""

    every: str
    contact_link: str
    example: str
    example_path: str


def about_page(builder: PageBuilder, words: Words, now: datetime) -> AboutPage:
    """The page about the service; its example is the country with most events."""
    counts = builder.figures(FeedSpec(), now).counts(builder.dimensions["country"])
    known = {code: events for code, events in counts.items() if code != "other"}
    spec = FeedSpec().toggled("country", max(known, key=lambda code: (known[code], code))) if known else FeedSpec()
    contact = builder.site.contact
    paces = [source.common.every for source in builder.runtime.config.sources]
    return AboutPage(
        every=words.duration(min(paces, default=SourceSettings.model_fields["every"].default)),
        contact_link=f"mailto:{contact}" if "@" in contact and ":" not in contact else contact,
        example=builder.name(spec, words),
        example_path=spec.path,
    )
