"""Internet addresses that a fetch may reach: the public ones, and those that the configuration allows by name.

Only a resolved address is ever judged, never a host's spelling: "127.1", "0x7f000001" and "①②⑦.⓪.⓪.①" are all the
loopback address to a resolver. The hardest case is an IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4,
Teredo): a gateway may unpack it, so it is not public, whatever it carries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What Python's own tables call global on some of its versions, and nobody's public event listing lives in
# (IANA special-purpose registries; 168.63.129.16 is a cloud's inner service address).
_SPECIAL: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
_GLOBAL_UNICAST = IPv6Network("2000::/3")

_NAME = re.compile(r"(?!.*\.\.)[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_ENDS_IN_A_NUMBER = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)$")


def is_public(address: Address) -> bool:
    """Return True if an address is one of the open internet's, where anybody may publish."""
    if isinstance(address, IPv6Address) and (address not in _GLOBAL_UNICAST or address.scope_id is not None):
        return False
    inner = address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified
    if inner or address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _SPECIAL)


@dataclass(frozen=True, slots=True)
class Allowed:
    """An inner place that may be fetched from: a host's name or a network, and a port or None for every port."""

    place: str | Network
    port: int | None

    def admits(self, host: str, address: Address, port: int) -> bool:
        """Return True if this entry allows `address`, which `host` resolved to, on `port`. It relaxes nothing else."""
        if self.port not in (None, port):
            return False
        return address in self.place if not isinstance(self.place, str) else host == self.place

    def admits_port(self, host: str, port: int) -> bool:
        """Return True if `host` may be asked on `port` at all; its addresses are only known once it is resolved."""
        return self.port in (None, port) and (not isinstance(self.place, str) or host == self.place)


def parse_allow(text: str) -> Allowed:
    """Read "host:port", "10.0.0.0/8:8080", "[::1]:8000", "[fd00::/8]:443"; the port may be "*".

    Raises ValueError with the reason and an example.
    """
    place, separator, port = text.strip().lower().rpartition(":")
    if not separator or not (
        port == "*" or (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536)
    ):
        raise ValueError(f'{text!r} has no port; write for example "calendar.internal:8080", or "*" for every port')
    port_number = None if port == "*" else int(port)
    bracketed = place.startswith("[") and place.endswith("]")
    try:
        network = ip_network(place[1:-1] if bracketed else place)
    except ValueError:
        network = None
    if network is not None and bracketed == (network.version == 6):
        return Allowed(network, port_number)
    if network is None and _NAME.fullmatch(place) and not _ENDS_IN_A_NUMBER.search(place):
        return Allowed(place, port_number)
    raise ValueError(
        f"{text!r} names neither a host nor a network; write for example "
        '"calendar.internal:8080", "10.0.0.0/8:443" or "[::1]:8000"'
    )
