"""Holdings between two runs of the service: derived, so whatever is wrong with the file, it is made anew."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from knowledge.entries import Audience
from knowledge.holdings import VIEWS, Held, Holdings, Spread
from knowledge.lexical import READING, LexicalIndex, Part
from knowledge.postings import Counted, Postings
from knowledge.search import Moments

FORMAT = 1
_FIELDS = ("heads", "bodies", "openings")

Arrays = dict[str, NDArray[Any]]


def write_holdings(path: Path, holdings: Holdings) -> None:
    """Blocks. Other processes may read and write beside it: the last one counts. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{uuid4().hex}.new")
    try:
        with draft.open("wb") as file:
            np.savez(file, allow_pickle=False, **_arrays(holdings))
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_holdings(path: Path, model: str, dimensions: int) -> Holdings | None:
    """Blocks. None when there are none of this model that this version understands."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(_text(arrays["about"]))
        if about["is"] != [FORMAT, READING, model, dimensions]:
            return None
        return _holdings(arrays, about)
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _arrays(holdings: Holdings) -> Arrays:
    languages = list(holdings.lexical.parts)
    about = {
        "is": [FORMAT, READING, holdings.model, holdings.dimensions],
        "languages": languages,
        "guessed": holdings.guessed,
        "counts": [[moments.count for moments in _moments(holdings.spreads[view])] for view in VIEWS],
    }
    held = holdings.held.values()
    arrays: Arrays = {
        "about": _bytes(json.dumps(about)),
        "ids": _lines(list(holdings.held)),
        "hashes": _lines([each.content_hash for each in held]),
        "audiences": _lines([each.audience.value for each in held]),
        "twins": _lines([each.twin for each in held]),
        "sizes": np.array([[each.heads, each.bodies, each.head_words] for each in held], np.int32),
    }
    for n, language in enumerate(languages):
        arrays |= {f"{name}-{n}": array for name, array in _of_part(holdings.lexical.parts[language])}
    for n, view in enumerate(VIEWS):
        for field, moments in zip(_FIELDS, _moments(holdings.spreads[view]), strict=True):
            arrays |= {f"{field}-total-{n}": moments.total, f"{field}-outer-{n}": moments.outer}
    return arrays


def _of_part(part: Part) -> Iterator[tuple[str, NDArray[Any]]]:
    yield "stems", _lines(list(part.terms))
    yield "words", _lines(list(part.words))
    yield "stem-of", np.array([part.terms[stem] for stem in part.words.values()], np.int32)
    yield "starts", part.postings.starts
    yield "rows", part.postings.rows
    yield "counts", part.postings.counts
    yield "lengths", part.postings.lengths


def _holdings(arrays: Arrays, about: dict[str, Any]) -> Holdings:
    ids = _split(arrays["ids"])
    parts = {language: _part(arrays, n) for n, language in enumerate(about["languages"])}
    rows = zip(
        _split(arrays["hashes"]),
        _split(arrays["audiences"]),
        _split(arrays["twins"]),
        arrays["sizes"].tolist(),
        strict=True,
    )
    audiences = {audience.value: audience for audience in Audience}
    held = [Held(hash, audiences[audience], twin, *sizes) for hash, audience, twin, sizes in rows]
    spreads = {
        view: Spread(
            *(
                Moments(count, arrays[f"{field}-total-{n}"], arrays[f"{field}-outer-{n}"])
                for field, count in zip(_FIELDS, about["counts"][n], strict=True)
            )
        )
        for n, view in enumerate(VIEWS)
    }
    model, dimensions = about["is"][2:]
    return Holdings(
        model,
        dimensions,
        dict(zip(ids, held, strict=True)),
        LexicalIndex.of(ids, parts),
        spreads,
        about["guessed"],
    )


def _part(arrays: Arrays, n: int) -> Part:
    stems, words = _split(arrays[f"stems-{n}"]), _split(arrays[f"words-{n}"])
    counted = Counted.of(arrays[f"starts-{n}"], arrays[f"rows-{n}"], arrays[f"counts-{n}"])
    return Part(
        {stem: number for number, stem in enumerate(stems)},
        {word: stems[stem] for word, stem in zip(words, arrays[f"stem-of-{n}"].tolist(), strict=True)},
        Postings.of_ordered(counted, len(stems), arrays[f"lengths-{n}"]),
    )


def _moments(spread: Spread) -> tuple[Moments, Moments, Moments]:
    return spread.heads, spread.bodies, spread.openings


def _lines(values: Sequence[str]) -> NDArray[np.uint8]:
    """JSON, since an id may hold anything."""
    return _bytes(json.dumps(values))


def _split(array: NDArray[Any]) -> list[str]:
    values: list[str] = json.loads(_text(array))
    return values


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _text(array: NDArray[Any]) -> str:
    return array.tobytes().decode()
