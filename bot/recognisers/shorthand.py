"""What people type short, spelled out: a help centre never writes *mdp*, and search cannot guess it."""

from __future__ import annotations

import re

_SPELLED_OUT = {
    "en": {
        "acct": "account",
        "addr": "address",
        "pls": "please",
        "plz": "please",
        "pw": "password",
        "pwd": "password",
        "u": "you",
        "ur": "your",
    },
    "fr": {
        "bcp": "beaucoup",
        "cb": "carte bancaire",
        "cmd": "commande",
        "dispo": "disponible",
        "mdp": "mot de passe",
        "pb": "problème",
        "pk": "pourquoi",
        "qd": "quand",
        "rdv": "rendez-vous",
        "tél": "téléphone",
    },
}
_SHORT = {
    language: re.compile(rf"(?<![\w@.-])(?:{'|'.join(words)})(?![\w@-])", re.IGNORECASE)
    for language, words in _SPELLED_OUT.items()
}


def spelled_out(text: str, language: str) -> str:
    """The text with the shorthand of its language written in full."""
    short = _SHORT.get(language)
    if short is None:
        return text
    return short.sub(lambda found: _SPELLED_OUT[language][found[0].lower()], text)
