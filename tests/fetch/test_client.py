"""A page is fetched with what the reader needs to know of it, and a failure says what the scheduler needs to know."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable

import pytest

from feedsvc.core.errors import FetchFailed
from feedsvc.fetch import Validators
from tests.fetch.clients import NAME, client, failure, get, resolving
from tests.fetch.upstream import Visit, serving

ICS = "text/calendar; charset=ISO-8859-1"


def test_a_page_comes_with_its_address_its_type_and_the_charset_the_server_states() -> None:
    with serving(lambda visit: visit.answer("BEGIN:VCALENDAR", Content_Type=ICS)) as upstream:
        response = get(upstream, "/a b.ics".replace(" ", "%20") + "?q=ä")
    page = response.page
    assert page is not None
    assert page.content == b"BEGIN:VCALENDAR"
    assert (page.content_type, page.charset) == ("text/calendar", "ISO-8859-1")
    assert page.url == upstream.url("/a%20b.ics?q=%C3%A4")
    assert not response.not_modified
    assert response.moved_to is None


STATED = [
    ("text/html; charset=klingon", "text/html", "klingon"),
    ('TEXT/HTML;version=1;Charset="utf-8"', "text/html", "utf-8"),
    ("text/html; charset=", "text/html", None),
    ("text/html; charset=" + "x" * 50_000, "text/html", "x" * 40),
    (";;;", "", None),
]


@pytest.mark.parametrize(("header", "content_type", "charset"), STATED)
def test_a_wrong_charset_is_passed_on_as_stated_for_the_reader_to_judge(
    header: str, content_type: str, charset: str | None
) -> None:
    with serving(lambda visit: visit.answer("x", Content_Type=header)) as upstream:
        page = get(upstream).page
    assert page is not None
    assert (page.content_type, page.charset) == (content_type, charset)


def test_the_request_says_who_asks_and_offers_only_what_can_be_unpacked() -> None:
    with serving(lambda visit: visit.answer()) as upstream:
        get(upstream)
    visit = upstream.visits[0]
    assert visit.header("User-Agent") == NAME
    assert visit.header("Accept-Encoding") == "gzip, deflate"
    assert visit.header("Host") == f"127.0.0.1:{upstream.port}"
    assert visit.header("Cookie") is None
    assert visit.header("Authorization") is None


def test_source_may_be_asked_under_another_name_also_after_a_redirect() -> None:
    def script(visit: Visit) -> None:
        if visit.path == "/":
            visit.send_head("302 Found", {"Location": "/there"})
        else:
            visit.answer()

    with serving(script) as upstream:
        client(f"127.0.0.1:{upstream.port}").get(upstream.url("/"), None, "Browser/1.0")
    assert [visit.header("User-Agent") for visit in upstream.visits] == ["Browser/1.0"] * 2


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("outlook.office365.com", "refuse agents that are not browsers; set user_agent of this source"),
        ("calendar.example", "does not let this service in"),
    ],
)
def test_refusal_by_outlook_says_what_helps(host: str, words: str) -> None:
    resolve = resolving(**{host.replace(".", "_"): "127.0.0.1"})
    with serving(lambda visit: visit.send_head("403 Forbidden")) as upstream:
        door = client(f"127.0.0.1:{upstream.port}", resolve=resolve)
        with pytest.raises(FetchFailed, match=words):
            door.get(f"http://{host}:{upstream.port}/owa/calendar/x/calendar.ics")


def test_validators_are_kept_and_make_the_next_request_conditional() -> None:
    def script(visit: Visit) -> None:
        if (
            visit.header("If-None-Match") == '"1"'
            and visit.header("If-Modified-Since") == "Thu, 30 May 2024 12:00:00 GMT"
        ):
            visit.send_head("304 Not Modified")
        else:
            visit.answer("x", ETag='"1"', Last_Modified="Thu, 30 May 2024 12:00:00 GMT")

    with serving(script) as upstream:
        first = get(upstream)
        second = get(upstream, validators=first.validators)
    assert first.validators == Validators('"1"', "Thu, 30 May 2024 12:00:00 GMT")
    assert second.not_modified
    assert second.page is None
    assert second.validators == first.validators


def test_a_304_that_nobody_asked_for_is_a_failure_as_there_is_nothing_to_keep() -> None:
    with serving(lambda visit: visit.send_head("304 Not Modified")) as upstream:
        assert failure(upstream).status == 304


@pytest.mark.parametrize("etag", ['"a"\tb', '"ü"', "x" * 300, " "])
def test_a_validator_that_cannot_be_sent_back_as_it_came_is_not_kept(etag: str) -> None:
    with serving(lambda visit: visit.answer("x", ETag=etag)) as upstream:
        assert get(upstream).validators == Validators(None, None)


PACKINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZIP", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", lambda data: zlib.compress(data, wbits=-15)),
    ("identity", bytes),
]


@pytest.mark.parametrize(("encoding", "pack"), PACKINGS)
def test_a_packed_body_is_unpacked_and_counted_as_it_came_over_the_wire(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    text = b"SUMMARY:Open data day\r\n" * 20_000
    with serving(lambda visit: visit.answer(pack(text), Content_Encoding=encoding)) as upstream:
        response = get(upstream)
    assert response.page is not None
    assert response.page.content == text
    assert response.fetched_bytes == len(pack(text))


def test_a_chunked_body_in_pieces_of_one_byte_is_read_whole() -> None:
    def script(visit: Visit) -> None:
        visit.send_head(headers={"Transfer-Encoding": "chunked"})
        visit.send(b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n")

    with serving(script) as upstream:
        page = get(upstream).page
    assert page is not None
    assert page.content == b"x" * 50_000


def test_a_body_without_length_ends_with_the_connection() -> None:
    def script(visit: Visit) -> None:
        visit.send_head()
        visit.send("half a page")

    with serving(script) as upstream:
        page = get(upstream).page
    assert page is not None
    assert page.content == b"half a page"


@pytest.mark.parametrize("status", [204, 206, 300, 400, 401, 403, 404, 418, 500, 503])
def test_any_other_answer_is_a_failure_that_names_its_status(status: int) -> None:
    with serving(lambda visit: visit.answer("no", f"{status} Whatever")) as upstream:
        error = failure(upstream)
    assert error.status == status
    assert not error.gone
    assert f"answered {status}: " in str(error)


def test_a_busy_server_is_heard_and_a_gone_page_is_known_as_gone() -> None:
    with serving(lambda visit: visit.answer("", "429 Too Many", Retry_After="120")) as upstream:
        assert failure(upstream).retry_after_seconds == 120
    with serving(lambda visit: visit.answer("", "410 Gone")) as upstream:
        assert failure(upstream).gone


def test_a_message_shows_neither_the_query_nor_a_secret_part_of_the_path() -> None:
    secret = "private-0123456789abcdef0123456789abcdef"
    with serving(lambda visit: visit.answer("", "404 Not Found")) as upstream:
        text = str(failure(upstream, f"/ical/{secret}/basic.ics?token=hush"))
    assert "hush" not in text
    assert secret[8:] not in text
    assert text.startswith(upstream.url("/ical/private-…/basic.ics?…"))


def test_a_closed_port_and_a_garbled_answer_are_told_in_words() -> None:
    with serving(lambda visit: visit.send("SSH-2.0-OpenSSH_9\r\n\r\n")) as upstream:
        assert "does not answer in proper HTTP" in str(failure(upstream))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with pytest.raises(Exception, match="no connection to port"):
        client("127.0.0.1:*").get(url)


def test_the_environment_neither_sends_a_fetch_elsewhere_nor_gives_it_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".netrc").write_text("machine 127.0.0.1 login me password hush\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(home))
    with serving(lambda visit: visit.answer("direct")) as upstream:
        page = get(upstream).page
    assert page is not None
    assert page.content == b"direct"
    assert "Authorization" not in upstream.visits[0].head


def test_several_threads_use_one_door_at_once() -> None:
    together = threading.Barrier(4, timeout=60)

    def script(visit: Visit) -> None:
        together.wait()
        visit.answer(visit.path)

    with serving(script) as upstream:
        shared = client(f"127.0.0.1:{upstream.port}")
        seen: list[bytes] = []

        def fetch(path: str) -> None:
            page = shared.get(upstream.url(path)).page
            seen.append(page.content if page else b"")

        threads = [threading.Thread(target=fetch, args=(f"/{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(seen) == [b"/0", b"/1", b"/2", b"/3"]


@pytest.mark.parametrize("interim", ["103 Early Hints\r\nLink: </a>; rel=preload", "102 Processing", "199 Whatever"])
def test_interim_answers_are_skipped(interim: str) -> None:
    def script(visit: Visit) -> None:
        visit.send(f"HTTP/1.1 {interim}\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        visit.answer("the page")

    with serving(script) as upstream:
        page = get(upstream).page
    assert page is not None
    assert page.content == b"the page"
