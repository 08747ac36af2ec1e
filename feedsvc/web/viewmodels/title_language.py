"""Guess the language of a title, for screen readers: by its script, else by the language of its only country. Pure.

A wrong guess makes a reader mispronounce, so where several languages are likely the guess is "", which says that the
language is not known (HTML, the lang attribute).
"""

from __future__ import annotations

import re
import unicodedata

_SCRIPTS = {
    "GREEK": "el", "GEORGIAN": "ka", "ARMENIAN": "hy", "HEBREW": "he", "HANGUL": "ko", "HIRAGANA": "ja",
    "KATAKANA": "ja", "THAI": "th", "BENGALI": "bn", "LAO": "lo", "KHMER": "km", "MYANMAR": "my", "TAMIL": "ta",
}  # fmt: skip
_SHARED = {
    "CYRILLIC": {"ua": "uk", "ru": "ru", "bg": "bg", "by": "be", "mk": "mk", "mn": "mn", "kg": "ky", "rs": "sr"},
    "ARABIC": {"pk": "ur", "ir": "fa", "af": ""},
    "DEVANAGARI": {"np": "ne", "in": "hi"},
    "CJK": {"cn": "zh", "tw": "zh", "hk": "zh", "jp": "ja"},
}
_SIGNS = {
    "es": r"\b(el|la|los|las|de|del|y|en|para|por|sobre|con)\b",
    "fr": r"\b(le|la|les|des|du|et|sur|pour|aux?|une?)\b|\bl[’']|\bd[’']",
    "pt": r"\b(o|os|as|da|do|das|dos|e|em|para|sobre)\b",
    "en": r"\b(the|of|and|for|to|in|on|with|how|what|your|a|an)\b",
}
_LANGUAGES = {
    "es": "ar bo cl co cr cu do ec es gq gt hn mx ni pa pe py sv uy ve",
    "fr": "bf bi bj cd cf cg ch ci cm dj fr ga gn ht km lu ma mc mg ml ne rw sn td tg tn be ca",
    "pt": "ao br cv gw mz pt st tl",
}
_LEAST_SIGNS = 1


def language_of(title: str, countries: tuple[str, ...]) -> str | None:
    """Return the BCP 47 tag of a title's language, "" where it is not known."""
    # The first word of the Unicode name of most letters.
    letters = [unicodedata.name(letter, "").partition(" ")[0] for letter in title if letter.isalpha()]
    script = max(set(letters), key=letters.count) if letters else ""
    if script in _SCRIPTS:
        return _SCRIPTS[script]
    if script in _SHARED:
        found = {_SHARED[script].get(country, "ar" if script == "ARABIC" else "") for country in countries}
        return found.pop() if len(found) == 1 else ""
    if script != "LATIN":
        return ""
    counted = {language: len(re.findall(signs, title.lower())) for language, signs in _SIGNS.items()}
    for language, spoken in _LANGUAGES.items():
        if not set(countries).intersection(spoken.split()):
            counted[language] = 0
    best = max(counted, key=lambda language: counted[language])
    clear = counted[best] >= _LEAST_SIGNS and list(counted.values()).count(counted[best]) == 1
    return best if clear else ""
