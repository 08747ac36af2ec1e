"""Administrators list, hide and show bundles on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.store.store import Store
from tests.cli.test_commands import Shell

NOW = datetime(2024, 5, 30, tzinfo=UTC)


def test_a_bundle_is_listed_hidden_and_shown(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell.run("bundles", "list").stdout.rstrip().endswith("0 bundles")
    store = Store(f"sqlite:///{tmp_path / 'var' / 'feedsvc.sqlite'}")
    with store.write() as snapshot:
        snapshot.bundles.make(iter(["lunch"]), "[bold]Lunch", "/country/cl", b"h" * 32, NOW)
    store.close()
    assert "[bold]Lunch" in shell.run("bundles", "list").stdout
    assert "bundles show lunch" in shell.run("bundles", "hide", "lunch").stdout
    (row,) = json.loads(shell.run("bundles", "list", "--format", "json").stdout)
    assert (row["slug"], row["path"], row["hidden"]) == ("lunch", "/country/cl", True)
    assert "secret" not in json.dumps(row)
    assert shell.run("bundles", "show", "lunch").returncode == 0
    assert json.loads(shell.run("bundles", "list", "--format", "json").stdout)[0]["hidden"] is False


def test_hiding_an_unknown_bundle_is_a_wrong_request(tmp_path: Path) -> None:
    done = Shell(tmp_path).run("bundles", "hide", "no-such")
    assert done.returncode == 2
    assert done.stderr == "feedsvc: unknown bundle 'no-such'; feedsvc bundles list shows them all\n"


def test_bundles_are_removed_by_name_or_when_nobody_fetched_them(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.run("bundles", "list")
    store = Store(f"sqlite:///{tmp_path / 'var' / 'feedsvc.sqlite'}")
    with store.write() as snapshot:
        for slug, at in (("lunch", NOW), ("dinner", NOW), ("young", datetime.now(UTC))):
            snapshot.bundles.make(iter([slug]), slug, "/country/cl", b"h" * 32, at)
    store.close()
    assert shell.run("bundles", "remove", "lunch").stdout == "1 bundle removed\n"
    assert shell.run("bundles", "remove", "--unused").stdout == "1 bundle removed\n"
    rows = json.loads(shell.run("bundles", "list", "--format", "json").stdout)
    assert {row["slug"]: row["removed"] for row in rows} == {"lunch": True, "dinner": True, "young": False}
    done = shell.run("bundles", "remove", "lunch")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert shell.run("bundles", "remove").returncode == 2
    published = shell.run("bundles", "remove", "--unused", FEEDSVC_PUBLISH__TARGET=str(tmp_path / "out"))
    assert published.returncode == 2
    assert "published as files" in published.stderr
