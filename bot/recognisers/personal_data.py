"""Where a text has personal data. The sole importer of python-stdnum and phonenumbers.

Checksums where a number has one, else patterns of how French and English write addresses, and names only
where customers say that they are theirs: nothing here guesses that a capitalised word is a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stdnum import iban, luhn
from stdnum.fr import nir

REGIONS = ("FR", "GB", "US", "BE", "CH", "DE")
"""Whose telephone numbers are known when they are written without their country's prefix."""


class Kind(StrEnum):
    """The value is what stands in the place of what was masked, with a number behind it."""

    EMAIL = "EMAIL"
    NETWORK = "NETWORK"
    """An IP address."""
    IBAN = "IBAN"
    CARD = "CARD"
    IDENTITY = "IDENTITY"
    """A social security number."""
    SECRET = "SECRET"
    """What somebody says is a password or a code."""
    PHONE = "PHONE"
    ADDRESS = "ADDRESS"
    NUMBER = "NUMBER"
    """Six digits or more: an order, a customer, a parcel. Codes of products are shorter."""
    NAME = "NAME"


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    kind: Kind


def personal_data(text: str) -> list[Found]:
    """In order; stretches do not overlap. Of two that would, the surer kind counts."""
    kept: list[Found] = []
    for found in _all_found(text):
        if all(found.end <= other.start or found.start >= other.end for other in kept):
            kept.append(found)
    return sorted(kept, key=lambda found: found.start)


def _all_found(text: str) -> Iterator[Found]:
    """The surest kinds first."""
    yield from _matching(_EMAIL, text, Kind.EMAIL)
    yield from _matching(_SECRET, text, Kind.SECRET)
    if any(c.isdigit() for c in text):
        yield from _with_digits(text)
    for pattern in _NAMES:
        yield from _matching(pattern, text, Kind.NAME)


def _with_digits(text: str) -> Iterator[Found]:
    yield from _matching(_NETWORK, text, Kind.NETWORK)
    yield from _ibans(text)
    yield from _checked(_CARD, text, Kind.CARD, luhn.is_valid)
    yield from _checked(_NIR, text, Kind.IDENTITY, nir.is_valid)
    yield from _phones(text)
    for pattern in _ADDRESSES:
        yield from _matching(pattern, text, Kind.ADDRESS)
    yield from (
        found
        for found in _matching(_NUMBER, text, Kind.NUMBER)
        if not _DATE.fullmatch(text[found.start : found.end])
    )


def _matching(pattern: re.Pattern[str], text: str, kind: Kind) -> Iterator[Found]:
    """The group `it` where the pattern has one, else all of the match."""
    group = "it" if "it" in pattern.groupindex else 0
    for match in pattern.finditer(text):
        yield Found(match.start(group), match.end(group), kind)


def _checked(
    pattern: re.Pattern[str], text: str, kind: Kind, is_valid: Callable[[str], bool]
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        if is_valid(re.sub(r"[\s.-]", "", match.group())):
            yield Found(match.start(), match.end(), kind)


def _ibans(text: str) -> Iterator[Found]:
    """A word right behind an IBAN looks like one more group of it: the longest valid stretch counts."""
    for match in _IBAN.finditer(text):
        gaps = (match.start() + gap.start() for gap in re.finditer(r"\s", match.group()))
        for end in sorted((match.end(), *gaps), reverse=True):
            if iban.is_valid(text[match.start() : end], check_country=False):
                yield Found(match.start(), end, Kind.IBAN)
                break


def _phones(text: str) -> Iterator[Found]:
    if sum(c.isdigit() for c in text) < _SHORTEST_PHONE:
        return
    from phonenumbers import PhoneNumberMatcher  # a tenth of a second, for texts that may have one

    for region in REGIONS:
        for match in PhoneNumberMatcher(text, region):
            yield Found(match.start, match.end, Kind.PHONE)


_SHORTEST_PHONE = 7

_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_NETWORK = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\d)"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[a-z]{2}\d{2}(?:[ ]?[a-z0-9]{1,4}){3,8}\b", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){11,18}(?![\w-]*\d)")
_NIR = re.compile(r"(?<!\w)[12](?:[ .-]?\d){4}[ .-]?(?:\d[ .-]?\d|2[AB])(?:[ .-]?\d){8}(?!\d)")
_NUMBER = re.compile(
    r"(?<![\w-])(?:[A-Za-z]{1,4}-|[A-Z]{1,4} ?)?[+(]?\d(?:[ .()-]{0,2}\d){5,}"
    r"(?: ?(?:x|ext\.?|poste) ?\d+)?(?!\w*\d)"
    r"|(?<![\w-])(?=\w*\d{4})(?=\w{8,}\b)[A-Z\d]+\b"
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ](?:0?\d|1[0-2])[-./ ][0-3]?\d|[0-3]?\d[-. ](?:0?\d|1[0-2])[-. ](?:19|20)\d\d"
)
_SECRET = re.compile(
    r"(?i:mots? de passe|passwords?|passcode|code (?:pin|secret)|pin(?: code)?|cvv|cvc|cryptogramme)\s*"
    r"(?i:(?:est|is|:|=)\s*)+(?P<it>[^\s,;]+)"
)

_PLACE = r"[A-ZÀ-Ý][\w'’-]+(?:[ -](?:(?:sur|sous|en|de|la|le|les|du|lès)[ -])?[A-ZÀ-Ý][\w'’-]+)*"
_POSTAL = (
    rf"(?:(?:[A-Z]{{1,2}}-)?\d{{4,5}}\s+{_PLACE}|{_PLACE},?\s+(?:[A-Z]{{2}}\s+)?\d{{5}}(?:-\d{{4}})?"
    rf"|(?:{_PLACE},?\s+)?[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Z]{{2}}\b)"
)
_STREET_BEFORE = (
    r"(?i:rue|avenue|av\.?|boulevard|bd\.?|place|chemin|all[ée]e|impasse|route|rte\.?|quai|cours|square|passage|"
    r"sentier|faubourg|r[ée]sidence|lotissement|hameau|cit[ée]|esplanade|promenade|rond-point|voie|via|rua|"
    r"calle|strada|piazza)"
)
_STREET_AFTER = (
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|close|way|square|sq|place|pl|boulevard|blvd|"
    r"terrace|crescent|gardens|grove|highway|hwy|parkway|pkwy|circle|trail|mews|row|hill)"
)
_UNIT = r"(?:,?\s+(?i:apt|apartment|suite|ste|unit|flat|appt|app|b[âa]t|[ée]tage|box|bo[îi]te)\.?\s*[\w-]+)?"
_ADDRESSES = (
    # "my address is …", up to the end of the sentence, when there is a number in it
    re.compile(
        r"(?i:(?:my (?:new |billing |shipping |delivery )?address(?: is)?|address ?:|i live at|lives? at|"
        r"j['’]habite(?: au| à| a)?|mon adresse(?: de livraison)?(?: est)?|adresse ?:))\s*:?\s*"
        r"(?!home\b)(?=[^?!;]{0,80}\d)(?P<it>[^\s?!;][^?!;]{4,100}?)(?=[?!;]|\.\s|\.?\Z|\n\n)"
    ),
    # 12 bis rue de la Paix, 75002 Paris
    re.compile(
        rf"(?<![\w-])\d{{1,5}}(?:\s?(?:bis|ter|quater|[A-D]))?,?\s+{_STREET_BEFORE}\s[^\n,;.!?]{{2,60}}"
        rf"(?:[,\s]\s*{_POSTAL})?"
    ),
    # 221B Baker Street, Flat 2, London NW1 6XE
    re.compile(
        rf"(?<![\w-])\d{{1,5}}[A-Za-z]?,?\s+(?:[A-ZÀ-Ý][\w.'’-]*\s+){{1,4}}{_STREET_AFTER}\b\.?{_UNIT}"
        rf"(?:,?\s+{_POSTAL})?"
    ),
    # Hauptstraße 12
    re.compile(
        r"\b[A-ZÄÖÜ][\wäöüß.-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|laan|straat)\s+\d{1,4}[a-z]?\b"
        rf"(?:,?\s+{_POSTAL})?"
    ),
    # A postal code with its town; a British one alone
    re.compile(rf"(?<![\w-])(?:[A-Z]{{1,2}}-)?\d{{5}}\s+{_PLACE}"),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
)

_PERSON = r"[A-ZÀ-Ý](?:[\w'’-]*\w|\.)?(?:[ -][A-ZÀ-Ý](?:[\w'’-]*\w|\.)?){0,3}"
_FULL_NAME = r"[A-ZÀ-Ý][\w'’-]+(?: (?:(?:de|du|van|von|le|la|el|ben) )*[A-ZÀ-Ý](?:[\w'’-]+|\.)){1,3}"
_TITLE = r"(?:(?:M\.|Mr|Mrs|Ms|Miss|Dr|Prof|Mme|Mlle|Monsieur|Madame|Mademoiselle)\.?\s+)"
_LOWER = r"[a-zà-ÿ'’-]{2,}(?: [a-zà-ÿ'’-]{2,})?(?=\s*(?:[.,!?;\n]|\Z))"
_NAMES = (
    re.compile(
        r"(?i:my (?:full |first |last |sur)?name is|the name is|name's|je m['’]appelle|je me nomme|"
        r"mon (?:pr[ée])?nom est|au nom de|in the name of|under the name(?: of)?)\s*:?\s+"
        rf"(?P<it>{_TITLE}?(?:{_PERSON}|{_LOWER}))"
    ),
    re.compile(
        r"(?i:\b(?:i am|i['’]m|this is|je suis|ici|c['’]est))\s+"
        rf"(?P<it>{_TITLE}{_PERSON}|{_TITLE}?{_FULL_NAME})"
    ),
    re.compile(rf"(?<!\w){_TITLE}(?P<it>{_PERSON})"),
    # The name below a letter
    re.compile(
        r"(?i:cordialement|bien à vous|merci(?: d['’]avance| beaucoup)?|salutations(?: distingu[ée]es)?|"
        r"(?:kind |best |warm )?regards|best(?: wishes)?|(?:many )?thanks|thank you|sincerely|yours|"
        rf"cheers)\s*[,.!]?\s*\n+\s*(?P<it>{_TITLE}?{_PERSON})\s*\Z"
    ),
)
