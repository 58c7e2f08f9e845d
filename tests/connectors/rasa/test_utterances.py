"""What a customer brings through a Rasa channel."""

from __future__ import annotations

import pytest

from connectors.rasa.utterances import client_id_in, is_greeting, is_unguessable, language_in


@pytest.mark.parametrize(
    "sender",
    ["default", "user", "+33612345678", "jean.dupont@example.com", "a" * 40, "customer-000000000000000012",
     "11111111-1111-1111-1111-111111111111", "abcdefghijklmnopqrstuvwxyz", ""],
)  # fmt: skip
def test_a_sender_that_somebody_could_guess_is_known_as_one(sender: str) -> None:
    assert not is_unguessable(sender)


@pytest.mark.parametrize(
    "sender",
    [
        "24192fbe-60d4-4300-af4d-c1a6e5951589",
        "5d2e94c825334750b6c11d8c478341fb",
        "k3Jx9QmZ7vTn2LpR8sWd5HcYb4",
    ],
)
def test_a_sender_drawn_by_chance_is_one(sender: str) -> None:
    assert is_unguessable(sender)


@pytest.mark.parametrize("text", [None, "", "/get_started", '/greet{"name": "Sam"}', " /restart "])
def test_a_widget_that_was_only_opened_has_said_nothing(text: str | None) -> None:
    assert is_greeting(text)


@pytest.mark.parametrize("text", ["hello", "/ where is it", "1/2 price?", "/tmp is full, help"])
def test_words_are_words(text: str) -> None:
    assert not is_greeting(text)


def test_only_what_looks_right_is_taken_from_the_data_around_a_message() -> None:
    assert language_in({"language": "fr"}) == language_in({"language": "FR-be"}) == "fr"
    assert language_in({"language": "french"}) is language_in({"language": 7}) is language_in(None) is None
    assert client_id_in({"message_id": "7"}) == client_id_in({"message_id": "7"}) == "rasa 7"
    assert client_id_in({"message_id": ""}) != client_id_in({"message_id": ""})
    assert client_id_in([]) != client_id_in("x")
