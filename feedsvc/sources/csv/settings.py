"""Settings of a table of events: the meaning of its columns, and the formats of its dates and times."""

from __future__ import annotations

import codecs
from typing import Literal

from pydantic import Field, field_validator

from feedsvc.sources.parsing.fields import Fields, FieldSettings


class Settings(FieldSettings):
    """The keys of `csv` beside those of every source."""

    columns: Fields
    """The table's headings; letter case and spaces around them do not matter."""
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    """The character between cells; found from the headings where none is set."""
    encoding: str | None = None
    """The encoding of the table, such as "cp1251", where neither the server nor the table says it right."""
    sheet: str | None = None
    """The sheet of a workbook (XLSX); the first one where none is named."""
    id_names: Literal["events", "dates"] = "events"
    """What an id is of: an event, which may take place again, or a single date of it."""

    @field_validator("delimiter")
    @classmethod
    def _no_quote(cls, value: str | None) -> str | None:
        if value is not None and value in '"\r\n':
            raise ValueError("must not be a quote or a line end")
        return value

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            is_text = value is None or codecs.lookup(value)._is_text_encoding
        except LookupError:
            is_text = False
        if not is_text:
            raise ValueError('unknown encoding; for example "cp1251" or "utf-16-le"')
        return value
