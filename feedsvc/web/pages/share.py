"""Contents of a calendar's share page: link, badge, button, agenda for a site, QR code, poster, who fetches it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape

from feedsvc.services.bundles import NamedFeed
from feedsvc.services.subscribers import day_of
from feedsvc.web.embed.routes import Look, embed_code, embed_path
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.fetches import DAYS, Fetches, fetches
from feedsvc.web.viewmodels.i18n import LOCALES, Words, words

BUTTON = "background:{color};color:#fff;padding:12px 20px;border-radius:6px;font-weight:600;text-decoration:none"


@dataclass(frozen=True, slots=True)
class SharePage:
    """Everything the template needs. `sentences` are (language, sentence); codes are HTML to copy."""

    path: str
    name: str
    address: str
    sentences: tuple[tuple[str, str], ...]
    badge: str
    badge_code: str
    button_words: str
    button_code: str
    embed: str
    embed_code: str
    usual: dict[str, str | int]
    fetches: Fetches


def share_page(builder: PageBuilder, named: NamedFeed, told: Words, now: datetime) -> SharePage:
    """The share page of a feed or bundle."""
    path, address = named.path, builder.addresses.absolute(named.path)
    name = named.title if named.is_bundle else builder.name(named.spec, told)
    embed = embed_path(path, Look(lang=told.language))
    alternative = told.text("%(name)s in your calendar", name=name)
    button = told.text("Add %(name)s to my calendar", name=name)
    badge = f"{path}/badge.svg" + ("" if told.language == "en" else f"?lang={told.language}")
    style = BUTTON.format(color=builder.site.color)
    with builder.runtime.store.read() as snapshot:
        counted = snapshot.counts.of(path, day_of(now) - DAYS)
    return SharePage(
        path=path,
        name=name,
        address=address,
        sentences=tuple((code, sentence(builder, named, words(code))) for code in LOCALES),
        badge=badge,
        badge_code=(
            f'<a href="{escape(address)}"><img src="{escape(builder.addresses.absolute(badge))}" '
            f'height="36" alt="{escape(alternative)}"></a>'
        ),
        button_words=button,
        button_code=f'<a href="{escape(address)}#subscribe" style="{style}">{escape(button)}</a>',
        embed=embed,
        embed_code=embed_code(builder.addresses.absolute(embed), f"{builder.site.name} · {name}"),
        usual=asdict(Look()),
        fetches=fetches(counted, told, now),
    )


def sentence(builder: PageBuilder, named: NamedFeed, told: Words) -> str:
    """A sentence for a mail or a post, with the address."""
    values = {"site": builder.site.name, "address": builder.addresses.absolute(named.path)}
    if not named.spec.wanted and not named.is_bundle:
        return told.text("Every event of %(site)s, in your own calendar: %(address)s", **values)
    name = named.title if named.is_bundle else builder.name(named.spec, told)
    return told.text("Every event of %(site)s in %(name)s, in your own calendar: %(address)s", name=name, **values)
