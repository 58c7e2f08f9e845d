"""The cross-encoder, with a small real one that is trained on the spot."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from knowledge.embedders.sentence_transformers import CrossEncoderReranker
from knowledge.ports import ModelUnavailable

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
TOPICS = ["colis", "facture", "retour", "garantie", "compte", "bougie"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two thin layers that has learnt one thing: the same word in both texts is good."""
    folder = tmp_path_factory.mktemp("cross-encoder")
    tokenizer = word_tokenizer()
    tokenizer.save_pretrained(folder)
    trained(tokenizer).save_pretrained(folder)
    return folder


def word_tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(WordLevel({w: i for i, w in enumerate(SPECIAL + TOPICS)}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    words.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    )


def untrained(tokenizer: PreTrainedTokenizerFast, labels: int) -> BertForSequenceClassification:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        num_labels=labels,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return BertForSequenceClassification(config)


def trained(tokenizer: PreTrainedTokenizerFast) -> BertForSequenceClassification:
    torch.set_num_threads(1)  # so little work is only slowed down by sharing it
    network = untrained(tokenizer, labels=1)
    pairs = [(a, b) for a in TOPICS for b in TOPICS] + [(a, a) for a in TOPICS] * 4
    random.Random(1).shuffle(pairs)
    inputs = tokenizer([a for a, _ in pairs], [b for _, b in pairs], return_tensors="pt", padding=True)
    same = torch.tensor([[float(a == b)] for a, b in pairs])
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3)
    for _ in range(150):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(**inputs).logits, same)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.02:
            break
    return network


async def test_the_text_that_answers_gets_the_best_score(model: Path) -> None:
    reranker = CrossEncoderReranker(str(model))
    for topic in TOPICS:
        scores = await reranker.score(topic, TOPICS)
        assert TOPICS[max(range(len(TOPICS)), key=scores.__getitem__)] == topic
        assert all(0.0 <= score <= 1.0 for score in scores)


async def test_scores_come_in_the_order_of_the_texts_and_the_same_each_time(model: Path) -> None:
    reranker = CrossEncoderReranker(str(model))
    forwards = await reranker.score("colis", TOPICS)
    backwards = await reranker.score("colis", TOPICS[::-1])
    assert forwards == pytest.approx(backwards[::-1], abs=1e-5)
    assert all(type(score) is float for score in forwards)


async def test_odd_texts_are_scored_too(model: Path) -> None:
    reranker = CrossEncoderReranker(str(model))
    assert await reranker.score("colis", []) == []
    assert len(await reranker.score("", ["", "a\0b", "colis " * 4000])) == 3


def test_a_classifier_with_several_labels_is_no_reranker(tmp_path: Path) -> None:
    tokenizer = word_tokenizer()
    tokenizer.save_pretrained(tmp_path)
    untrained(tokenizer, labels=3).save_pretrained(tmp_path)
    with pytest.raises(ModelUnavailable, match="3 scores"):
        CrossEncoderReranker(str(tmp_path))


def test_a_reranker_that_is_not_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="allow its download"):
        CrossEncoderReranker("someone/no-such-reranker")
    with pytest.raises(ModelUnavailable, match="damaged"):
        CrossEncoderReranker(str(tmp_path))
