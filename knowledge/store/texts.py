"""What of an entry is embedded, and by which name a text's vector is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Literal

from knowledge.entries import Entry, Passage
from knowledge.ports import IndexStamp, StoredEntry, Vector, WrongModel

TextKind = Literal["head", "passage", "query"]
"""What a text is to the model: models put another prefix before each."""


def text_hash(kind: TextKind, text: str) -> str:
    """One name for one vector: the same words are embedded otherwise as a question than as a passage."""
    return hashlib.sha256(f"{kind}\0{text}".encode()).hexdigest()


def head_texts(entry: Entry) -> tuple[str, ...]:
    """The title, then the alternative questions."""
    return (entry.title, *entry.questions)


def head_hashes(entry: Entry) -> list[str]:
    return [text_hash("head", text) for text in head_texts(entry)]


def body_hashes(passages: Sequence[Passage]) -> list[str]:
    return [text_hash("passage", passage.text) for passage in passages]


def hashed_vectors(stored: StoredEntry) -> Iterator[tuple[str, Vector]]:
    """Each vector of an entry with its text's hash. Raises ValueError when rows and texts do not match."""
    yield from zip(head_hashes(stored.entry), stored.heads, strict=True)
    yield from zip(body_hashes(stored.passages), stored.bodies, strict=True)


def refuse_other_model(stamp: IndexStamp | None, model: str, dimensions: int | None = None) -> None:
    """Raises WrongModel when vectors of `model` do not belong beside those that the stamp describes."""
    if stamp is None:
        return
    if stamp.model != model:
        raise WrongModel(
            f"The index was made with {stamp.model}; settings name {model}. Run `comptoir index rebuild` to "
            f"embed everything again with {model}, or set embedder and second_embedder back to {stamp.model}."
        )
    if dimensions is not None and stamp.dimensions != dimensions:
        raise WrongModel(
            f"The index was made with {model} when it gave {stamp.dimensions} numbers a text; now it gives "
            f"{dimensions}: it is another model under the same name. Give it a name of its own, "
            "then run `comptoir index rebuild`."
        )
