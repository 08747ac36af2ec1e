"""A Django site with one `django-ical` feed, its events in memory. EVENTS names the file that they are read from."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import django
from builder import INSTANTS
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path
from django_ical.views import ICalFeed

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="for a measurement", USE_TZ=True, DEBUG=False
)
django.setup()
EVENTS = json.loads(Path(os.environ["EVENTS"]).read_text(encoding="utf-8"))
for event in EVENTS:
    event.update({name: datetime.fromisoformat(event[name]) for name in INSTANTS})
ITEMS = [SimpleNamespace(**event) for event in EVENTS]


class EventFeed(ICalFeed):
    """The feed, by the documentation's example."""

    product_id = "-//example//calendar//EN"
    timezone = "UTC"
    file_name = "calendar.ics"
    title = "Open Gov Week"

    def items(self) -> list[SimpleNamespace]:
        """All events."""
        return ITEMS

    def item_guid(self, item: SimpleNamespace) -> str:
        """Its UID."""
        return str(item.uid)

    def item_title(self, item: SimpleNamespace) -> str:
        """Its summary."""
        return str(item.summary)

    def item_description(self, item: SimpleNamespace) -> str:
        """Its description."""
        return str(item.description)

    def item_link(self, item: SimpleNamespace) -> str:
        """Where to read more."""
        return item.url or "/"

    def item_start_datetime(self, item: SimpleNamespace) -> datetime:
        """Its start."""
        return item.start

    def item_end_datetime(self, item: SimpleNamespace) -> datetime:
        """Its end."""
        return item.end

    def item_timestamp(self, item: SimpleNamespace) -> datetime:
        """Its last change."""
        return item.modified

    def item_categories(self, item: SimpleNamespace) -> list[str]:
        """Its themes and countries."""
        return item.categories


urlpatterns = [path("calendar.ics", EventFeed())]
application = get_wsgi_application()
