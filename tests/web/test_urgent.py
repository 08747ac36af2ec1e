"""A feed with an event that begins soon is kept for a shorter time by caches; its bytes do not change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from feedsvc.core.model import Stated
from tests.web.site import Site, listing

DAY = date(2026, 5, 26)
STARTS = datetime(2026, 5, 26, 7, 0, tzinfo=UTC)
PATH = "/country/ke.ics"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    meeting = listing("Meeting", start=Stated(DAY, time(10), zone="Africa/Nairobi"), countries=("Kenya",))
    now = STARTS - timedelta(days=20)
    made = Site(tmp_path_factory.mktemp("urgent"), meeting, now=now, FEEDSVC_FEEDS__URGENT_MAX_AGE="20s")
    yield made
    made.runtime.close()


@pytest.mark.parametrize(
    ("before", "max_age"),
    [
        (timedelta(days=10), 300),
        (timedelta(hours=48, seconds=1), 300),
        (timedelta(hours=48), 20),
        (timedelta(seconds=1), 20),
        (timedelta(0), 300),
        (-timedelta(days=2), 300),
    ],
)
def test_caches_ask_sooner_while_an_event_is_near(site, before, max_age):
    site.now = STARTS - before
    answers = [site.client.get(PATH), site.client.get(PATH)]
    tag = answers[0].headers["ETag"]
    answers.append(site.client.get(PATH, headers={"If-None-Match": tag}))
    assert [one.status_code for one in answers] == [200, 200, 304]
    told = f"public, max-age={max_age}, stale-if-error=604800"
    assert [one.headers["Cache-Control"] for one in answers] == [told] * 3


def test_bytes_and_tag_stay_the_same(site):
    seen = set()
    for before in (timedelta(days=10), timedelta(hours=20), -timedelta(hours=1)):
        site.now = STARTS - before
        answer = site.client.get(PATH)
        seen.add((answer.data, answer.headers["ETag"], answer.headers["Last-Modified"]))
    assert len(seen) == 1


def test_a_setting_never_makes_it_longer(tmp_path):
    site = Site(
        tmp_path,
        listing("Meeting", start=Stated(DAY, time(10), zone="Africa/Nairobi"), countries=("Kenya",)),
        now=STARTS - timedelta(hours=5),
        FEEDSVC_FEEDS__URGENT_MAX_AGE="1h",
    )
    assert "max-age=300," in site.client.get(PATH).headers["Cache-Control"]
    site.runtime.close()
