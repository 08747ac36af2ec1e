"""nginx answers for published feeds as the service itself does: types, ETag, 304, HEAD, gzip, 404, 405, caching."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from feedsvc.core.changes import ChangeKind
from feedsvc.feeds.feed import formats
from feedsvc.web.http.answers import FEED_HEADERS
from tests.deploy.conftest import Site
from tests.publish.house import LATER, NOW
from tests.store.records import CHILE, SPACE, changed, record

pytestmark = pytest.mark.nginx
FEED = "/country/cl/theme/civic-space.ics"


@pytest.mark.parametrize("extension", list(formats()))
def test_every_format_has_the_bytes_type_and_headers_of_the_service(site: Site, extension: str) -> None:
    path = f"/country/cl.{extension}"
    answer = site.ask(path)
    found = site.house.runtime.documents.find(path)
    document = site.house.runtime.documents.document(found.spec, extension)
    assert (answer.status, answer.body) == (200, document.body)
    assert answer.headers["content-type"] == document.content_type
    assert answer.headers["content-length"] == str(len(document.body))
    assert answer.headers["last-modified"] == format_datetime(document.last_modified, usegmt=True)
    assert answer.headers["cache-control"] == "public, max-age=300, stale-if-error=604800"
    assert answer.headers["content-disposition"] == f'inline; filename="{document.filename}"'
    assert answer.headers["vary"] == "Accept-Encoding"
    assert {name: answer.headers[name.lower()] for name, _ in FEED_HEADERS} == dict(FEED_HEADERS)


def test_no_cookie_no_ranges_and_nothing_about_the_server(site: Site) -> None:
    answer = site.ask(FEED, Range="bytes=0-9")
    assert answer.status == 200
    assert not {"set-cookie", "accept-ranges", "content-encoding"} & answer.headers.keys()
    assert answer.headers["server"] == "nginx"


def test_compressed_twin_is_sent_to_whoever_takes_it(site: Site) -> None:
    plain, packed = site.ask(FEED), site.ask(FEED, Accept_Encoding="br, gzip;q=0.8")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    assert not packed.headers["etag"].startswith("W/")


def test_compressed_twin_goes_through_another_proxy(site: Site) -> None:
    assert site.ask(FEED, Accept_Encoding="gzip", Via="1.1 cdn").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("form", ["{}", 'W/{}, "other"', '"other", {}', "*"])
def test_etag_is_answered_with_304_that_repeats_what_caches_need(site: Site, encoding: str, form: str) -> None:
    full = site.ask(FEED, Accept_Encoding=encoding)
    answer = site.ask(FEED, Accept_Encoding=encoding, If_None_Match=form.format(full.headers["etag"]))
    assert (answer.status, answer.body) == (304, b"")
    for name in ("etag", "cache-control", "vary", "last-modified", "access-control-allow-origin"):
        assert answer.headers[name] == full.headers[name], name


def test_other_etag_is_answered_in_full(site: Site) -> None:
    assert site.ask(FEED, If_None_Match='"other"').status == 200


def test_date_is_answered_with_304_when_nothing_is_newer(site: Site) -> None:
    modified = site.ask(FEED).headers["last-modified"]
    assert site.ask(FEED, If_Modified_Since=modified).status == 304
    later = format_datetime(NOW + timedelta(days=30), usegmt=True)
    assert site.ask(FEED, If_Modified_Since=later).status == 304
    earlier = format_datetime(NOW - timedelta(days=30), usegmt=True)
    assert site.ask(FEED, If_Modified_Since=earlier).status == 200


def test_head_has_the_headers_of_get_and_no_body(site: Site) -> None:
    get, head = site.ask(FEED), site.ask(FEED, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "REPORT"])
def test_method_that_does_not_read_is_405_with_a_problem_document(site: Site, method: str) -> None:
    answer = site.ask(FEED, method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert json.loads(answer.body)["status"] == 405


def test_browsers_may_ask_before(site: Site) -> None:
    answer = site.ask(FEED, "OPTIONS", Origin="https://elsewhere.test", Access_Control_Request_Method="GET")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/country/zz.ics", "/nonsense.ics", "/country/cl.xyz", "/country/cl.ics/x.ics"])
def test_unknown_feed_is_the_services_own_404(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"


@pytest.mark.parametrize("path", ["/.feedsvc/manifest.json", "/.feedsvc/lock", "/country/.hidden.ics"])
def test_what_is_the_publishers_own_is_not_served(site: Site, path: str) -> None:
    answer = site.ask(path)
    assert (answer.status, json.loads(answer.body)["status"]) == (404, 404)


def test_combination_that_is_no_file_is_made_by_the_service(site: Site) -> None:
    answer = site.ask("/country/cl_ke.ics", Accept_Encoding="gzip")
    assert answer.status == 200
    assert gzip.decompress(answer.body).count(b"BEGIN:VEVENT") == 2
    assert not (site.house.target / "country/cl_ke.ics").exists()


def test_other_spelling_is_led_to_the_canonical_path(site: Site) -> None:
    answer = site.ask("/country/CL.ics")
    assert (answer.status, answer.headers["location"]) == (308, "/country/cl.ics")


def test_query_is_no_part_of_a_feeds_name(site: Site) -> None:
    assert site.ask(f"{FEED}?utm_source=letter").headers["etag"] == site.ask(FEED).headers["etag"]


def test_pages_come_from_the_service(site: Site) -> None:
    answer = site.ask("/country/cl")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_feeds_are_served_while_the_service_is_away(alone: Site) -> None:
    assert alone.ask("/country/cl.ics").status == 200
    for path in ("/country/cl_ke.ics", "/country/cl"):
        answer = alone.ask(path)
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
        assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"


def test_feed_that_is_published_anew_has_a_new_etag_at_once(alone: Site) -> None:
    """nginx keeps open files for a few seconds; one that was not asked for is read as it is."""
    before = alone.house.body("country/cl.ics")
    alone.house.apply(
        alone.house.written(changed(record("a"), LATER), CHILE, SPACE, kind=ChangeKind.CHANGED), now=LATER
    )
    alone.house.publish()
    answer = alone.ask("/country/cl.ics")
    assert answer.body == alone.house.body("country/cl.ics") != before
    assert answer.headers["last-modified"] == format_datetime(LATER, usegmt=True)
