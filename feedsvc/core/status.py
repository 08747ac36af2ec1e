"""Words that say an event does not take place, in the languages that calendars are kept in.

The hardest case is a title that says it before the title proper ("Canceled: Town hall", "[ABGESAGT] Sprechstunde"): a
debate of "Cancelled culture" takes place all the same.
"""

from __future__ import annotations

import re

from feedsvc.core.text import fold

_CANCELLED = frozenset(
    re.split(
        r"\s+",
        "cancelled canceled cancel cancellation eventcancelled annule annulee annules annulees cancelado cancelada "
        "cancelados canceladas suspendido suspendida abgesagt absage entfallt entfaellt ausgefallen gestrichen "
        "annullato annullata annullati cancellato cancellata geannuleerd afgelast vervallen aflyst avlyst installd "
        "peruttu peruutettu odwolane odwolany odwolana zruseno zrusene zruseny otkazano anulat anulata elmarad "
        "torolve скасовано скасована отменено отменен отменена iptal ملغى ملغاة",
    )
)
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE = re.compile(r"[\s\W]*([^\W\d_]{5,12})\s*(?:[:!|\])*]|[-–—]+\s)[\s:!|\])*–—-]*(?=\S)")
_BEHIND = re.compile(r"\s*(?:[-–—|:]+\s*|[\[(*]+\s*)([^\W\d_]{5,12})\s*[!\])*]*\s*$")


def says_cancelled(text: str) -> bool:
    """Return True if a status says in any spelling that the event is cancelled."""
    return any(fold(word) in _CANCELLED for word in _WORD.findall(text[:80]))


def without_cancellation(title: str) -> tuple[str, bool]:
    """The title without a word that says it is cancelled, and whether there was one."""
    before = _BEFORE.match(title)
    if before and fold(before[1]) in _CANCELLED:
        return title[before.end() :].strip(), True
    behind = _BEHIND.search(title)
    if behind and behind.start() > 0 and fold(behind[1]) in _CANCELLED:
        return title[: behind.start()].strip(), True
    return title, False
