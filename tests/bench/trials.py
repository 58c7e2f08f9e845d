"""The rows of docs/quality.md: which questions are put to which entries."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.benchmark_set import JudgedQuestion

MOST = 600
"""Questions of a set, at most, drawn once at random."""


@dataclass(frozen=True, slots=True)
class Trial:
    name: str
    folder: str
    best: str = ""
    """R@1/R@3 of the best column of the baseline table in the data's README."""
    entries: str | None = None
    """Language of the entries kept."""
    asked: str | None = None
    """Language of the questions kept."""
    body_only: bool = False
    questions: str = "questions.jsonl"
    asks: str | None = None
    """Another set whose questions are put to this one: nothing here answers them."""
    drop: str | None = None
    """A file of the set that lists entries to leave out."""
    thinned: bool = False
    """Without a third of the entries that the set's questions ask for: see `taken_away`."""
    mini: bool = False
    """With all-MiniLM-L6-v2 through sentence-transformers for the embedder."""
    everything: bool = False
    """All questions, not the test half: the set was never tuned on, or its test half is tiny."""
    english: bool = False
    """all-MiniLM-L6-v2, an English model, is measured beside it."""
    most: int = MOST

    def chosen(self, questions: Sequence[JudgedQuestion]) -> list[JudgedQuestion]:
        kept = [
            q
            for q in questions
            if (self.everything or q.split == "test") and self.asked in (None, q.language)
        ]
        return random.Random(0).sample(kept, min(self.most, len(kept)))


def taken_away(questions: Iterable[JudgedQuestion]) -> frozenset[str]:
    """A third of the entries that are asked for, by lot.

    Those that answer the same questions (one page in two languages, say) go together."""
    asking: dict[str, set[str]] = {}
    for question in questions:
        for entry in question.relevant:
            asking.setdefault(entry, set()).add(question.id)
    together: dict[frozenset[str], set[str]] = {}
    for entry, ids in asking.items():
        together.setdefault(frozenset(ids), set()).add(entry)
    groups = sorted(sorted(group) for group in together.values())
    return frozenset().union(*random.Random(0).sample(groups, len(groups) // 3))


_REMOVED = {"questions": "questions_ablated.jsonl", "drop": "removed_for_ablated.jsonl"}
GNOME = "gnome_help_en_fr"
SERVICE_PUBLIC = "service_public_qr_fr"
BANKING = "banking77_oos_en"

SEARCH = (
    Trial("cdtn_fr", "cdtn_fr", ".575/.790"),
    Trial("gnome fr→fr", GNOME, ".818/.932", "fr", "fr", everything=True),
    Trial("gnome en→en", GNOME, ".833/.939", "en", "en", everything=True, english=True),
    Trial("gnome fr→en", GNOME, ".670/.848", "en", "fr", everything=True),
    Trial("gnome en→fr", GNOME, "", "fr", "en", everything=True),
    Trial("stackfaq_en", "stackfaq_en", ".945/.980 (all-MiniLM), .900/.963", english=True),
    Trial("stackfaq_en, all-MiniLM-L6-v2 as embedder", "stackfaq_en", ".945/.980 (all-MiniLM)", mini=True),
    Trial("clinc150_en", "clinc150_en", ".831/.951", english=True),
    Trial("mtragun_en", "mtragun_en", ".822/.910", everything=True, english=True),
    Trial("piaf_fr (not a help centre)", "piaf_fr"),
    Trial("banking77_oos_en (held out)", BANKING, everything=True, english=True),
    Trial("service_public_qr_fr, bodies only (held out)", SERVICE_PUBLIC, body_only=True),
)
NEAR = (
    Trial("stackfaq_en", "stackfaq_en", **_REMOVED),
    Trial("cdtn_fr", "cdtn_fr", **_REMOVED),
    Trial("service_public_qr_fr (held out)", SERVICE_PUBLIC, body_only=True, **_REMOVED),
)
"""Some of the entries are removed, with about half of the questions' entries among them."""
THINNED = (
    Trial("gnome fr→fr, a third removed", GNOME, entries="fr", asked="fr", everything=True, thinned=True),
    Trial("gnome en→en, a third removed", GNOME, entries="en", asked="en", everything=True, thinned=True),
    Trial("gnome fr→en, a third removed", GNOME, entries="en", asked="fr", everything=True, thinned=True),
    Trial("clinc150_en, a third removed", "clinc150_en", thinned=True),
    Trial("mtragun_en, a third removed", "mtragun_en", everything=True, thinned=True),
    Trial("piaf_fr (not a help centre), a third removed", "piaf_fr", thinned=True),
    Trial("banking77_oos_en (held out), a third removed", BANKING, everything=True, thinned=True),
)
"""The same of the sets that do not come with a list of entries to remove."""
OFF = (
    Trial("cdtn_fr, asked about other things", "cdtn_fr", questions="questions_offdomain.jsonl",
          everything=True),
    Trial("gnome en, asked about a bank", GNOME, entries="en", asks=BANKING,
          everything=True, most=200),
    Trial("service_public_qr_fr, asked about anything (held out)", SERVICE_PUBLIC, body_only=True,
          asks="piaf_fr", everything=True, most=200),
)  # fmt: skip
NOISE = (
    Trial("gnome en", GNOME, entries="en"),
    Trial("service_public_qr_fr (held out)", SERVICE_PUBLIC, body_only=True),
)
"""Small talk and noise, put to two sets: see `noise`."""
SMALL = (
    Trial("banking77_oos_en (held out)", BANKING, everything=True),
    Trial("service_public_qr_fr, bodies only (held out)", SERVICE_PUBLIC, body_only=True),
    Trial("stackfaq_en", "stackfaq_en"),
)
"""Help centres of a few entries are drawn from these."""
CONVERSATIONS = (Trial("mtragun_en", "mtragun_en", everything=True),)
"""Questions that come after others."""
