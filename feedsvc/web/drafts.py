"""A bundle as somebody filled it in: what the form says, and what is wrong with it, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers, MultiDict

from feedsvc.core.errors import UnknownFeed
from feedsvc.core.slugs import MAX_NAME, bundle_name, has_address
from feedsvc.feeds.spec import JOINER, MAX_VALUES, FeedSpec, make_spec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.web.viewmodels.i18n import Words


@dataclass(frozen=True, slots=True)
class Draft:
    """A name and a choice; `faults` says field by field what has to be mended, and is empty when it can be saved."""

    name: str
    spec: FeedSpec
    faults: tuple[tuple[str, str], ...] = ()


def draft(form: MultiDict[str, str], vocabulary: Vocabulary, words: Words) -> Draft:
    """What a form says, or a link to it: `name` and each dimension's values, one by one or joined as in paths."""
    faults = []
    name = bundle_name(form.get("name", ""))
    if not name:
        faults.append(("name", words.text("Give it a name; subscribers will see it in their calendar.")))
    elif len(name) > MAX_NAME:
        most = words.number(MAX_NAME)
        faults.append(("name", words.text("The name is too long; %(most)s characters are the most.", most=most)))
    elif has_address(name):
        faults.append(("name", words.text("A name has no web address in it.")))
    wanted = {}
    for dimension in vocabulary.dimensions:
        values = _values(form.getlist(dimension.name), dimension.name, vocabulary)
        wanted[dimension.name] = values
        if len(values) > MAX_VALUES:
            faults.append((dimension.name, words.text("One calendar holds at most eight of these.")))
    return Draft(name, make_spec(wanted), tuple(faults))


def _values(given: list[str], dimension: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The values that exist, each once; a form of ours sends no others."""
    found = set()
    for value in (part for one in given for part in one.split(JOINER)):
        try:
            found.add(vocabulary.canonical(dimension, value))
        except UnknownFeed:
            continue
    return tuple(sorted(found))


def arguments_of(spec: FeedSpec) -> dict[str, str]:
    """The arguments of a link to the form that has this choice filled in."""
    return {dimension: JOINER.join(values) for dimension, values in spec.wanted}


def comes_from_here(headers: Headers, hosts: frozenset[str], *, secret: bool = False) -> bool:
    """Whether a form was sent by a page of this service, and not by somebody else's page behind the visitor's back.

    A browser says so by Sec-Fetch-Site, on plain http by Origin alone. What sends neither is no browser. With `secret`
    the address is the proof, and Origin may be "null": pages with a secret tell nobody where a request comes from.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in hosts or (secret and origin == "null")
