"""Which stored records a source still lists although their date cannot be read. Pure.

Known by the source's own id (of a series: all its occurrences), by a link that one record has, or by a title that one
record and no other listing has. A title of several is a series, and says nothing of any one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from feedsvc.core.model import Event, Present, Record
from feedsvc.core.text import canonical_url, clean_line, fold, safe_url


def claimed_for_sure(present: Sequence[Present], records: Mapping[str, Record]) -> set[str]:
    """The UIDs that ids and links name, to be set apart before anything else is recognised."""
    ids = {f"id:{clean_line(one.native_id)}" for one in present if one.native_id}
    links = {canonical_url(link) for one in present if (link := safe_url(one.link))}
    if not ids and not links:
        return set()
    by_link = Counter(link for record in records.values() if (link := _link(record.event)))
    return {
        uid
        for uid, record in records.items()
        if (record.event.identity in ids or record.event.identity.rpartition("/")[0] in ids)
        or ((link := _link(record.event)) in links and by_link[link] == 1)
    }


def claimed_by_rest(present: Sequence[Present], absent: Mapping[str, Record], listed: Iterable[Event]) -> set[str]:
    """The UIDs that are left once every readable listing was recognised: under a shared link, or by a lonely title."""
    links = {canonical_url(link) for one in present if (link := safe_url(one.link))}
    titles = {fold(one.title) for one in present if one.title and not one.native_id}
    if not absent or not (links or titles):
        return set()
    known = Counter(fold(title) for record in absent.values() if (title := record.event.title))
    known.update(fold(title) for event in listed if (title := event.title))
    return {
        uid
        for uid, record in absent.items()
        if _link(record.event) in links or ((name := fold(record.event.title or "")) in titles and known[name] == 1)
    }


def _link(event: Event) -> str | None:
    return canonical_url(event.link) if event.link else None
