"""The headers that keep strangers out of answers that are no pages; those of pages stand in `respond`."""

from __future__ import annotations

NOSNIFF = ("X-Content-Type-Options", "nosniff")
NO_REFERRER = ("Referrer-Policy", "no-referrer")
NO_DEVICES = ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()")
HSTS = ("Strict-Transport-Security", "max-age=31536000")
FEED_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    NOSNIFF,
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    NO_REFERRER,
    NO_DEVICES,
)
"""A feed is no document of a browser: nothing in it may run, whatever it is taken for."""
OTHER_HEADERS = (
    NOSNIFF,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    NO_REFERRER,
    NO_DEVICES,
)
