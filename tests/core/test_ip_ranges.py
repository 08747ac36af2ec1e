"""Only public addresses are reached, whatever their form; the configuration may allow single inner ones."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core.ip_ranges import Allowed, is_public, parse_allow


def _words(text: str) -> list[str]:
    return text.split()


INNER = _words("""
127.0.0.1 10.0.0.1 100.64.0.1 169.254.169.254 0.0.0.0 192.0.0.9 198.18.0.1 224.0.0.1 239.255.255.250 240.0.0.1
255.255.255.255 192.88.99.1 168.63.129.16 100.100.100.200 172.16.0.1 192.168.1.1 192.0.2.1 203.0.113.5
::1 :: ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::7f00:1 2002:7f00:1:: 2001:0:7f00:1::
fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff0e::1 100::1 2001:db8::1 3fff::1 5f00::1 2001:1::1 2001:20::1 4000::1
2606:4700::1111%eth0
""")
PUBLIC = _words("8.8.8.8 1.1.1.1 9.9.9.9 100.63.255.255 172.32.0.1 168.63.129.17 2606:4700::1111 2a00:1450::1")
EMBEDDINGS = {
    "mapped": lambda v4: (0xFFFF << 32) | v4,
    "compatible": lambda v4: v4,
    "NAT64": lambda v4: (0x64FF9B << 96) | v4,
    "local NAT64": lambda v4: (0x64FF9B0001 << 80) | v4,
    "6to4": lambda v4: (0x2002 << 112) | (v4 << 80) | 1,
    "Teredo server": lambda v4: (0x20010000 << 96) | (v4 << 64),
    "Teredo client": lambda v4: (0x20010000 << 96) | (0x08080808 << 64) | (v4 ^ 0xFFFFFFFF),
}


@pytest.mark.parametrize("text", INNER)
def test_inner_and_special_addresses_are_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_addresses_of_the_open_internet_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("form", EMBEDDINGS)
@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_never_public(form: str, address: IPv4Address) -> None:
    assert not is_public(IPv6Address(EMBEDDINGS[form](int(address))))


@given(st.ip_addresses())
def test_no_public_address_is_of_a_kind_that_the_standard_library_calls_inner(
    address: IPv4Address | IPv6Address,
) -> None:
    kinds = (address.is_private, address.is_multicast, address.is_reserved, address.is_link_local)
    assert not (is_public(address) and any(kinds))


ENTRIES = [
    ("calendar.internal:8080", "calendar.internal", 8080),
    ("Calendar.Internal:*", "calendar.internal", None),
    ("10.0.0.0/8:8080", ip_network("10.0.0.0/8"), 8080),
    ("127.0.0.1:5000", ip_network("127.0.0.1/32"), 5000),
    ("[::1]:8000", ip_network("::1/128"), 8000),
    ("[fd00::/8]:*", ip_network("fd00::/8"), None),
    ("localhost:1", "localhost", 1),
]


@pytest.mark.parametrize(("text", "place", "port"), ENTRIES)
def test_an_allowed_place_is_a_host_or_a_network_with_a_port(text: str, place: object, port: int | None) -> None:
    assert parse_allow(text) == Allowed(place, port)


WRONG = _words("""
calendar.internal  calendar.internal:0  calendar.internal:65536  calendar.internal:http  :80  10.0.0.1/8:80  10.0.0.0/8
127.1:80  2130706433:80  0x7f000001:80  ::1:80  [::1:80  [10.0.0.1]:80  a..b:80  *:80  user@host:80  host/path:80
""")


@pytest.mark.parametrize("text", WRONG)
def test_an_entry_that_could_mean_something_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        parse_allow(text)


def test_an_entry_relaxes_only_its_own_place_and_port() -> None:
    entry = parse_allow("10.1.0.0/16:8080")
    assert entry.admits("any.example", ip_address("10.1.2.3"), 8080)
    assert not entry.admits("any.example", ip_address("10.1.2.3"), 8081)
    assert not entry.admits("any.example", ip_address("10.2.0.1"), 8080)
    assert not entry.admits("any.example", ip_address("::ffff:10.1.2.3"), 8080)


def test_a_host_entry_allows_whatever_that_host_resolves_to_and_no_other_host() -> None:
    entry = parse_allow("calendar.internal:*")
    assert entry.admits("calendar.internal", ip_address("10.0.0.1"), 22)
    assert not entry.admits("evil.calendar.internal", ip_address("10.0.0.1"), 22)
