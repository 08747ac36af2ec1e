"""Publishing writes what changed, and only that; what was once published stays."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.core.changes import ChangeKind
from feedsvc.core.errors import StoreUnavailable, WorkError
from feedsvc.feeds.feed import formats
from feedsvc.publish import run
from tests.publish.conftest import Build
from tests.publish.house import LATER, NOW, House
from tests.store.records import CHILE, KENYA, SPACE, changed, record


def stamp_of(house: House, path: str) -> float:
    return (house.target / path).stat().st_mtime


def test_every_feed_stands_in_every_format_with_its_compressed_twin(house: House) -> None:
    house.apply(house.written(record("a"), CHILE, SPACE))
    report = house.publish()
    stems = ["all", "country/cl", "country/fr", "country/ke", "country/cl/theme/civic-space"]
    stems += ["theme/digital-governance", "theme/civic-space"]
    plain = {f"{stem}.{extension}" for stem in stems for extension in formats()} | {"index.json", "index.html"}
    files = house.files()
    assert files.keys() == plain | {f"{path}.gz" for path in plain}
    assert all(gzip.decompress(files[f"{path}.gz"]) == files[path] for path in plain)
    assert (report.written, report.files) == (len(plain), len(plain))


def test_a_file_has_the_very_bytes_that_the_web_serves(house: House) -> None:
    house.apply(house.written(record("a"), CHILE, SPACE))
    house.publish()
    for path, body in house.files().items():
        stem, _, extension = path.rpartition(".")
        if extension in formats() and stem != "index":
            found = house.runtime.documents.find(f"/{path}")
            document = house.runtime.documents.document(found.spec, extension)
            assert body == document.body, path
            assert house.files()[f"{path}.gz"] == document.gzip, path
            assert stamp_of(house, path) == document.last_modified.timestamp()


def test_second_run_writes_nothing(house: House) -> None:
    house.apply(house.written(record("a"), CHILE))
    house.publish()
    before = {path: (house.target / path).stat().st_ino for path in house.files()}
    report = house.publish()
    assert (report.written, report.faults) == (0, [])
    assert {path: (house.target / path).stat().st_ino for path in house.files()} == before


def test_only_feeds_that_changed_are_written(house: House) -> None:
    house.apply(house.written(record("a"), CHILE), house.written(record("b"), KENYA))
    house.publish()
    before = house.files()
    house.apply(house.written(changed(record("b"), LATER), KENYA, kind=ChangeKind.CHANGED), now=LATER)
    report = house.publish()
    altered = {path.partition(".")[0] for path, body in house.files().items() if before[path] != body}
    assert altered == {"all", "country/ke", "index"}
    assert report.fresh >= len(formats()) * 3


def test_feed_that_became_empty_is_written_empty(house: House) -> None:
    one = record("a")
    house.apply(house.written(one, CHILE, SPACE))
    house.publish()
    house.apply(house.written(changed(one, LATER), kind=ChangeKind.DROPPED), now=LATER)
    house.publish()
    for path in ("country/cl.ics", "country/cl/theme/civic-space.ics", "all.ics"):
        assert b"BEGIN:VEVENT" not in (house.target / path).read_bytes()
        assert stamp_of(house, path) == LATER.timestamp()


def test_path_that_was_once_published_goes_on_under_its_new_name(house: House, build: Build) -> None:
    house.apply(house.written(record("a"), SPACE))
    house.publish()
    # The theme gets another name: its old address is an alias of the new one.
    renamed = build(environment={"FEEDSVC_FILES__THEMES": str(_themes(house))})
    renamed.publish()
    files = renamed.files()
    assert files["theme/civic-space.ics"] == files["theme/public-space.ics"]
    assert "theme/civic-space.ics" not in json.dumps(json.loads(files["index.json"]))


def _themes(house: House) -> object:
    file = house.folder / "themes.toml"
    file.write_text('[[theme]]\nname = "Public Space"\nformer_slugs = ["civic-space"]\n', encoding="utf-8")
    return file


def test_file_of_a_dimension_that_is_gone_is_left_as_it_is(house: House) -> None:
    house.publish()
    old = house.target / "region/south.ics"
    old.parent.mkdir()
    old.write_bytes(b"as it was")
    manifest = house.target / ".feedsvc/manifest.json"
    values = json.loads(manifest.read_bytes())
    values["files"]["region/south.ics"] = values["files"]["all.ics"]
    manifest.write_text(json.dumps(values))
    house.publish()
    assert old.read_bytes() == b"as it was"
    assert "region/south.ics" in json.loads(manifest.read_bytes())["files"]


def test_file_that_somebody_took_away_or_cut_is_written_again(house: House) -> None:
    house.publish()
    before = house.files()
    (house.target / "all.ics").unlink()
    (house.target / "country/cl.ics.gz").write_bytes(b"")
    house.publish()
    assert house.files() == before


def test_other_settings_write_what_they_shape(house: House, build: Build) -> None:
    house.publish()
    before = house.files()
    other = build(environment={"FEEDSVC_SITE__NAME": "Another Week"})
    assert other.publish().written > 0
    assert all(body != before[path] for path, body in other.files().items() if path.endswith(".ics"))


def test_content_that_changes_within_one_time_gets_a_later_one(house: House, build: Build) -> None:
    """nginx makes the ETag from time and size: the same for other bytes would leave clients with the old ones."""
    house.publish()
    first = stamp_of(house, "all.ics")
    build(environment={"FEEDSVC_SITE__NAME": "Open Gov Weak"}).publish()
    assert stamp_of(house, "all.ics") == stamp_of(house, "all.ics.gz") == first + 1


def test_time_of_a_file_never_goes_back(house: House, build: Build) -> None:
    house.apply(house.written(record("a", modified=LATER), CHILE), now=LATER)
    house.publish()
    elsewhere = build(data="other")
    elsewhere.apply(elsewhere.written(record("a"), CHILE))
    elsewhere.publish()
    assert stamp_of(house, "country/cl.ics") > LATER.timestamp()


def test_equal_stamps_of_another_store_mean_nothing(house: House, build: Build) -> None:
    house.apply(house.written(record("a"), CHILE))
    house.publish()
    other = build(data="other")
    other.apply(other.written(record("b"), CHILE), now=NOW + timedelta(seconds=1))
    other.publish()
    assert b"UID:b@feeds.test" in (house.target / "country/cl.ics").read_bytes()


def test_empty_store_does_not_empty_what_was_published(house: House, build: Build) -> None:
    house.apply(house.written(record("a"), CHILE))
    house.publish()
    before = house.files()
    with pytest.raises(WorkError, match="store is empty"):
        build(data="other").publish()
    assert house.files() == before


@pytest.mark.parametrize("often", [("SAVE_EVERY", 4), ("SAVE_BYTES", 1)])
def test_killed_run_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch, often: tuple[str, int]) -> None:
    house.apply(house.written(record("a"), CHILE, SPACE))
    monkeypatch.setattr(run, *often)
    true_write, written = run._write, []

    def killed(*arguments: object) -> object:
        written.append(arguments)
        if len(written) == 10:
            raise KeyboardInterrupt
        return true_write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        house.publish()
    report = house.publish()
    assert report.fresh == 10 - 1 - 9 % often[1], "those that the last manifest on the way named"
    assert house.publish().written == 0


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": 2}', b'{"version": 1, "files": {"a": 1}}', None])
def test_manifest_that_cannot_be_read_costs_only_time(house: House, damage: bytes | None) -> None:
    house.publish()
    before = house.files()
    manifest = house.target / ".feedsvc/manifest.json"
    manifest.unlink() if damage is None else manifest.write_bytes(damage)
    house.publish()
    assert house.files() == before
    assert house.publish().written == 0


def test_faulty_calendar_keeps_its_old_file_and_is_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    one = record("a")
    house.apply(house.written(one, CHILE), house.written(record("b"), KENYA))
    house.publish()
    before = house.files()
    house.apply(house.written(changed(one, LATER), CHILE, kind=ChangeKind.CHANGED), now=LATER)
    with house.runtime.store.write() as snapshot:
        damaged = "CAST(replace(CAST(vevent AS TEXT), 'DTSTAMP', 'DTSTOMP') AS BLOB)"
        snapshot._connection.exec_driver_sql(f"UPDATE fragment SET vevent = {damaged} WHERE uid LIKE 'a@%'")
    report = house.publish()
    assert [fault.partition(":")[0] for fault in report.faults] == ["all.ics", "country/cl.ics"]
    assert house.files()["country/cl.ics"] == before["country/cl.ics"]
    assert house.files()["country/cl.json"] != before["country/cl.json"], "the other formats went on"


def test_store_that_goes_away_leaves_whole_files(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.apply(house.written(record("a"), CHILE))
    house.publish()
    before = house.files()
    house.apply(house.written(changed(record("a"), LATER), CHILE, kind=ChangeKind.CHANGED), now=LATER)

    def away(*_: object) -> None:
        raise StoreUnavailable("the store did not answer")

    monkeypatch.setattr(house.exports, "publication", away)
    with pytest.raises(StoreUnavailable):
        house.publish()
    assert house.files() == before


def test_progress_counts_every_file_once(house: House) -> None:
    report = house.publish()
    assert house.progress == [(done, report.files - 2) for done in range(1, report.files - 1)]


def test_index_names_every_feed_with_its_events(house: House) -> None:
    house.apply(house.written(record("a"), CHILE, SPACE))
    house.publish()
    index = json.loads(house.files()["index.json"])
    assert (index["name"], index["edition"]) == ("Open Gov Week", 1)
    assert index["feeds"][0]["path"] == "/all"
    told = {feed["path"]: (feed["title"], feed["events"]) for feed in index["feeds"]}
    assert told["/country/cl/theme/civic-space"] == ("Open Gov Week · Chile · Civic Space", 1)
    assert told["/country/fr"] == ("Open Gov Week · France", 0)
    assert set(index["feeds"][0]["formats"]) == set(formats())
    assert b'<a href="country/cl.ics">' in house.files()["index.html"]


def test_names_in_the_index_are_no_markup(build: Build) -> None:
    house = build(environment={"FEEDSVC_SITE__NAME": "<script>alert(1)</script>"})
    house.publish()
    assert b"<script" not in house.files()["index.html"]


def test_empty_feed_is_as_old_as_the_store(house: House) -> None:
    house.publish()
    assert datetime.fromtimestamp(stamp_of(house, "country/fr.ics"), UTC) == NOW
