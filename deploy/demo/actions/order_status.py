"""`action_order_status`: where an order is, for whoever knows its number and the address it was placed with.

An order of somebody else's is answered as one that does not exist: whether it does is nobody's business."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from .orders import Order, find

MONTHS = {
    "en": "January,February,March,April,May,June,July,August,September,October,November,December",
    "fr": "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre",
}
WORDS = {
    "en": {
        "unknown": "I can't find an order {number} that was placed with this address. "
        "Both are in your confirmation e-mail.",
        "being_prepared": "Your order **{number}** of {placed} is being prepared. "
        "It should arrive on {arrives}.",
        "shipped": "Your order **{number}** left us on {shipped} with {carrier}. "
        "It should arrive on {arrives}. Its tracking number is {tracking}.",
        "delivered": "Your order **{number}** was delivered by {carrier} on {arrives}.",
        "returned": "Your order **{number}** was delivered on {arrives} and has come back to us since.",
    },
    "fr": {
        "unknown": "Je ne trouve pas de commande {number} passée avec cette adresse. "
        "Les deux figurent dans votre e-mail de confirmation.",
        "being_prepared": "Votre commande **{number}** du {placed} est en préparation. "
        "Elle devrait arriver le {arrives}.",
        "shipped": "Votre commande **{number}** est partie le {shipped} avec {carrier} et devrait arriver le "
        "{arrives}. Son numéro de suivi est {tracking}.",
        "delivered": "Votre commande **{number}** a été livrée par {carrier} le {arrives}.",
        "returned": "Votre commande **{number}** a été livrée le {arrives} et nous est revenue depuis.",
    },
}


class OrderStatus(Action):
    def name(self) -> str:
        return "action_order_status"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        number, email = str(tracker.get_slot("order_number")), str(tracker.get_slot("email"))
        language = "fr" if tracker.get_slot("language") == "fr" else "en"
        order = find(number, email, date.today())  # noqa: DTZ011
        dispatcher.utter_message(text=said(order, number, language))
        return []


def said(order: Order | None, number: str, language: str) -> str:
    if order is None:
        return WORDS[language]["unknown"].format(number=number)
    return WORDS[language][order.status].format(
        number=order.number,
        placed=day(order.placed, language),
        shipped=day(order.shipped, language) if order.shipped else "",
        arrives=day(order.arrives, language),
        carrier=order.carrier,
        tracking=order.tracking,
    )


def day(moment: date, language: str) -> str:
    number = "1er" if language == "fr" and moment.day == 1 else str(moment.day)
    return f"{number} {MONTHS[language].split(',')[moment.month - 1]}"
