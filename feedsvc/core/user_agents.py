"""The program behind a fetch, told by its user agent. A *family* is one program in all its versions, or one service.

The hardest case is a service that fetches from its own machines: behind one fetch of Google, Outlook or Nextcloud
stand as many people as subscribed there, and nobody outside can tell how many.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

_LONGEST = 300
"""Characters of a user agent that are looked at."""


@dataclass(frozen=True, slots=True)
class Family:
    """`key` names it in the store, `name` is what people call it. `for_many`: one fetch may stand for many people."""

    key: str
    name: str
    pattern: str
    for_many: bool = False


OTHER = Family("other", "Other programs", "")
"""Browsers, feed readers, scripts, and calendar programs that do not say their name."""

FAMILIES = (
    Family("google", "Google Calendar", r"^google-calendar-importer", for_many=True),
    Family("nextcloud", "Nextcloud", r"^nextcloud", for_many=True),
    Family("icsx5", "ICSx5", r"^icsx5/"),
    Family("thunderbird", "Thunderbird", r"\b(thunderbird|lightning)/"),
    Family("apple", "Apple Calendar", r"\b(calendaragent|dataaccessd|accountsd|remindd)\b|^ical/"),
    Family("outlook", "Outlook", r"\boutlook\b|\bexchange\b|^microsoft", for_many=True),
    OTHER,
)
"""Every family; the first whose pattern is found in the lower-case user agent is the one."""

_BY_KEY = {family.key: family for family in FAMILIES}
_PATTERNS = tuple((re.compile(family.pattern), family) for family in FAMILIES)


@lru_cache(maxsize=4096)
def family_of(user_agent: str) -> Family:
    """The family of a user agent; OTHER for what is not known."""
    told = user_agent[:_LONGEST].lower()
    return next(family for pattern, family in _PATTERNS if pattern.search(told))


def family_named(key: str) -> Family:
    """The family with this key; OTHER for a key of another version of this program."""
    return _BY_KEY.get(key, OTHER)


def client_network(address: str) -> str:
    """An address; of an IPv6 one the first half, because a device changes the second half several times a day."""
    if ":" not in address:
        return address
    try:
        return IPv6Address(address.partition("%")[0]).packed[:8].hex()
    except AddressValueError:
        return address
