"""Permanent names of events. A UID is given once and never changes, whatever becomes of title, time or link.

It is made from the first identity seen, so that the same sources read into an empty store give the same UIDs.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

UID_NAMESPACE = uuid.UUID("6d1f0c1e-2b0f-5f0a-9a55-0d7c54f6a1d3")


def new_uid(source_id: str, identity: str, domain: str, taken: Collection[str]) -> str:
    """Give a UID that is not among `taken`.

    Where another event has grown out of the same identity, a number makes it another one.
    """
    for turn in range(1, len(taken) + 2):
        name = f"{source_id}\n{identity}" if turn == 1 else f"{source_id}\n{identity}\n{turn}"
        uid = f"{uuid.uuid5(UID_NAMESPACE, name)}@{domain}"
        if uid not in taken:
            return uid
    raise AssertionError("more names than taken UIDs were tried")
