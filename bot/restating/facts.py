"""The facts of a sentence in one form, however they are written: « 4,90 € », "€4.90" and "EUR 4.90" are one.

What a model must not change, drop or add: figures with what they count, dates, times, addresses of every
kind, codes. Words, however telling, are compared elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from knowledge.lexical import fold


@dataclass(frozen=True, slots=True)
class Fact:
    kind: str
    """money, percent, time, date, month, weekday, number, code, link, email or phone."""
    value: str
    unit: str = ""
    """Of money its currency; of a number what it counts, where that is a unit known here."""


@lru_cache(maxsize=20_000)
def facts(text: str, language: str) -> frozenset[Fact]:
    """Each stretch gives one fact: what was read as a date is no number as well."""
    rest = legible(text, language)
    found: list[Fact] = []
    for pattern, read in _READERS:
        pieces: list[str] = []
        last = 0
        for match in pattern.finditer(rest):
            fact = read(match, language)
            if fact is not None:
                found.append(fact)
                pieces += (rest[last : match.start()], " ")
                last = match.end()
        rest = "".join((*pieces, rest[last:]))
    return frozenset((*found, *_numbers(rest, language)))


def names(text: str) -> frozenset[str]:
    """Words with a capital letter inside a sentence, folded: of places, carriers, brands."""
    return frozenset(
        fold(match.group())
        for match in _NAME.finditer(text)
        if match.group() not in _NO_NAMES and not _begins(text, match.start())
    )


def _begins(text: str, at: int) -> bool:
    """Whether a sentence, an item or a quotation begins here: its capital letter says nothing."""
    before = text[:at].rstrip(" \t\"'«“‘(*_")
    return not before or before[-1] in ".!?…:;\n|-–—•>" or re.search(r"\d[.)]$", before) is not None


_NAME = re.compile(r"(?<![\w.])[A-ZÀ-ÝŒ][\w’'&]*(?:-\w+)*")
_NO_NAMES = frozenset({"I", "I'm", "I’m", "I'll", "I’ll", "OK", "Yes", "No", "Oui", "Non"})

# What a text is read with


def legible(text: str, language: str) -> str:
    """One kind of space, no spaces inside a number, numbers in digits, both ends of a price range as such."""
    spaced = re.sub(r"[\u00a0\u2007\u2009\u202f]", " ", unicodedata.normalize("NFKC", text))
    joined = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", spaced)
    joined = _PRICE_RANGE.sub(r"\1 \3 \2 ", joined)
    words = _CARDINAL.get(language)
    return words.sub(lambda match: _in_digits(match.group(), language), joined) if words else joined


def _in_digits(words: str, language: str) -> str:
    value = 0
    for word in re.split(r"[\s-]+", fold(words)):
        number = _CARDINALS[language].get(word, _CARDINALS[language].get(word.removesuffix("s"), 0))
        multiplies = value and (number == 100 or (number == 20 and value == 4))
        value = value * number if multiplies else value + number
    return str(value)


def _decimal(text: str, language: str) -> str:
    """1,500 is a thousand and a half in English, one and a half in French."""
    thousands = "," if language == "en" else "."
    if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:[.,]\d+)?", text):
        text = text.replace(thousands, "")
    whole, *rest = re.split(r"[.,]", text)
    return format(Decimal(f"{whole}.{''.join(rest) or '0'}").normalize(), "f")


def _money(match: re.Match[str], language: str) -> Fact:
    sign = match.group("before") or match.group("after")
    cents = match.group("cents")
    amount = match.group("amount") or match.group("behind")
    return Fact(
        "money", _decimal(f"{amount}.{cents}" if cents else amount, language), _CURRENCIES[fold(sign)]
    )


def _percent(match: re.Match[str], language: str) -> Fact:
    return Fact("percent", _decimal(match.group("value"), language))


def _date(match: re.Match[str], language: str) -> Fact:
    if match.group("iso"):
        return Fact("date", match.group("iso"))
    day, month, year = (int(match.group(name)) for name in ("day", "month", "year"))
    return Fact("date", f"{year if year > 99 else 2000 + year}-{month:02}-{day:02}")


def _time(match: re.Match[str], language: str) -> Fact:
    """« 18 h » is a time or a duration; so full hours are counted hours, however they are written."""
    hour, minute, half = int(match.group("hour")), match.group("minute") or "00", match.group("half")
    if half:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    return Fact("number", str(hour), "hour") if minute == "00" else Fact("time", f"{hour:02}:{minute}")


def _named_time(match: re.Match[str], language: str) -> Fact:
    return Fact("number", "0" if fold(match.group()) in {"midnight", "minuit"} else "12", "hour")


def _month(match: re.Match[str], language: str) -> Fact | None:
    """English "may" and "march" are months only with a capital letter."""
    if language == "en" and not match.group()[0].isupper():
        return None
    number = _MONTHS.get(fold(match.group()).rstrip("."))
    return Fact("month", str(number)) if number else None


def _weekday(match: re.Match[str], language: str) -> Fact | None:
    number = _WEEKDAYS.get(fold(match.group()).removesuffix("s"))
    return None if number is None else Fact("weekday", str(number))


def _link(match: re.Match[str], language: str) -> Fact:
    return Fact("link", fold(re.sub(r"^https?://(?:www\.)?|^www\.", "", match.group())).rstrip("/.,;:!?"))


def _email(match: re.Match[str], language: str) -> Fact:
    return Fact("email", fold(match.group()))


def _code(match: re.Match[str], language: str) -> Fact:
    return Fact("code", fold(match.group()))


def _ordinal(match: re.Match[str], language: str) -> Fact:
    return Fact("number", match.group("value"), "th")


def _phone(match: re.Match[str], language: str) -> Fact:
    return Fact("phone", re.sub(r"\D", "", match.group()))


def _numbers(text: str, language: str) -> Iterator[Fact]:
    """Of "10 to 14 days" both count days."""
    matches = list(_NUMBER.finditer(text))
    units = [_unit(text[match.end() :]) for match in matches]
    for n in range(len(matches) - 2, -1, -1):
        if not units[n] and _RANGE.fullmatch(text, matches[n].end(), matches[n + 1].start()):
            units[n] = units[n + 1]
    for match, unit in zip(matches, units, strict=True):
        yield Fact("number", _decimal(match.group(), language), unit)


def _unit(after: str) -> str:
    match = _UNIT.match(fold(after[:40]))
    if match is None:
        return ""
    return next(unit for unit, pattern in _UNITS.items() if re.fullmatch(pattern, match.group("unit")))


# Words and signs

_CURRENCIES = {
    sign: code
    for code, signs in {
        "EUR": "€ eur euro euros",
        "USD": "$ usd dollar dollars",
        "GBP": "£ gbp pound pounds livre livres",
        "CHF": "chf franc francs",
    }.items()
    for sign in signs.split()
}
_MONTHS = {
    name: number
    for number, names_ in enumerate(
        (
            "january janvier jan janv",
            "february fevrier feb fevr",
            "march mars mar",
            "april avril apr avr",
            "may mai",
            "june juin jun",
            "july juillet jul juil",
            "august aout aug",
            "september septembre sept sep",
            "october octobre oct",
            "november novembre nov",
            "december decembre dec",
        ),
        1,
    )
    for name in names_.split()
}
_WEEKDAYS = {
    name: number
    for number, names_ in enumerate(
        (
            "monday lundi",
            "tuesday mardi",
            "wednesday mercredi",
            "thursday jeudi",
            "friday vendredi",
            "saturday samedi",
            "sunday dimanche",
        )
    )
    for name in names_.split()
}
_UNITS = {
    "working day": r"(?:working|business) days?|jours? ouvres?",
    "legal working day": r"jours? ouvrables?",
    "calendar day": r"calendar days?|jours? calendaires?",
    "day": r"days?|jours?",
    "week": r"weeks?|semaines?",
    "month": r"months?|mois",
    "year": r"years?|ans?|annees?",
    "hour": r"hours?|heures?|hrs?|h",
    "minute": r"minutes?|mins?",
    "second": r"seconds?|secondes?",
    "times": r"times|fois",
    "point": r"points?",
    "km": r"km|kilomet(?:re|er)s?",
    "m": r"m|met(?:re|er)s?",
    "cm": r"cm",
    "mm": r"mm",
    "kg": r"kg|kilos?|kilogram(?:me)?s?",
    "g": r"g|gram(?:me)?s?",
    "l": r"l|lit(?:re|er)s?",
    "w": r"w|watts?",
    "v": r"v|volts?",
    "k": r"k|kelvins?",
    "lm": r"lm|lumens?",
    "mb": r"mb|mo",
    "gb": r"gb|go",
}
_CARDINALS = {
    "en": {
        **{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7},
        **{"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14},
        **{"fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20},
        **{"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
        "hundred": 100,
    },
    "fr": {
        **{"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8},
        **{"neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15},
        **{"seize": 16, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60},
        "cent": 100,
    },
}
_COUNTED = r"(?:working |business |calendar )?(?:day|week|month|year|hour|minute)"
_COMPTE = r"(?:jour|semaine|mois|an|année|heure|minute|fois)"
_CARDINAL = {
    "en": re.compile(
        r"\b(?:(?:(?:one|two|three|four|five|six|seven|eight|nine) hundred|"
        r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
        r"(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|two|three|four|five|six|seven|eight|nine|"
        r"ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)\b"
        rf"|(?:one|an?)\b(?= {_COUNTED}s?\b))",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"\b(?:(?:deux|trois|quatre|cinq|six|sept|huit) cents?|quatre-vingts?(?:-(?:et-)?\w+)?|"
        r"(?:vingt|trente|quarante|cinquante|soixante)"
        r"(?:[ -](?:et[ -])?(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|"
        r"quinze|seize))?|dix-(?:sept|huit|neuf)|deux|trois|quatre|cinq|six|sept|huit|dix|onze|douze|treize|"
        rf"quatorze|quinze|seize|cent)\b|\b(?:une?|neuf)\b(?= {_COMPTE}s?\b)",
        re.IGNORECASE,
    ),
}
_ATTACHED = r"(?:kg|g|cm|mm|km|m|l|w|v|k|lm|mb|mo|gb|go|h|x)\b"
_ORDINAL_END = r"(?:er|re|e|eme|ème|st|nd|rd|th)\b"
_UNIT = re.compile(rf"\s*-?\s*(?P<unit>{'|'.join(_UNITS.values())})\b")
_NUMBER = re.compile(rf"(?<![\w.,])\d+(?:[.,]\d+)*(?:(?!\w)|(?={_ATTACHED}))", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:to|and|or|à|a|et|ou|-|–|/)\s*")
_AMOUNT = r"\d+(?:[.,]\d+)*"
_PRICE_RANGE = re.compile(
    rf"({_AMOUNT}) ?(à|to|-|–|et|and) ?(?={_AMOUNT} ?(€|euros?\b|CHF|£))", re.IGNORECASE
)
_PATH = r"[^\s<>()\[\]\"']"

_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Fact | None]], ...] = (
    (re.compile(rf"(?:https?://|www\.){_PATH}+", re.IGNORECASE), _link),
    (re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+"), _email),
    (
        re.compile(
            r"(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|org|net|fr|eu|be|ch|de|uk|io|shop|example|info|app|dev|co)\b"
            rf"(?:/{_PATH}*)?",
            re.IGNORECASE,
        ),
        _link,
    ),
    (
        re.compile(
            rf"(?P<before>[€$£]|\b(?:EUR|CHF|USD|GBP)\b)\s?(?P<amount>{_AMOUNT})|(?P<behind>{_AMOUNT})\s?"
            r"(?P<after>[€$£]|\b(?:euros?|eur|usd|dollars?|gbp|pounds?|livres|chf|francs?)\b)(?P<cents>\d\d\b)?",
            re.IGNORECASE,
        ),
        _money,
    ),
    (re.compile(rf"(?P<value>{_AMOUNT})\s?(?:%|per ?cent\b|pour cent\b)", re.IGNORECASE), _percent),
    (
        re.compile(
            r"(?<!\d)(?P<iso>(?:19|20)\d\d-\d\d-\d\d)(?!\d)"
            r"|(?<![\d/.])(?P<day>[0-3]?\d)[/.](?P<month>[01]?\d)[/.](?P<year>(?:\d\d)?\d\d)(?![\d/.]*\d)"
        ),
        _date,
    ),
    (
        re.compile(
            r"(?<![\w.,:])(?P<hour>[0-2]?\d)(?:\s?h\s?|:)(?P<minute>[0-5]\d)(?!\d)(?:\s?(?P<half>[ap])\.?m\b)?",
            re.IGNORECASE,
        ),
        _time,
    ),
    (
        re.compile(
            r"(?<![\w.,:])(?P<hour>1?\d)(?:[:.](?P<minute>[0-5]\d))?\s?(?P<half>[ap])\.?m\b\.?", re.IGNORECASE
        ),
        _time,
    ),
    (re.compile(r"\b(?:midnight|noon|minuit|midi)\b", re.IGNORECASE), _named_time),
    (re.compile(r"(?<!\w)\+?\(?\d(?:[ .()-]{0,2}\d){7,}(?!\w)"), _phone),
    (re.compile(rf"(?<!\w)(?P<value>\d+){_ORDINAL_END}", re.IGNORECASE), _ordinal),
    (
        re.compile(
            rf"(?<!\w)(?=[\w/-]*\d)(?=[\w/-]*[a-zà-ÿ])(?!\d+{_ATTACHED})\w+(?:[-/]\w+)*", re.IGNORECASE
        ),
        _code,
    ),
    (re.compile(r"\b[^\W\d_]{3,9}\b"), _month),
    (re.compile(r"\b[^\W\d_]{5,10}\b"), _weekday),
)
