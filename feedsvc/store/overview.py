"""The editions of a store, for publishing all of it: when each was made, and the history it belongs to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from feedsvc.core import serialize
from feedsvc.store.provenance import Provenance
from feedsvc.store.schema import edition, meta


class Overview:
    """Reads within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def made_at(self, number: int) -> datetime | None:
        """The time an edition was committed; of number 0, when the store was made. None without such an edition."""
        if number:
            found: datetime | None = self._connection.execute(
                select(edition.c.made_at).where(edition.c.number == number)
            ).scalar()
            return found
        founded = self._connection.execute(select(meta.c.value).where(meta.c.key == "founded_at")).scalar_one()
        return serialize.instant(int(founded))

    def history(self, number: int) -> str | None:
        """A name for the editions up to this one; None when the store has no such edition.

        Two stores, or a store and its restored backup that went another way, give different names.
        """
        made = self.made_at(number)
        founded = self.made_at(0)
        if made is None or founded is None:
            return None
        own = Provenance(self._connection).history()
        return f"{own}-{serialize.seconds(founded)}-{serialize.seconds(made)}"
