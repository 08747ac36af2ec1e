"""What a fetch gives: bytes, where they were found, and what they are said to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """`url` is where it was found in the end, after redirects; `charset` is the one the server stated."""

    url: str
    content: bytes
    content_type: str = ""
    charset: str | None = None
