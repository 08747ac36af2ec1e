"""Write `feedsvc/core/zone_names.tsv`: names of time zones that people and programs see, each with its IANA zone.

    python -m tools.zone_names > feedsvc/core/zone_names.tsv

From CLDR, as Babel ships it, in seven languages: cities, and the long names of meta zones (standard, daylight and
generic time). To these come the words that Windows shows for zones without a city: `SHOWN`, by Windows' own id of the
zone. Where one name means two clocks, the one that Windows shows comes first.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files

from babel import Locale
from babel.core import get_global

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl")

SHOWN = {
    "Eastern Standard Time": (
        "Eastern Time; Ostküste; Est; Hora del este; Hora oriental; Hora do Leste; Horário do Leste; Fuso orientale; "
        "Ora orientale; Oostkust; Oostelijke tijd; Eastern Normalzeit; Eastern Sommerzeit; Hora estándar del este"
    ),
    "Central Standard Time": (
        "Central Time; Zentral; Centre; Hora central; Horário Central; Fuso centrale; Ora centrale; Centraal; Midden; "
        "Centrale tijd; Central Normalzeit; Central Sommerzeit"
    ),
    "Mountain Standard Time": (
        "Mountain Time; Rocky Mountains; Rocheuses; Montagnes Rocheuses; Montagnes; Hora de las Montañas; "
        "Hora de la Montaña; Hora das Montanhas; Hora da Montanha; Fuso occidentale; Mountain Normalzeit; "
        "Mountain Sommerzeit"
    ),
    "Pacific Standard Time": (
        "Pacific Time; Pazifik; Pacifique; Hora del Pacífico; Hora do Pacífico; Horário do Pacífico; "
        "Fuso del Pacifico; Pacifico; Ora del Pacifico; Stille Oceaan; Pacifische tijd; Pacific Normalzeit; "
        "Pacific Sommerzeit"
    ),
    "Atlantic Standard Time": (
        "Atlantic Time; Atlantik; Atlantik-Zeit; Atlantique; Hora del Atlántico; Hora do Atlântico; Costa Atlantica; "
        "Ora atlantica; Atlantische tijd"
    ),
    "Newfoundland Standard Time": "Newfoundland; Neufundland; Terre-Neuve; Terranova; Terra Nova",
    "US Mountain Standard Time": "Arizona",
    "US Eastern Standard Time": (
        "Indiana (East); Indiana (Ost); Indiana (Est); Indiana (Este); Indiana (Leste); Indiana (oost)"
    ),
    "Alaskan Standard Time": "Alaska; Alasca",
    "Hawaiian Standard Time": "Hawaii; Hawái; Havaí; Havai; Hawaï; Hawai; Hawaiian Time",
    "Aleutian Standard Time": (
        "Aleutian Islands; Aleuten; Aléoutiennes; Îles Aléoutiennes; Islas Aleutianas; Ilhas Aleutas; Isole Aleutine; "
        "Aleoeten"
    ),
    "Marquesas Standard Time": (
        "Marquesas Islands; Marquesasinseln; Îles Marquises; Marquises; Islas Marquesas; Ilhas Marquesas; "
        "Isole Marchesi; Marquesaseilanden"
    ),
    "Central America Standard Time": (
        "Central America; Zentralamerika; Mittelamerika; Amérique centrale; América Central; America centrale; "
        "Midden-Amerika; Centraal-Amerika"
    ),
    "Canada Central Standard Time": "Saskatchewan",
    "E. South America Standard Time": "Brasilia; Brasília; Brasile; Hora oficial do Brasil; Horário de Brasília",
    "Argentina Standard Time": (
        "City of Buenos Aires; Stadt Buenos Aires; Ville de Buenos Aires; Ciudad de Buenos Aires; "
        "Cidade de Buenos Aires; Città di Buenos Aires; Stad Buenos Aires"
    ),
    "Bahia Standard Time": "Salvador",
    "Greenland Standard Time": "Greenland; Grönland; Groenland; Groenlandia; Gronelândia; Groenlândia",
    "Cape Verde Standard Time": (
        "Cabo Verde Is.; Cape Verde Is.; Cabo Verde; Kap Verde; Kapverdische Inseln; Kapverden; Îles du Cap-Vert; "
        "Cap-Vert; Islas de Cabo Verde; Ilhas de Cabo Verde; Isole di Capo Verde; Capo Verde; Kaapverdië; "
        "Kaapverdische Eilanden"
    ),
    "GMT Standard Time": "Edinburgh; Edimbourg; Edimburgo; Hora padrão de GMT; UK Time; London Time",
    "W. Europe Standard Time": (
        "Bern; Berne; Berna; Europe de l'Ouest; Hora estándar de Europa Occidental; "
        "Hora de verano de Europa Occidental; Hora padrão da Europa Ocidental; Hora de Verão da Europa Ocidental; "
        "ora solare Europa occidentale; ora legale Europa occidentale; West-Europa (standaardtijd); "
        "West-Europa (zomertijd); Western Europe Time; Western Europe"
    ),
    "Romance Standard Time": (
        "Romance; Hora estándar romance; Hora de verano romance; Hora padrão romance; Hora de Verão romance; "
        "ora solare Europa centrale (Romanza); Romance (standaardtijd); Romance (zomertijd)"
    ),
    "Central Europe Standard Time": "Central Europe; Hora estándar de Europa central; Mitteleuropa; Europe centrale",
    "FLE Standard Time": "Kiew; Kyjiw; Kiev; Kyiv; Kiëv",
    "W. Central Africa Standard Time": (
        "West Central Africa; Westliches Zentralafrika; West-Zentralafrika; Zentralafrika - West; "
        "Afrique centrale - Ouest; Afrique centrale occidentale; Afrique centrale de l'Ouest; "
        "África Central Occidental; África central del oeste; África Centro-Ocidental; África Central Ocidental; "
        "Africa centro occidentale; Africa centro-occidentale; West-Centraal-Afrika"
    ),
    "UTC": (
        "Coordinated Universal Time; Universal Coordinated Time; Universal Time; Koordinierte Weltzeit; Weltzeit; "
        "Temps universel coordonné; Tiempo universal coordinado; Hora universal coordinada; "
        "Tempo Universal Coordenado; Hora Universal Coordenada; Tempo coordinato universale; "
        "Tempo universale coordinato; Ora universale coordinata; Gecoördineerde wereldtijd; Zulu"
    ),
    "Russian Standard Time": (
        "St. Petersburg; Sankt Petersburg; Saint-Pétersbourg; San Petersburgo; São Petersburgo; San Pietroburgo; "
        "Sint-Petersburg; Moscow Time; Moscow Standard Time"
    ),
    "Arabian Standard Time": "Abu Dhabi; Abou Dhabi; Abu Dabi",
    "West Asia Standard Time": "Islamabad",
    "India Standard Time": (
        "Chennai; Mumbai; Bombay; Madras; New Delhi; Neu-Delhi; Nueva Delhi; Nova Delhi; Nova Deli; Nuova Delhi; "
        "Nieuw-Delhi; Delhi; Indian Standard Time"
    ),
    "Sri Lanka Standard Time": "Sri Jayawardenepura; Sri Jayawardenepura Kotte; Sri Jayawardenapura",
    "Qyzylorda Standard Time": "Astana; Nur-Sultan",
    "Myanmar Standard Time": "Yangon (Rangoon); Yangon (Rangún); Rangun; Yangon",
    "SE Asia Standard Time": "Hanoi; Hanói; Hà Nội",
    "China Standard Time": "Beijing; Peking; Pékin; Pekín; Pequim; Pechino; Chongqing; Beijing Time",
    "Tokyo Standard Time": "Osaka; Sapporo; Japan Standard Time; Japan Time",
    "AUS Eastern Standard Time": "Canberra",
    "E. Australia Standard Time": "Queensland",
    "New Zealand Standard Time": "Wellington; New Zealand Time",
    "Tonga Standard Time": "Nuku'alofa; Nuku’alofa; Nukualofa",
    "Line Islands Standard Time": (
        "Kiritimati Island; Kiritimati-Insel; Île Kiritimati; Isla Kiritimati; Ilha Kiritimati; Isola di Kiritimati"
    ),
    "Lord Howe Standard Time": (
        "Lord Howe Island; Lord-Howe-Insel; Île Lord Howe; Isla de Lord Howe; Ilha Lord Howe; Isola Lord Howe"
    ),
    "Chatham Islands Standard Time": (
        "Chatham Islands; Chatham-Inseln; Chathaminseln; Îles Chatham; Islas Chatham; Ilhas Chatham; Isole Chatham; "
        "Chathameilanden"
    ),
    "Bougainville Standard Time": "Bougainville Island; Bougainville-Insel; Île de Bougainville; Isla Bougainville",
    "Norfolk Standard Time": "Norfolk Island; Norfolkinsel; Île Norfolk; Isla Norfolk; Ilha Norfolk; Norfolkeiland",
    "Central Pacific Standard Time": "Solomon Is.; Salomon-Inseln; Îles Salomon; Islas Salomón; Ilhas Salomão",
    "Samoa Standard Time": "West Samoa",
    "Yukon Standard Time": "Yukon",
    "Pacific Standard Time (Mexico)": (
        "Baja California; Niederkalifornien; Basse-Californie; Baixa Califórnia; Bassa California; Lower California"
    ),
    "Central Standard Time (Mexico)": "Guadalajara",
    "Mountain Standard Time (Mexico)": "Mazatlan; Mazatlán",
    "Eastern Standard Time (Mexico)": "Chetumal",
    "Turks And Caicos Standard Time": (
        "Turks and Caicos; Turks- und Caicosinseln; Îles Turks-et-Caïcos; Îles Turques-et-Caïques; "
        "Islas Turcas y Caicos; Ilhas Turks e Caicos; Turks e Caicos; Turks- en Caicoseilanden"
    ),
    "Cuba Standard Time": "Havana; Havanna; La Havane; La Habana; L'Avana",
    "SA Pacific Standard Time": "Quito",
    "Russia Time Zone 3": "Izhevsk; Ijevsk; Ischewsk; Russia TZ 3 Standard Time",
    "Russia Time Zone 10": "Chokurdakh; Russia TZ 10 Standard Time",
    "Russia Time Zone 11": "Petropavlovsk-Kamchatsky; Kamchatka Standard Time; Russia TZ 11 Standard Time",
    "N. Central Asia Standard Time": "Russia TZ 5 Standard Time",
    "North Asia Standard Time": "Russia TZ 6 Standard Time",
    "North Asia East Standard Time": "Russia TZ 7 Standard Time",
    "Ekaterinburg Standard Time": "Ekaterinburg; Iekaterinbourg; Russia TZ 4 Standard Time",
    "Kaliningrad Standard Time": "Russia TZ 1 Standard Time",
    "Yakutsk Standard Time": "Russia TZ 8 Standard Time",
    "Vladivostok Standard Time": "Russia TZ 9 Standard Time",
    "Turkey Standard Time": "Ankara",
    "Mauritius Standard Time": "Port Louis; Port-Louis",
    "Israel Standard Time": "Jerusalem Standard Time; Jerusalem Daylight Time; Tel Aviv",
    "Malay Peninsula Standard Time": "Singapore Standard Time",
}
"""Windows id → words shown for it, between semicolons. A remark in parentheses that names Canada is left out."""
_TOO_VAGUE = frozenset({"GMT"})
_BEST = {
    "America_Eastern": "America/New_York",
    "America_Central": "America/Chicago",
    "America_Mountain": "America/Denver",
    "America_Pacific": "America/Los_Angeles",
    "Europe_Central": "Europe/Berlin",
    "Europe_Eastern": "Europe/Bucharest",
    "Atlantic": "America/Halifax",
    "Greenland_Western": "America/Nuuk",
    "Hawaii_Aleutian": "Pacific/Honolulu",
    "Kazakhstan": "Asia/Almaty",
    "Mexico_Pacific": "America/Mazatlan",
    "Amazon": "America/Manaus",
    "Brasilia": "America/Sao_Paulo",
    "Argentina": "America/Argentina/Buenos_Aires",
    "Africa_Western": "Africa/Lagos",
    "Australia_Eastern": "Australia/Sydney",
    "Australia_Central": "Australia/Adelaide",
}


def shown() -> Iterator[tuple[str, str]]:
    """Each name that Windows shows, with its zone."""
    windows = {**get_global("windows_zone_mapping"), "Malay Peninsula Standard Time": "Asia/Singapore"}
    for windows_id, words in SHOWN.items():
        zone = "UTC" if windows_id == "UTC" else windows[windows_id]
        for name in words.split("; "):
            yield name, zone


def cities() -> Iterator[tuple[str, str]]:
    """Each city after which CLDR calls a zone."""
    for language in LANGUAGES:
        for zone, names in Locale.parse(language).time_zones.items():
            if "city" in names:
                yield names["city"], zone


def meta_zones() -> Iterator[tuple[str, str]]:
    """Each long name of a meta zone, with the zone it is best known by: the one that Windows has for it."""
    best = dict(_BEST)
    for zone in (*get_global("windows_zone_mapping").values(), *sorted(get_global("meta_zones"))):
        meta_zone = get_global("meta_zones").get(zone)
        if meta_zone:
            best.setdefault(meta_zone, zone)
    for language in LANGUAGES:
        for meta_zone, names in Locale.parse(language).meta_zones.items():
            if meta_zone in best and meta_zone not in _TOO_VAGUE and "long" in names:
                yield from ((name, best[meta_zone]) for name in names["long"].values())


def rows() -> Iterator[str]:
    """The lines of the table: a zone, then its names between bars."""
    known = {name.lower() for name in (files("tzdata") / "zones").read_text("utf-8").split()}
    canonical = get_global("zone_aliases")
    of_name: dict[str, str] = {}
    for name, zone in (*shown(), *meta_zones(), *cities()):
        of_name.setdefault(name.casefold(), f"{canonical.get(zone, zone)}\t{name}")
    by_zone = defaultdict(list)
    for line in of_name.values():
        zone, name = line.split("\t")
        if zone.lower() in known and "|" not in name:
            by_zone[zone].append(name)
    return (f"{zone}\t{'|'.join(sorted(names))}" for zone, names in sorted(by_zone.items()))


if __name__ == "__main__":
    sys.stdout.writelines(f"{row}\n" for row in rows())
