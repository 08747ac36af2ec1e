"""Country names that people write and CLDR does not list, and the zones where most people of a country live.

Tables only; `countries` reads them. Names are compared by folded words, so case, accents, dashes and "&" do not matter.
"""

from __future__ import annotations

LANGUAGES = "en es fr pt ar ru uk de it nl ro ka hy sr sr_Latn sq mk id ko mn"
"""Languages whose country names are known, by words. Where two give one name to two countries, the first wins."""

OTHER_NAMES = {"en": "Other", "es": "Otro", "fr": "Autre"}
"""Names of the value `other` where a language is asked for."""

OTHER_WORDS = (
    "Other; Others; Otro; Otra; Otros; Otras; Autre; Autres; Outro; Outra; Outros; Outras; أخرى; Другое; Другая; Інше; "
    "Інша; Andere; Anderes; Sonstige; Altro; Altra; Altri; Overig; Overige; Altul; Alta; Altele; სხვა; Այլ; Друго; "
    "Drugo; Tjetër; Lainnya; 기타; Бусад"
)
"""Words for `other` in a source, between semicolons."""

ALIASES = {
    "ae": "UAE; Emirates",
    "af": "Islamic Republic of Afghanistan",
    "al": "Republic of Albania",
    "am": "Republic of Armenia",
    "ar": "Argentine Republic",
    "az": "Republic of Azerbaijan",
    "ba": "Bosnia; Bosnia-Herzegovina; BiH",
    "bn": "Brunei Darussalam",
    "bo": "Plurinational State of Bolivia; Bolivia, Plurinational State of; Bolivia (Plurinational State of)",
    "br": "Federative Republic of Brazil",
    "bs": "The Bahamas",
    "by": "Byelorussia; Republic of Belarus",
    "cd": (
        "DRC; DR Congo; D.R. Congo; Dem. Rep. Congo; Congo (DRC); Congo, Democratic Republic of the; Zaire; "
        "Democratic Republic of the Congo; Democratic Republic of Congo; Congo (Democratic Republic of the); "
        "République démocratique du Congo; RDC; República Democrática del Congo; Congo-Kinshasa"
    ),
    "cf": "CAR",
    "cg": "Congo; Republic of the Congo; Republic of Congo; Congo (Republic); République du Congo",
    "ci": "Ivory Coast; Cote d Ivoire; Republic of Côte d'Ivoire",
    "cn": "PRC; People's Republic of China; Mainland China",
    "cv": "Cape Verde; Cabo Verde; Republic of Cabo Verde",
    "cz": "Czech Republic; Czechia; The Czech Republic",
    "de": "Federal Republic of Germany",
    "do": "Dominican Rep.",
    "eh": "Sahrawi Republic",
    "fk": "Falklands; Falkland Islands (Malvinas); Malvinas",
    "fm": "Federated States of Micronesia; Micronesia (Federated States of); Micronesia, Federated States of",
    "gb": (
        "UK; U.K.; Great Britain; Britain; England; Scotland; Wales; Northern Ireland; "
        "United Kingdom of Great Britain and Northern Ireland; Inglaterra; Escocia; Angleterre; Écosse"
    ),
    "ge": "Republic of Georgia; Georgia (country); Sakartvelo",
    "gm": "The Gambia; Gambia, The",
    "gw": "Guinea Bissau",
    "hk": "Hong Kong; Hong Kong SAR",
    "ie": "Republic of Ireland; Éire",
    "ir": "Islamic Republic of Iran; Iran, Islamic Republic of; Iran (Islamic Republic of); Persia",
    "ke": "Republic of Kenya",
    "kg": "Kyrgyz Republic; Kirghizia; Kirgizstan; Киргизская Республика; Кыргызская Республика",
    "kn": "St Kitts and Nevis",
    "kp": "DPRK; Democratic People's Republic of Korea; Korea, Democratic People's Republic of",
    "kr": "South Korea; Republic of Korea; Korea, Republic of; Korea (Republic of); Korea; 한국",
    "la": "Lao PDR; Lao People's Democratic Republic; Lao",
    "lr": "Republic of Liberia",
    "ma": "Kingdom of Morocco",
    "md": "Republic of Moldova; Moldova, Republic of; Moldova (Republic of); Republica Moldova; Moldavia",
    "me": "Crna Gora",
    "mk": "North Macedonia; Republic of North Macedonia; Macedonia; FYROM; FYR Macedonia",
    "mm": "Myanmar; Burma; Birmania; Birmanie",
    "mn": "Монгол; Монгол Улс",
    "mo": "Macau; Macao; Macao SAR; Macau SAR",
    "mx": "United Mexican States; Mejico",
    "ng": "Federal Republic of Nigeria",
    "nl": "Holland; The Netherlands; Kingdom of the Netherlands; Netherlands, Kingdom of the; Holanda",
    "ph": "The Philippines; Republic of the Philippines; Pilipinas",
    "pg": "PNG",
    "ps": (
        "Palestine; State of Palestine; Palestine, State of; Palestinian Territory; West Bank and Gaza; "
        "Occupied Palestinian Territory; Palestina; فلسطين; Палестина"
    ),
    "re": "La Réunion",
    "ru": "Russian Federation; Российская Федерация",
    "sh": "Saint Helena, Ascension and Tristan da Cunha",
    "sk": "Slovak Republic",
    "sn": "Republic of Senegal",
    "st": "Sao Tome; Sao Tome and Principe",
    "sv": "Republic of El Salvador",
    "sx": "Sint Maarten (Dutch part)",
    "sy": "Syrian Arab Republic",
    "sz": "Swaziland; Kingdom of Eswatini; Suazilandia; Swasiland",
    "tl": "East Timor; Timor Leste",
    "tr": "Turkey; Türkiye; Turkiye; Republic of Türkiye; Republic of Turkey",
    "tt": "Trinidad; Tobago",
    "tw": "Taiwan; Taiwan, Province of China; Chinese Taipei; Republic of China",
    "tz": "United Republic of Tanzania; Tanzania, United Republic of",
    "ua": "The Ukraine",
    "us": (
        "USA; U.S.; U.S.A.; US; United States of America; America; The United States; EE. UU.; EEUU; EUA; "
        "Estados Unidos de América; États-Unis d'Amérique; Соединенные Штаты Америки; США"
    ),
    "va": "Holy See; Vatican; Holy See (Vatican City State)",
    "ve": "Bolivarian Republic of Venezuela; Venezuela, Bolivarian Republic of",
    "vg": "Virgin Islands (British); BVI",
    "vi": "Virgin Islands (U.S.); US Virgin Islands",
    "vn": "Viet Nam; Socialist Republic of Vietnam",
    "xk": "Kosovo; Kosova; Republic of Kosovo; Kosovo (under UNSCR 1244)",
    "za": "RSA; Republic of South Africa",
}
"""Country → names in use, between semicolons: official names, short forms, older names, parts of a country."""

PRIMARY_ZONES = {
    "au": "Australia/Sydney",  # zone.tab begins with Lord Howe Island
    "br": "America/Sao_Paulo",  # … with Fernando de Noronha
    "ca": "America/Toronto",  # … with Newfoundland
    "ps": "Asia/Hebron",  # … with Gaza; the West Bank has more people
    "ru": "Europe/Moscow",  # … with Kaliningrad
    "ua": "Europe/Kyiv",  # … with Crimea
    "uz": "Asia/Tashkent",  # … with Samarkand
    "xk": "Europe/Belgrade",  # not in zone.tab at all
}
"""Country → its first zone, where zone.tab, which goes from east to west or by region, begins with another."""
