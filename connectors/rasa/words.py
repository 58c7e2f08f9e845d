"""What these doors say of their own, where a widget of ours would show it beside the conversation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    sources: str
    joined: str
    handed_back: str
    resolved: str
    waiting: str
    """A message that came while nobody has the conversation yet."""
    passed_on: str
    """A message for the person who has it, through a door that cannot call the customer."""
    ask_person: str
    """A button; pressing it sends these words."""
    not_kept: str
    """The log is away: nothing was saved."""
    said: str
    """Before the words of a person."""
    corrected: str
    """The same in other words: what is in a chat already cannot be changed there."""
    withdrawn: str
    note: str
    """Above what was said before, for colleagues."""
    customer: str
    assistant: str


_ENGLISH = Words(
    sources="Sources:",
    joined="{name} has joined the conversation.",
    handed_back="The assistant answers again.",
    resolved="This conversation is closed. Write again whenever you like.",
    waiting="Your message is with our team; a colleague will answer you here.",
    passed_on="Your message is passed on to {name}. "
    "The answer comes here, with your next message at the latest.",
    ask_person="Talk to a person",
    not_kept="Sorry, your message could not be saved. Please send it again in a moment.",
    said="{name}: {text}",
    corrected="{name} (corrected): {text}",
    withdrawn="{name} has withdrawn a message: please disregard it.",
    note="Said with the Rasa assistant before:",
    customer="Customer",
    assistant="Assistant",
)
_FRENCH = Words(
    sources="Sources :",
    joined="{name} a rejoint la conversation.",
    handed_back="L'assistant répond de nouveau.",
    resolved="Cette conversation est terminée. Écrivez de nouveau quand vous voulez.",
    waiting="Votre message est transmis à notre équipe ; un collègue vous répondra ici.",
    passed_on="Votre message est transmis à {name}. "
    "La réponse arrive ici, au plus tard à votre prochain message.",
    ask_person="Parler à une personne",
    not_kept="Désolé, votre message n'a pas pu être enregistré. Renvoyez-le dans un instant.",
    said="{name} : {text}",
    corrected="{name} (corrigé) : {text}",
    withdrawn="{name} a retiré un message : n'en tenez pas compte.",
    note="Échangé auparavant avec l'assistant Rasa :",
    customer="Client",
    assistant="Assistant",
)


def words_in(language: str | None) -> Words:
    return _FRENCH if language == "fr" else _ENGLISH
