"""Any sentence-transformers model by name or path, and cross-encoders. The sole importer of torch's world."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from knowledge.embedders.unit import embeddable, unit_rows
from knowledge.ports import Matrix, ModelUnavailable

_BATCH = 32
_E5 = re.compile(r"(^|[-_/])e5([-_]|$)", re.IGNORECASE)
_WHOLE_FILE = 1_000_000

_Model = TypeVar("_Model")


class SentenceTransformersEmbedder:
    """A model out of a folder or of the local Hugging Face cache; only `download=True` may fetch one.

    Prefixes left empty are the model's own prompts, or "query: " and "passage: " for an E5 without any.
    """

    def __init__(
        self,
        name_or_path: str,
        query_prefix: str = "",
        passage_prefix: str = "",
        device: str = "cpu",
        download: bool = False,
    ) -> None:
        """Loads the model, which takes seconds. Raises ModelUnavailable."""
        self._engine = _load_embedding_model(name_or_path, device, download)
        prompts = self._engine.prompts
        e5 = bool(_E5.search(Path(name_or_path).name)) and not any(prompts.values())
        self._query_prefix = query_prefix or prompts.get("query") or ("query: " if e5 else "")
        self._passage_prefix = (
            passage_prefix or prompts.get("document") or prompts.get("passage") or ("passage: " if e5 else "")
        )
        self._model = _identity(name_or_path, self._query_prefix, self._passage_prefix)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sentence-transformers")

    @property
    def model(self) -> str:
        """The name, or for a folder its name and a digest of its files: moving it changes nothing."""
        return self._model

    @property
    def dimensions(self) -> int:
        return int(self._engine.get_embedding_dimension())

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        return await self._embed(texts, self._query_prefix, self._engine.encode_query)

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return await self._embed(texts, self._passage_prefix, self._engine.encode_document)

    async def _embed(self, texts: Sequence[str], prefix: str, encode: Callable[..., Any]) -> Matrix:
        """The library sorts by length, so that little is padded; a cut text does not matter to it."""
        prepared = [embeddable(text) for text in texts]
        if not prepared:
            return unit_rows([], self.dimensions)
        vectors = await asyncio.get_running_loop().run_in_executor(
            self._thread,
            lambda: encode(prepared, prompt=prefix, batch_size=_BATCH, show_progress_bar=False),
        )
        return unit_rows(vectors, self.dimensions)


class CrossEncoderReranker:
    """Reads question and text together: slower and surer than vectors. Scores are probabilities, 0 to 1."""

    def __init__(self, name_or_path: str, device: str = "cpu", download: bool = False) -> None:
        """Loads the model, which takes seconds. Raises ModelUnavailable."""
        self._engine = _load_cross_encoder(name_or_path, device, download)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cross-encoder")

    async def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        pairs = [(embeddable(question), embeddable(text)) for text in texts]
        if not pairs:
            return []
        scores = await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: self._engine.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        )
        return [float(score) for score in scores]


def _load_embedding_model(name_or_path: str, device: str, download: bool) -> Any:
    def load() -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(name_or_path, device=device, local_files_only=not download)

    return _loaded(load, name_or_path, download)


def _load_cross_encoder(name_or_path: str, device: str, download: bool) -> Any:
    def load() -> Any:
        from sentence_transformers import CrossEncoder
        from torch.nn import Sigmoid

        return CrossEncoder(
            name_or_path, device=device, local_files_only=not download, activation_fn=Sigmoid()
        )

    model = _loaded(load, name_or_path, download)
    if model.num_labels != 1:
        raise ModelUnavailable(
            f"{name_or_path} gives {model.num_labels} scores a text, a re-ranker gives one: choose another"
        )
    return model


def _loaded(load: Callable[[], _Model], name_or_path: str, download: bool) -> _Model:
    _refuse_missing_folder(name_or_path)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # idle threads that spin hold up others
    try:
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        return load()
    except ImportError as error:
        raise ModelUnavailable(
            f"{name_or_path} needs torch: install comptoir[sentence-transformers] ({error})"
        ) from error
    except (OSError, ValueError) as error:
        advice = (
            "check its name and the network"
            if download
            else "give the path of a folder that holds it, or allow its download"
        )
        raise ModelUnavailable(f"{name_or_path} is not on this machine, or is damaged: {advice}") from error


def _refuse_missing_folder(name_or_path: str) -> None:
    """A path that is not there must not be taken for a name and looked up elsewhere."""
    looks_like_path = name_or_path.startswith((".", "/", "~")) or name_or_path.count("/") > 1
    if looks_like_path and not Path(name_or_path).is_dir():
        raise ModelUnavailable(
            f"{name_or_path} is no folder: give the one with the model's config.json in it"
        )


def _identity(name_or_path: str, query_prefix: str, passage_prefix: str) -> str:
    folder = Path(name_or_path)
    name = f"{folder.resolve().name}@{_digest(folder)}" if folder.is_dir() else name_or_path
    prefixes = f" [{query_prefix}|{passage_prefix}]" if query_prefix or passage_prefix else ""
    return f"sentence-transformers/{name}{prefixes}"


def _digest(folder: Path) -> str:
    """Of what makes the vectors: names and sizes of all files, and both ends of large ones."""
    digest = hashlib.sha256()
    for path in sorted(
        p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "README"))
    ):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(_WHOLE_FILE))
            if size > _WHOLE_FILE:
                file.seek(-_WHOLE_FILE, 2)
                digest.update(file.read())
    return digest.hexdigest()[:12]
