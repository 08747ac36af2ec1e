"""Rights of roles on routes: one table that routes register through, so that none can be without a row.

A role that may not use a route gets 404 there, as if there were no such page. `proof`: the password must have been
given in the last quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

NOBODY: frozenset[str] = frozenset({"nobody", "editor", "owner"})
EDITOR = frozenset({"editor", "owner"})
OWNER = frozenset({"owner"})


@dataclass(frozen=True, slots=True)
class Right:
    """A route and the roles that may use it; "nobody" is a visitor without a log-in."""

    endpoint: str
    rule: str
    roles: frozenset[str]
    methods: tuple[str, ...] = ("GET",)
    proof: bool = False


RIGHTS = (
    Right("style", "/style.css", NOBODY),
    Right("enter", "/in", NOBODY, ("GET", "POST")),
    Right("first", "/first/<code>", NOBODY, ("GET", "POST")),
    Right("invited", "/invite/<code>", NOBODY, ("GET", "POST")),
    Right("link", "/link/<code>", NOBODY, ("GET", "POST")),
    Right("leave", "/out", EDITOR, ("POST",)),
    Right("today", "/", EDITOR),
    Right("sources", "/sources", EDITOR),
    Right("source", "/sources/<source_id>", EDITOR),
    Right("refresh", "/sources/<source_id>/refresh", EDITOR, ("POST",)),
    Right("pause", "/sources/<source_id>/pause", EDITOR, ("POST",)),
    Right("resume", "/sources/<source_id>/resume", EDITOR, ("POST",)),
    Right("pace", "/sources/<source_id>/pace", EDITOR, ("POST",)),
    Right("settings", "/sources/<source_id>/settings", EDITOR, ("GET", "POST")),
    Right("hold", "/holds/<int:number>", EDITOR),
    Right("apply", "/holds/<int:number>/apply", EDITOR, ("POST",)),
    Right("keep", "/holds/<int:number>/keep", EDITOR, ("POST",)),
    Right("log", "/log", EDITOR),
    Right("undo", "/log/<int:number>/undo", EDITOR, ("POST",)),
    Right("me", "/me", EDITOR),
    Right("password", "/me/password", EDITOR, ("POST",), proof=True),
    Right("prove", "/me/prove", EDITOR, ("GET", "POST")),
    Right("accounts", "/accounts", OWNER, proof=True),
    Right("invite", "/accounts/invite", OWNER, ("POST",), proof=True),
    Right("close", "/accounts/<name>/close", OWNER, ("POST",), proof=True),
)
BY_ENDPOINT = {f"admin.{right.endpoint}": right for right in RIGHTS}


def register(blueprint: Blueprint, views: Mapping[str, Callable[..., Any]]) -> None:
    """Register every row with its view. Raises KeyError where one has no view."""
    for right in RIGHTS:
        blueprint.add_url_rule(right.rule, right.endpoint, views[right.endpoint], methods=list(right.methods))
