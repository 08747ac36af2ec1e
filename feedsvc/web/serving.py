"""What the gate and the Flask routes share: the terms on which documents are served, and who counts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from feedsvc.config.settings import Settings
from feedsvc.web.http.answers import Terms

Served = Callable[[str, str | None, str | None, int], None]
"""Called with path, User-Agent, client address and status of every document served. It has to be cheap."""


@dataclass(slots=True)
class Hits:
    """What the gate answered since the process began, by status: 200 and 304."""

    full: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Serving:
    """The same for every request."""

    terms: Terms
    on_served: Served | None = None
    hits: Hits = field(default_factory=Hits)

    @classmethod
    def of(cls, settings: Settings, on_served: Served | None = None) -> Serving:
        """As configured."""
        https = (settings.site.base_url or "").startswith("https:")
        return cls(Terms(int(settings.feeds.max_age.total_seconds()), https=https), on_served)
