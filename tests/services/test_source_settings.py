"""Settings set here, sources added here: in force everywhere at once, logged, taken back, ended by the file itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.bootstrap import make_runtime
from feedsvc.config.loader import load
from feedsvc.core.errors import RequestError
from feedsvc.services.sources import Actions, GroundChanged
from feedsvc.sources.base import find_kinds
from feedsvc.store.administrators import Actor
from tests.admin.office import SOURCES, Office
from tests.worker.workshop import Workshop, sources_file

ANA = Actor("Ana")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def actions(office: Office) -> Actions:
    return Actions(office.runtime.store, lambda: office.now)


def put(office: Office, **changes: str) -> int:
    office.runtime.configuration.look()
    return actions(office).set(ANA, office.runtime.config, "chile", changes)


def chile(office: Office) -> object:
    return office.runtime.configuration.look().config.source("chile").common  # type: ignore[union-attr]


def test_a_setting_counts_at_once_in_every_process_and_changes_the_fingerprint(office: Office) -> None:
    before = office.runtime.refresh_context.rules_digest(office.runtime.source("chile"))
    put(office, timezone="America/Santiago", times="wall-clock", themes="Civic Space, Open Data")
    common = chile(office)
    assert (common.timezone, common.times) == ("America/Santiago", "wall-clock")  # type: ignore[attr-defined]
    assert common.themes == ("Civic Space", "Open Data")  # type: ignore[attr-defined]
    assert office.runtime.refresh_context.rules_digest(office.runtime.source("chile")) != before
    with office.runtime.store.read() as snapshot:
        assert snapshot.sources.state("chile").due_at is None
        assert snapshot.audit.last(1)[0].before == "timezone not set; times not set; themes not set"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("timezone", "Santiago/Chile", "timezone: 'Santiago/Chile': not an IANA time zone"),
        ("kind", "csv", "kind of source 'chile' cannot be set"),
        ("path", "/etc/passwd", "path of source 'chile' cannot be set"),
        ("colour", "red", "colour: unknown key; there are"),
        ("url", "ftp://x.example/secret-token", "url: not an http, https or webcal address"),
    ],
)
def test_what_the_configuration_would_refuse_is_refused_in_its_words(
    office: Office, key: str, value: str, words: str
) -> None:
    with pytest.raises(RequestError, match=words):
        put(office, **{key: value})
    with office.runtime.store.read() as snapshot:
        assert not snapshot.settings.overrides()


def test_a_setting_is_taken_back_by_an_empty_value_and_by_undo(office: Office) -> None:
    put(office, times="utc")
    number = put(office, times="wall-clock")
    actions(office).undo(ANA, number)
    assert chile(office).times == "utc"  # type: ignore[attr-defined]
    put(office, times="")
    assert chile(office).times == "stated"  # type: ignore[attr-defined]
    with pytest.raises(RequestError, match="was undone before"):
        actions(office).undo(ANA, number)


def test_undo_of_a_setting_that_somebody_changed_since_says_who(office: Office) -> None:
    number = put(office, times="utc")
    actions(office).set(Actor("Ben"), office.runtime.config, "chile", {"times": "wall-clock"})
    with pytest.raises(GroundChanged, match="Ben changed it since"):
        actions(office).undo(ANA, number)


def test_an_address_that_was_replaced_is_never_shown_whole(office: Office) -> None:
    put(office, url="https://events.example.cl/private-fedcba9876543210fedc/calendar.ics?token=other")
    with office.runtime.store.read() as snapshot:
        action = snapshot.audit.last(1)[0]
    for secret in ("0123456789abcdef", "tokenvalue9", "user:secret", "fedcba98", "token=other"):
        assert secret not in action.before + action.after
    assert "events.example.cl" in action.after


def test_a_setting_that_the_file_outgrew_is_left_out_and_told(office: Office, tmp_path: Path) -> None:
    put(office, times="utc")
    with office.runtime.store.write() as snapshot:
        (row,) = snapshot.settings.overrides()
        snapshot.settings.put_override(type(row)("chile", "columns", {"a": 1}, None, "Ana", office.now))
    found = office.runtime.configuration.look()
    assert found.config.source("chile").common.times == "utc"  # type: ignore[union-attr]
    assert "unknown key" in found.unusable["chile", "columns"]


def test_a_source_added_here_is_read_like_any_other_and_its_id_is_taken(office: Office) -> None:
    table = {"id": "peru", "kind": "ics", "url": "https://e.example.pe/c.ics", "country": "pe", "name": "Perú"}
    number = actions(office).add(ANA, office.runtime.config, table)
    found = office.runtime.configuration.look().config
    assert [source.id for source in found.sources] == ["chile", "kenya", "peru"]
    peru = office.runtime.source("peru")
    assert (peru.common.name, peru.common.country, peru.is_file) == ("Perú", "pe", False)
    with pytest.raises(RequestError, match="duplicate source id 'peru'"):
        actions(office).add(ANA, found, table)
    actions(office).undo(ANA, number)
    assert office.runtime.configuration.look().config.source("peru") is None
    actions(office).undo(ANA, number + 1)
    assert office.runtime.configuration.look().config.source("peru") is not None


def test_what_the_file_says_wins_over_a_source_added_here(office: Office, tmp_path: Path) -> None:
    table = {"id": "peru", "kind": "ics", "url": "https://e.example.pe/c.ics"}
    actions(office).add(ANA, office.runtime.config, table)
    file = tmp_path / "sources.toml"
    file.write_text(f'{SOURCES}[[source]]\nid = "peru"\nkind = "ics"\nurl = "https://file.example/c.ics"\n')
    office.runtime.close()
    kinds = {name: kind.settings for name, kind in find_kinds().items()}
    environment = {"FEEDSVC_DATA_DIR": str(tmp_path), "FEEDSVC_SOURCES": str(file)}
    runtime = make_runtime(load(kinds, None, environment), lambda: office.now)
    assert runtime.source("peru").common.url == "https://file.example/c.ics"
    runtime.close()


def test_worker_reads_by_new_settings_and_new_sources_without_a_restart(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, "a")
    scheduler = shop.scheduler()
    shop.done(scheduler)
    rules = shop.state().rules_digest
    done = Actions(shop.runtime.store, lambda: shop.now)
    done.set(ANA, shop.runtime.config, "a", {"timezone": "Africa/Nairobi"})
    done.add(ANA, shop.runtime.config, {"id": "b", "kind": "ics", "url": "https://b.example/c.ics"})
    shop.passes(minutes=1)
    shop.done(scheduler)
    assert shop.state().rules_digest != rules
    assert shop.runs("b")


def test_a_setting_that_the_file_says_by_now_ends_by_itself_and_is_logged(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, "a")
    shop.scheduler()
    done = Actions(shop.runtime.store, lambda: shop.now)
    done.set(ANA, shop.runtime.config, "a", {"timezone": "Africa/Nairobi", "every": "30min"})
    shop.sources = sources_file(tmp_path, "a", every="30min", timezone="Africa/Nairobi")
    runtime = shop.worker("worker:one")
    shop.scheduler(runtime)
    with runtime.store.read() as snapshot:
        assert not snapshot.settings.overrides()
        assert snapshot.sources.state("a").every_seconds is None
        ended = snapshot.audit.last(2)
    assert {one.actor for one in ended} == {"the service"}
    assert {one.after for one in ended} == {"the file says the same now"}
    assert "set here: timezone Africa/Nairobi" in {one.before for one in ended}


def test_a_source_added_here_is_renamed_removed_and_restored_with_its_settings(office: Office) -> None:
    table = {"id": "peru", "kind": "ics", "url": "https://e.example.pe/c.ics"}
    done = actions(office)
    done.add(ANA, office.runtime.config, table)
    done.set(ANA, office.runtime.configuration.look().config, "peru", {"country": "pe"})
    done.rename(ANA, "peru", "lima")
    found = office.runtime.configuration.look().config
    assert [source.id for source in found.sources] == ["chile", "kenya", "lima"]
    assert found.sources[-1].common.country == "pe"
    done.remove(ANA, "lima")
    assert office.runtime.configuration.look().config.source("lima") is None
    done.restore(ANA, "lima")
    assert office.runtime.configuration.look().config.source("lima") is not None
