"""Building with `django-ical`'s feed generator, without its view."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from builder import run
from django_ical.feedgenerator import ICal20Feed


def make(events: list[dict[str, Any]]) -> ICal20Feed:
    """The feed of these events."""
    feed = ICal20Feed(
        title="Open Gov Week", link="http://localhost/", description="", language="en", product_id="-//example//EN"
    )
    for event in events:
        feed.add_item(
            event["summary"],
            event["url"] or "http://localhost/",
            event["description"],
            unique_id=event["uid"],
            timestamp=event["modified"],
            created=event["created"],
            updateddate=event["modified"],
            start_datetime=event["start"],
            end_datetime=event["end"],
            categories=event["categories"],
            status="CONFIRMED",
            transparency="TRANSPARENT",
        )
    return feed


def write(feed: ICal20Feed) -> bytes:
    """Its bytes."""
    out = BytesIO()
    feed.write(out, "utf-8")
    return out.getvalue()


if __name__ == "__main__":
    run(make, write)
