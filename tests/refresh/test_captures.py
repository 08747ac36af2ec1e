"""What sources sent is kept as it came, so that a run can be looked at and repeated."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.core.secrets import masked_text, masked_url
from feedsvc.refresh import replay
from feedsvc.store.captures import BYTES_KEPT, CapturedPage
from tests.fetch.upstream import serving
from tests.refresh.stage import WHOLE, Stage
from tests.refresh.world import NOW, World, file_source, read_here

SAMPLE = (Path(__file__).parents[2] / "config/samples/open-gov-week-2024.txt").read_text(encoding="utf-8")


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "list.txt").write_text(SAMPLE, encoding="utf-8")
    return World(tmp_path / "var", file_source(tmp_path / "list.txt"), read=read_here)


def contents(world: World) -> list[bytes]:
    with world.runtime.store.read() as snapshot:
        found = snapshot.captures.all("week")
        return [snapshot.captures.pages(one.id)[0].content for one in found]


def test_the_last_five_different_answers_are_kept_the_newest_first(world: World) -> None:
    file = world.source.path
    assert file is not None
    texts = [SAMPLE + "\n" * number for number in range(7)]
    for text in (*texts, texts[6], texts[4]):
        file.write_text(text, encoding="utf-8")
        world.refresh()
    assert contents(world) == [texts[number].encode() for number in (4, 6, 5, 3, 2)]
    assert len(world.rows("blob")) == 5


def test_what_cannot_be_read_is_kept_as_well(world: World) -> None:
    file = world.source.path
    assert file is not None
    file.write_text("a login page", encoding="utf-8")
    assert world.refresh().run.outcome == "failed"
    assert contents(world) == [b"a login page"]


def test_more_than_the_room_of_a_source_keeps_the_last_whatever_its_size(world: World) -> None:
    def sized(name: str, size: int) -> CapturedPage:
        return CapturedPage("", "", "", None, name, b"x" * size)

    for number, size in enumerate((BYTES_KEPT // 2, BYTES_KEPT // 3, BYTES_KEPT // 3, BYTES_KEPT * 2)):
        with world.runtime.store.write() as snapshot:
            at = NOW + timedelta(hours=number)
            snapshot.captures.keep("week", at, str(number), [sized(str(number), size)])
            assert [one.digest for one in snapshot.captures.all("week")] == [["0"], ["1", "0"], ["2", "1"], ["3"]][
                number
            ]


def test_a_capture_is_read_again_without_the_source(world: World) -> None:
    world.refresh()
    file = world.source.path
    assert file is not None
    with world.runtime.store.read() as snapshot:
        capture = snapshot.captures.last("week")
        assert capture is not None
    file.unlink()
    outcome = replay(world.context, world.source, capture)
    assert (outcome.run.outcome, outcome.run.listings) == ("dry-run", 75)
    assert outcome.changes is not None
    assert not outcome.changes.decisions


def test_pages_from_the_network_are_kept_with_their_type(tmp_path: Path) -> None:
    with serving(lambda visit: visit.answer(WHOLE, Content_Type="text/html")) as upstream:
        stage = Stage(tmp_path, upstream)
        stage.world.refresh()
    with stage.world.runtime.store.read() as snapshot:
        capture = snapshot.captures.last("week")
        assert capture is not None
        (kept,) = snapshot.captures.pages(capture.id)
    assert (kept.content, kept.content_type) == (WHOLE, "text/html")
    assert capture.run_id == 1


@pytest.mark.parametrize(
    ("address", "hidden", "shown"),
    [
        ("https://me:pw@x.example/a", "pw", "https://x.example/a"),
        ("https://x.example/feed?token=abc&page=2", "abc", "page=2"),
        ("https://x.example/ical/private-3f9d8a7c6b5e4f3a2b1c/basic.ics", "3f9d8a7c", "/basic.ics"),
        ("https://x.example/f?u=9ab8c7d6e5f40123", "9ab8c7d6", "u="),
    ],
)
def test_secrets_in_addresses_are_cut(address: str, hidden: str, shown: str) -> None:
    masked = masked_url(address)
    assert hidden not in masked
    assert shown in masked
    assert masked_url(masked) == masked
    assert hidden not in masked_text(f'see "{address}" today')


def test_two_addresses_that_differ_in_a_secret_stay_two_and_harmless_ones_stay_as_they_are() -> None:
    assert masked_url("https://x.example/?key=one") != masked_url("https://x.example/?key=two")
    harmless = "https://x.example/events/open-government-week-2024-in-kyiv/?page=2&per_page=50"
    assert masked_url(harmless) == harmless


def test_secrets_behind_a_name_are_cut_in_texts() -> None:
    text = masked_text('{"api_key": "s3cr3tvalue", "title": "Talk"} X-WR-TOKEN:abcdef123')
    assert "s3cr3tvalue" not in text
    assert "abcdef123" not in text
    assert '"title": "Talk"' in text
