"""Help centres of any size for measuring: real entries while they last, then made ones near them.

A made entry follows a real one: each passage keeps about half of its sentences and takes the others from
another real passage in the same language. Its vectors are the real ones moved by a part of the difference
of two other real vectors in the same language, so that they stay among what the model gives to texts and have
neighbours as near as real passages do; noise in all directions alike would leave each vector alone. Made
names let the vocabulary grow with the root of the number of words, as it does in real texts.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from connectors.benchmark_set import JudgedQuestion, read_set
from knowledge.entries import Article, Passage
from knowledge.ports import Embedder, Matrix, StoredEntry
from knowledge.preparing import Prepared, content_hash, prepared, storable
from knowledge.store.texts import head_texts

SETS = ("gnome_help_en_fr", "stackfaq_en", "service_public_qr_fr", "cdtn_fr", "mtragun_en", "piaf_fr")
MOVED = 0.35
"""Part of the difference of two vectors that a made one is moved by: about .97 to the one that it follows."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LONG_WORD = re.compile(r"[^\W\d_]{6,}")


async def read_entries(data: Path, limit: int) -> list[Prepared]:
    """Entries of the sets that are there, shuffled, until they have `limit` passages."""
    found: list[Prepared] = []
    for name in SETS:
        if (data / name).is_dir():
            async for loaded in read_set(data / name).read():
                entry = storable(replace(loaded.entry, id=f"{name}/{loaded.entry.id}"))
                found.append(await prepared(entry, "bench"))
    random.Random(1).shuffle(found)
    return _up_to(found, limit)


def read_questions(data: Path, number: int) -> list[JudgedQuestion]:
    """Real ones, of all the sets in equal parts."""
    chance = random.Random(2)
    some = [read_set(data / name).questions() for name in SETS if (data / name).is_dir()]
    each = -(-number // max(len(some), 1))
    return [question for part in some for question in chance.sample(part, min(each, len(part)))][:number]


async def with_vectors(entries: Sequence[Prepared], embedder: Embedder) -> list[StoredEntry]:
    texts = [text for each in entries for text in _texts(each)]
    vectors = await embedder.embed_passages(texts)
    stored: list[StoredEntry] = []
    at = 0
    for each in entries:
        heads = len(head_texts(each.entry))
        rows = vectors[at : at + each.text_count]
        at += each.text_count
        stored.append(
            StoredEntry(each.entry, each.origin, each.content_hash, each.passages, rows[:heads], rows[heads:])
        )
    return stored


def help_centre(real: Sequence[StoredEntry], passages: int) -> Iterator[StoredEntry]:
    """So many passages, to within one entry. The same arguments give the same entries."""
    made = _Maker(real)
    count = 0
    for number in range(passages):
        if count >= passages:
            return
        entry = real[number] if number < len(real) else made.after(real[number % len(real)], number)
        count += len(entry.passages)
        yield entry


def _up_to(entries: Sequence[Prepared], limit: int) -> list[Prepared]:
    counts = np.cumsum([len(each.passages) for each in entries])
    return list(entries[: int(np.searchsorted(counts, limit)) + 1])


def _texts(each: Prepared) -> Iterator[str]:
    yield from head_texts(each.entry)
    yield from (passage.text for passage in each.passages)


@dataclass(frozen=True, slots=True)
class _Pool:
    """What there is in one language."""

    texts: Sequence[str]
    heads: Matrix
    bodies: Matrix


class _Maker:
    def __init__(self, real: Sequence[StoredEntry]) -> None:
        by_language: defaultdict[str, list[StoredEntry]] = defaultdict(list)
        for each in real:
            by_language[each.entry.language].append(each)
        self._pools = {language: _pool(some) for language, some in by_language.items()}

    def after(self, source: StoredEntry, number: int) -> StoredEntry:
        chance = random.Random(number)
        pool = self._pools[source.entry.language]
        name = _name(pool, chance, number)
        texts = [_mixed(passage.text, chance.choice(pool.texts), chance) for passage in source.passages]
        if texts:
            texts[0] = f"{name}. {texts[0]}"
        entry = Article(
            id=f"made/{number}",
            title=f"{source.entry.title} {name}".strip(),
            text="\n\n".join(texts),
            language=source.entry.language,
            source="made",
        )
        return StoredEntry(
            entry,
            "bench",
            content_hash(entry),
            tuple(_passages(entry, texts)),
            _moved(source.heads[:1], pool.heads, chance),
            _moved(source.bodies, pool.bodies, chance),
        )


def _pool(some: Sequence[StoredEntry]) -> _Pool:
    return _Pool(
        [passage.text for each in some for passage in each.passages],
        np.concatenate([each.heads for each in some]),
        np.concatenate([each.bodies for each in some]),
    )


def _mixed(text: str, other: str, chance: random.Random) -> str:
    own, others = _SENTENCE.split(text), _SENTENCE.split(other)
    return " ".join(line if chance.random() < 0.5 else chance.choice(others) for line in own)


def _name(pool: _Pool, chance: random.Random, number: int) -> str:
    """The head of one word and the tail of another. There are more the more entries there are."""
    chosen = random.Random(chance.randrange(int(20 * number**0.5) + 1))
    found = _LONG_WORD.findall(" ".join(chosen.choices(pool.texts, k=4))) or ["bonjour"]
    first, second = chosen.choices(found, k=2)
    return (first[: len(first) // 2 + 1] + second[len(second) // 2 :]).lower()


def _passages(entry: Article, texts: Sequence[str]) -> Iterator[Passage]:
    start = 0
    for position, text in enumerate(texts):
        yield Passage(entry.id, position, (), start, start + len(text), text)
        start += len(text) + 2


def _moved(vectors: Matrix, pool: Matrix, chance: random.Random) -> Matrix:
    rows = len(vectors)
    one, other = (pool[_drawn(chance, len(pool), rows)] for _ in range(2))
    moved = vectors + np.float32(MOVED) * (one - other)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)


def _drawn(chance: random.Random, among: int, number: int) -> NDArray[np.int64]:
    return np.array([chance.randrange(among) for _ in range(number)], np.int64)
