"""One document's answers: which tag, which status, which bytes. Rows of what is asked and what is answered."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.feeds.document import Document
from feedsvc.web.http.answers import Answers, Terms, accepts_gzip, answers_of, http_date

MODIFIED = datetime(2024, 5, 20, 9, 30, 15, tzinfo=UTC)
DATE = "Mon, 20 May 2024 09:30:15 GMT"
EARLIER, LATER = "Mon, 20 May 2024 09:30:14 GMT", "Mon, 20 May 2024 09:30:16 GMT"
BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" * 40
DOCUMENT = Document(BODY, "text/calendar; charset=utf-8", "country-cl.ics", MODIFIED)
ANSWERS = Answers(DOCUMENT, Terms(300))
TAG, PACKED = DOCUMENT.etag, DOCUMENT.gzip_etag


def ask(none_match: str | None = None, since: str | None = None, encoding: str | None = None, method: str = "GET"):  # type: ignore[no-untyped-def]
    answer = ANSWERS.answer(method, none_match, since, encoding)
    return answer.status, dict(answer.headers), b"".join(answer.body)


def test_whole_document_has_the_headers_of_the_design() -> None:
    status, headers, body = ask()
    assert (status, body) == (200, BODY)
    assert headers == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'inline; filename="country-cl.ics"',
        "Content-Length": str(len(BODY)),
        "ETag": TAG,
        "Last-Modified": DATE,
        "Cache-Control": "public, max-age=300, stale-if-error=604800",
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    }


def test_compressed_document_has_a_tag_of_its_own_and_the_same_bytes_inside() -> None:
    status, headers, body = ask(encoding="gzip, deflate, br")
    assert (status, headers["Content-Encoding"], headers["ETag"]) == (200, "gzip", PACKED)
    assert gzip.decompress(body) == BODY
    assert headers["Content-Length"] == str(len(body))
    assert TAG != PACKED
    assert not TAG.startswith("W/")


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_head_is_get_without_the_body(encoding: str | None) -> None:
    status, headers, body = ask(encoding=encoding, method="HEAD")
    assert (status, headers) == ask(encoding=encoding)[:2]
    assert body == b""


@pytest.mark.parametrize(
    ("none_match", "since", "encoding", "status", "tag"),
    [
        (TAG, None, None, 304, TAG),
        (PACKED, None, "gzip", 304, PACKED),
        (f"W/{TAG}", None, None, 304, TAG),
        (f'"other", W/"more" , {TAG}', None, None, 304, TAG),
        (f'"other",{PACKED}', None, "gzip", 304, PACKED),
        ("*", None, None, 304, TAG),
        (" * ", None, "gzip", 304, PACKED),
        # The tag of the other encoding names the same state; the answer repeats the one that was asked with.
        (TAG, None, "gzip", 304, TAG),
        (PACKED, None, None, 304, PACKED),
        (f"{TAG}, {PACKED}", None, "gzip", 304, PACKED),
        ('"other"', None, None, 200, TAG),
        ("", None, None, 200, TAG),
        (TAG.strip('"'), None, None, 200, TAG),
        # If-Modified-Since counts only without If-None-Match (RFC 9110 §13.1.3).
        ('"other"', DATE, None, 200, TAG),
        (TAG, EARLIER, None, 304, TAG),
        (None, DATE, None, 304, TAG),
        (None, LATER, "gzip", 304, PACKED),
        (None, EARLIER, None, 200, TAG),
        (None, "Monday, 20-May-24 09:30:15 GMT", None, 304, TAG),
        (None, "Mon May 20 09:30:15 2024", None, 304, TAG),
        (None, "yesterday", None, 200, TAG),
        (None, "", None, 200, TAG),
        (None, "Mon, 99 May 99999 09:30:15 GMT", None, 200, TAG),
    ],
)
def test_conditional_request(none_match: str, since: str, encoding: str, status: int, tag: str) -> None:
    for method in ("GET", "HEAD"):
        found, headers, body = ask(none_match, since, encoding, method)
        assert (found, headers["ETag"]) == (status, tag)
        assert found == 200 or body == b""


def test_not_modified_repeats_what_a_cache_needs_and_nothing_of_the_body() -> None:
    _, headers, _ = ask(TAG)
    assert {"ETag", "Cache-Control", "Vary"} <= set(headers)
    assert not {"Content-Length", "Content-Type", "Content-Encoding", "Last-Modified"} & set(headers)


@pytest.mark.parametrize(
    ("encoding", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("*", True),
        ("*;q=0", False),
        ("identity, *;q=0", False),
        ("gzip;q=0, *", False),
        ("br, deflate", False),
        ("identity", False),
        ("gzip;q=nonsense", False),
    ],
)
def test_gzip_only_where_it_is_asked_for(encoding: str | None, accepted: bool) -> None:
    assert accepts_gzip(encoding) is accepted


@given(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()))
def test_any_headers_give_the_document_or_not_modified(none_match: str, since: str, encoding: str) -> None:
    status, _, body = ask(none_match, since, encoding)
    assert status in (200, 304)
    assert (body != b"") == (status == 200)


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = http_date(text)
    assert found is None or found.tzinfo is not None


def test_answers_are_made_once_for_a_document() -> None:
    document = Document(BODY, "text/calendar", "x.ics", MODIFIED)
    answers = answers_of(document, Terms(300))
    assert answers_of(document, Terms(300)) is answers
    assert answers.answer("GET", None, None, "gzip") is answers.answer("GET", None, None, "gzip;q=1")


def test_secure_address_is_told_to_stay_so() -> None:
    headers = dict(Answers(DOCUMENT, Terms(300, https=True)).answer("GET", None, None, None).headers)
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
