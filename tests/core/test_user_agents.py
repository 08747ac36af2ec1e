"""A user agent tells the program; what does not say its name is counted with the others."""

from __future__ import annotations

import pytest

from feedsvc.core.user_agents import FAMILIES, OTHER, client_network, family_named, family_of

SEEN = [
    ("Google-Calendar-Importer", "google"),
    ("iOS/17.5.1 (21F90) dataaccessd/1.0", "apple"),
    ("iOS/17.5.1 (21F90) accountsd/1.0", "apple"),
    ("macOS/11.0 (20A5343i) CalendarAgent/950", "apple"),
    ("Mac_OS_X/10.9.2 (13C64) CalendarAgent/176", "apple"),
    ("Mac+OS+X/10.10 (14A389) CalendarAgent/315", "apple"),
    ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)", "outlook"),
    ("Microsoft.Exchange/15.20 (CalendarSharing)", "outlook"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.1.0", "thunderbird"),
    ("Mozilla/5.0 (X11; rv:60.0) Gecko/20100101 Thunderbird/60.9 Lightning/6.2", "thunderbird"),
    ("ICSx5/2.2.1 (ical4j/3.2 okhttp/4.12 Android/14)", "icsx5"),
    ("Nextcloud Webcal Service", "nextcloud"),
    ("Nextcloud Webcal Crawler", "nextcloud"),
    # A browser by the same maker is no calendar.
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "other"),
    # Somebody who writes the name into the middle of another one's.
    ("curl/8 (not Google-Calendar-Importer)", "other"),
    ("vdirsyncer/0.20.0", "other"),
    ("Evolution/3.52", "other"),
    ("", "other"),
    ("\x00\udcff" * 10_000, "other"),
]


@pytest.mark.parametrize(("user_agent", "key"), SEEN, ids=[row[0][:40] for row in SEEN[:-1]] + ["rubbish"])
def test_user_agent_tells_the_family(user_agent: str, key: str) -> None:
    assert family_of(user_agent).key == key


def test_services_that_fetch_for_many_people_are_marked() -> None:
    assert {family.key for family in FAMILIES if family.for_many} == {"google", "outlook", "nextcloud"}


def test_key_of_another_version_is_shown_among_the_others() -> None:
    assert family_named("proton") is OTHER
    assert all(family_named(family.key) is family for family in FAMILIES)


def test_a_device_that_changes_its_address_within_its_network_counts_once() -> None:
    assert client_network("2001:db8:1:2:aaaa::1") == client_network("2001:db8:1:2:bbbb:cccc:dddd:eeee")
    assert client_network("2001:db8:1:2::1") != client_network("2001:db8:1:3::1")
    assert client_network("192.0.2.1") != client_network("192.0.2.2")
    assert client_network("fe80::1%eth0") == client_network("fe80::2")
    assert client_network("no:address") == "no:address"
