"""What an organiser needs to spread a feed: addresses, pictures, code and ready-made sentences. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from feedsvc.feeds.spec import FeedSpec
from feedsvc.feeds.vocabulary import Vocabulary
from feedsvc.web.embed.routes import Look, embed_code, embed_path
from feedsvc.web.images.preview import picture_path
from feedsvc.web.viewmodels.filters import heading
from feedsvc.web.viewmodels.i18n import LOCALES, words
from feedsvc.web.viewmodels.urls import Addresses


@dataclass(frozen=True, slots=True)
class ShareKit:
    """`address` and `picture` are absolute; `poster`, `embed` and `qr` (without extension) are paths.

    `sentences` are (language, sentence) pairs; `usual` is how an agenda looks where its address asks for nothing.
    """

    address: str
    poster: str
    qr: str
    picture: str
    embed: str
    embed_code: str
    sentences: tuple[tuple[str, str], ...]
    usual: dict[str, str | int] = field(default_factory=lambda: asdict(Look()))


@dataclass(frozen=True, slots=True)
class Sharing:
    """What the kits of all feeds share."""

    addresses: Addresses
    site_name: str
    vocabulary: Vocabulary

    def kit(self, spec: FeedSpec, path: str, title: str, language: str, name: str = "") -> ShareKit:
        """The kit of a feed that stands under `path`: its own, or, under a `name` of its own, a bundle's."""
        address = self.addresses.absolute(path)
        embed = embed_path(path, Look(lang=language))
        return ShareKit(
            address=address,
            poster=f"/poster{path}",
            qr=f"/qr{path}",
            picture=self.addresses.absolute(picture_path(path)),
            embed=embed,
            embed_code=embed_code(self.addresses.absolute(embed), title),
            sentences=tuple((code, self._sentence(code, spec, address, name)) for code in LOCALES),
        )

    def _sentence(self, language: str, spec: FeedSpec, address: str, name: str) -> str:
        told = words(language)
        what = name or " · ".join(heading(spec, self.vocabulary, told))
        if not what:
            return told.text(
                "Every event of %(site)s in your own calendar, always up to date: %(address)s",
                site=self.site_name,
                address=address,
            )
        return told.text(
            "%(site)s, %(what)s: every event in your own calendar, always up to date. %(address)s",
            site=self.site_name,
            what=what,
            address=address,
        )
