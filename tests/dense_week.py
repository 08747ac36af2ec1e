"""A made-up week as dense as the real one: some 400 events in 67 countries from 1 to 7 March 2027, three before it.

It has what goes wrong in dense weeks: an exhibition of seven days, an event of nine countries, a night, two series, a
title of three hundred letters, one in a script of its own, events cancelled, not confirmed and without an end.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from feedsvc.core.model import EventStatus, Listing, Stated

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MONDAY = date(2027, 3, 1)


def _names(joined: str) -> list[str]:
    return joined.split("|")


COUNTRIES = _names(
    "Albania|Argentina|Armenia|Australia|Austria|Azerbaijan|Bangladesh|Belgium|Benin|Bolivia|"
    "Bosnia and Herzegovina|Brazil|Bulgaria|Burkina Faso|Cabo Verde|Canada|Chile|Colombia|Costa Rica|"
    "Côte d'Ivoire|Croatia|Czechia|Denmark|Dominican Republic|Ecuador|El Salvador|Estonia|Finland|"
    "France|Georgia|Germany|Ghana|Greece|Guatemala|Honduras|India|Indonesia|Ireland|Israel|Italy|"
    "Jamaica|Japan|Jordan|Kenya|Kosovo|Kyrgyzstan|Latvia|Liberia|Lithuania|Malawi|Malta|Mexico|"
    "Moldova|Mongolia|Montenegro|Morocco|Nepal|Netherlands|New Zealand|Nigeria|North Macedonia|Norway|"
    "Philippines|Ukraine|Uruguay|United Kingdom|United States"
)
THEMES = _names(
    "Access to Information|Anti-Corruption|Civic Space|Climate and Environment|Digital Governance|"
    "Fiscal Openness|Gender & Inclusion|Justice|Media Freedom|Open Parliaments|Public Participation"
)
SPANISH = _names(
    "Argentina|Bolivia|Chile|Colombia|Costa Rica|Dominican Republic|Ecuador|El Salvador|Guatemala|"
    "Honduras|Mexico|Uruguay"
)
FRENCH = _names("Benin|Burkina Faso|Côte d'Ivoire|France|Morocco|Belgium")
TITLES = {
    "en": (
        "Open budget clinic for neighbourhood groups|Launch of the fourth national action plan|"
        "Reading the procurement register together|Citizens' assembly on air quality: what happened next|"
        "Workshop: how to file an information request|Youth hackathon for open parliament data|"
        "Beneficial ownership: one year of the register|Public hearing on the access to information bill"
    ),
    "es": (
        "Taller: presupuesto abierto para barrios|Conversatorio sobre justicia abierta|"
        "Lanzamiento del quinto plan de acción de gobierno abierto|Jornada de participación ciudadana en la comuna|"
        "Datos abiertos y medio ambiente: experiencias locales|Hackatón cívico por la transparencia|"
        "Diálogo con juventudes sobre espacio cívico|Presentación del portal de contrataciones abiertas"
    ),
    "fr": (
        "Atelier : lire le budget de sa commune|Lancement du plan d'action national|"
        "Débat public sur l'accès à l'information|Journée portes ouvertes de l'Assemblée nationale"
    ),
}
LOCAL = {
    "Ukraine": "Відкритий бюджет громади: практикум",
    "Greece": "Ανοιχτή διακυβέρνηση στους δήμους",
    "Georgia": "ღია მმართველობის კვირეული: შეხვედრა",
    "Japan": "オープンデータ市民ワークショップ",
    "Jordan": "ورشة عمل حول الحق في الحصول على المعلومات",
    "Israel": "מפגש פתוח על שקיפות תקציבית",
    "Nepal": "खुला सरकार सप्ताह: छलफल",
}
LONG = (
    "SEMINARIO INTERNACIONAL: Diálogos de saberes sobre juventudes, participación y derecho de acceso a la información "
    "pública ambiental: “(Re)pensando y (re)descubriendo a las juventudes desde un lente crítico, territorial e "
    "intergeneracional” – con la presencia de autoridades, organizaciones de la sociedad civil y universidades"
)
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnungsinformationsveranstaltung"
PLACES = {
    "en": "City Hall, Room 3|Online|National Library, main hall",
    "es": "Salón Municipal|Auditorio de la Universidad|Centro Cultural, Av. Principal 120|En línea",
    "fr": "Mairie, salle du conseil|En ligne",
}
WEIGHTS = {"Chile": 30, "Mexico": 18, "Ukraine": 16, "Nigeria": 12, "Kenya": 10}


def listings() -> list[Listing]:
    """Every event of it, always the same ones."""
    dice = random.Random(7)
    weights = [WEIGHTS.get(country, dice.paretovariate(1.1)) for country in COUNTRIES]
    chosen = [*COUNTRIES, *dice.choices(COUNTRIES, weights, k=400 - len(COUNTRIES))]
    return [*(_usual(dice, country) for country in chosen), *_odd(), *_series(), *_before()]


def _usual(dice: random.Random, country: str) -> Listing:
    language = "es" if country in SPANISH else "fr" if country in FRENCH else "en"
    titles = [*TITLES[language].split("|"), *([LOCAL[country]] * 3 if country in LOCAL else [])]
    day = MONDAY + timedelta(days=dice.choices(range(7), (20, 24, 25, 22, 18, 3, 1))[0])
    start = datetime.combine(
        day, time(dice.choice((8, 9, 10, 10, 11, 14, 15, 16, 17, 19)), dice.choice((0, 0, 30, 15)))
    )
    end = start + timedelta(minutes=dice.choice((60, 90, 120, 180, 480)))
    return made(
        dice.choice(titles),
        country,
        start.date(),
        start.time(),
        end.time(),
        dice.sample(THEMES, dice.choices((1, 2, 3, 5), (60, 25, 10, 5))[0]),
        end_day=end.date(),
        location=dice.choice(PLACES[language].split("|")),
        host=dice.choice(("", "Ministry of Justice", "Open Data Foundation")),
    )


def made(
    title: str | None,
    country: str,
    day: date,
    start: time | None,
    end: time | None,
    themes: list[str],
    end_day: date | None = None,
    **more: Any,
) -> Listing:
    """A listing on the clock of its country, as a table gives it; `country` may be several, between commas."""
    stop = None if end is None and end_day is None else Stated(end_day or day, end)
    return Listing(
        title,
        start=Stated(day, start),
        end=stop,
        countries=tuple(country.split(", ")),
        themes=tuple(themes),
        description="Come and talk about how the budget of your town is made. Registration is free.",
        **more,
    )


def _odd() -> list[Listing]:
    def day(number: int) -> date:
        return MONDAY + timedelta(days=number - 1)

    nine = "Chile, France, India, Japan, Kenya, Philippines, United States, Ukraine, New Zealand"
    cancelled, maybe = {"status": EventStatus.CANCELLED}, {"status": EventStatus.TENTATIVE}
    plaza = {"end_day": day(7), "location": "Plaza mayor"}
    return [
        made(LONG, "Chile", day(3), time(11), time(12, 30), THEMES[:5], location="Auditorio"),
        made(LONG_WORD, "Austria", day(3), time(9), time(10), ["Fiscal Openness"]),
        made("Exchange of parliaments", "Costa Rica, Honduras, Guatemala", day(4), time(10), time(12), ["Justice"]),
        made("A global conversation on civic space", nine, day(5), time(15), time(16, 30), ["Civic Space"]),
        made("Exhibition: ten years of open government", "Uruguay", day(1), None, None, ["Justice"], **plaza),
        made("All-night reading of the constitution", "Greece", day(5), time(22), time(4), ["Justice"], day(6)),
        made("Cancelled workshop about budgets", "Chile", day(4), time(10), time(11), ["Fiscal Openness"], **cancelled),
        made("Maybe: mayors' breakfast", "Chile", day(4), time(8), time(9), ["Public Participation"], **maybe),
        made("Evening without an end", "Chile", day(2), time(19), None, ["Public Participation"]),
        made("Two to one, back in time", "Moldova", day(2), time(14, 1), time(13, 1), ["Public Participation"]),
    ]


def _series() -> list[Listing]:
    tuesdays = [date(2026, 12, 1) + timedelta(weeks=n) for n in range(20)]
    library = {"location": "Biblioteca de Santiago"}
    title = "Martes abiertos en la biblioteca"
    return [made(title, "Chile", day, time(18, 30), time(20), ["Public Participation"], **library) for day in tuesdays]


def _before() -> list[Listing]:
    return [
        made(
            "Preparatory meeting: what is Open Gov Week?", "France", date(2026, 11, 25), time(9), time(18), ["Justice"]
        ),
        made("Reunión preparatoria", "Chile", date(2026, 11, 26), time(10), time(11), ["Justice"], location="En línea"),
        made(
            "Planning call for the region", "Philippines, Indonesia", date(2026, 12, 1), time(14), time(15), ["Justice"]
        ),
    ]
