"""A redirect is judged like a new address: it opens no door that the first address would not have opened."""

from __future__ import annotations

import gzip

import pytest

from feedsvc.core.errors import FetchFailed
from feedsvc.fetch import Validators
from feedsvc.fetch.url import parse_target
from tests.fetch.clients import client, failure, get, resolving
from tests.fetch.upstream import Visit, serving


def _to(location: str, status: str = "302 Found") -> object:
    return lambda visit: visit.answer("", status, Location=location)


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://localhost/",
        "http://①②⑦.⓪.⓪.①/",
        "http://169。254。169。254/",
        "http://[fe80::1%25lo]/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "data:text/calendar,BEGIN:VCALENDAR",
        "ftp://127.0.0.1/",
        "http://me:secret@127.0.0.1/",
        "http://127.0.0.1:22/",
        "http:\\\\127.0.0.1/",
        "/a b",
        "/a\tb",
        "/\\127.0.0.1/",
        "/\r\n\tX-Evil: yes",
        "http://[::1",
    ],
)
def test_a_redirect_to_a_place_that_may_not_be_reached_is_refused(location: str) -> None:
    with serving(_to(location)) as upstream:
        error = failure(upstream)
    assert error.refused
    assert len(upstream.visits) == 1


def test_a_line_break_in_a_location_does_not_reach_the_next_request() -> None:
    def script(visit: Visit) -> None:
        if visit.path == "/":
            visit.answer("", "302 Found", Location="/next\rX-Evil: yes")
        else:
            visit.answer("fine")

    with serving(script) as upstream:
        get(upstream)
    assert "X-Evil" not in upstream.visits[1].head


def test_https_is_never_given_up_on_the_way() -> None:
    with pytest.raises(FetchFailed, match="from https to http") as caught:
        parse_target("https://a.example/x").follow("http://a.example/x")
    assert caught.value.refused
    assert parse_target("http://a.example/x").follow("//b.example/y").url == "http://b.example/y"
    assert parse_target("http://a.example/x").follow("https://a.example/y").url == "https://a.example/y"


def _hops(visit: Visit) -> None:
    """/n redirects to /(n-1), /0 is the page."""
    n = int(visit.path[1:])
    if n == 0:
        visit.answer("arrived")
    else:
        visit.answer("", "302 Found", Location=f"/{n - 1}")


def test_five_redirects_are_followed_and_six_are_not() -> None:
    with serving(_hops) as upstream:
        page = get(upstream, "/5").page
        assert page is not None
        assert page.content == b"arrived"
        assert page.url == upstream.url("/0")
        assert "more than 5 times" in str(failure(upstream, "/6"))


def test_a_circle_ends() -> None:
    with serving(_to("/")) as upstream:
        assert "redirects more than" in str(failure(upstream))
    assert len(upstream.visits) == 6


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        (["301"], "/2"),
        (["308"], "/2"),
        (["301", "308"], "/3"),
        (["302"], None),
        (["301", "307"], "/2"),
        (["303", "301"], None),
    ],
)
def test_only_permanent_redirects_from_the_start_suggest_a_new_address(statuses: list[str], moved: str | None) -> None:
    def script(visit: Visit) -> None:
        n = int(visit.path[1:])
        if n <= len(statuses):
            visit.answer("", f"{statuses[n - 1]} Moved", Location=f"/{n + 1}")
        else:
            visit.answer("here")

    with serving(script) as upstream:
        response = get(upstream, "/1")
    assert response.moved_to == (upstream.url(moved) if moved else None)


def test_the_body_of_a_redirect_is_never_read() -> None:
    def script(visit: Visit) -> None:
        if visit.path == "/":
            bomb = gzip.compress(b"0" * 1_000_000)
            visit.send_head("302 Found", {"Location": "/page", "Content-Encoding": "gzip"})
            visit.drip(bomb, 0.01)
        else:
            visit.answer("small")

    with serving(script) as upstream:
        response = get(upstream, deadline_seconds=2.0)
    assert response.page is not None
    assert response.page.content == b"small"
    assert response.fetched_bytes == 5


def test_a_redirect_without_a_place_to_go_is_a_failure() -> None:
    with serving(lambda visit: visit.answer("", "302 Found")) as upstream:
        assert failure(upstream).status == 302


def test_validators_stay_with_the_host_that_gave_them() -> None:
    """Another host neither sees what the first one gave, nor does what it gives go to the first one later."""

    def script(visit: Visit) -> None:
        if visit.path == "/":
            visit.answer("", "301 Moved", Location=f"http://other.example:{upstream.port}/page")
        else:
            visit.answer("x", ETag='"theirs"')

    with serving(script) as upstream:
        names = resolving(first_example="127.0.0.1", other_example="127.0.0.1")
        response = client(f"127.0.0.1:{upstream.port}", resolve=names).get(
            f"http://first.example:{upstream.port}/", Validators('"ours"', None)
        )
    first, second = upstream.visits
    assert first.header("If-None-Match") == '"ours"'
    assert second.header("If-None-Match") is None
    assert second.header("Host") == f"other.example:{upstream.port}"
    assert response.validators == Validators(None, None)


def test_validators_follow_a_redirect_within_one_host() -> None:
    def script(visit: Visit) -> None:
        if visit.path == "/":
            visit.answer("", "302 Found", Location="/page")
        elif visit.header("If-None-Match") == '"1"':
            visit.send_head("304 Not Modified")

    with serving(script) as upstream:
        assert get(upstream, validators=Validators('"1"', None)).not_modified
