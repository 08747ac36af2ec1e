"""feedsvc: calendar feeds that people subscribe to once and that stay right."""

__version__ = "0.2.0"
