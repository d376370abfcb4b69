"""Classes of given pairs: which pieces are read, and a task in which only the spans tell them apart."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from retort.sealed import read_table
from retort.studies.scitext import encoder as encoders
from retort.studies.scitext import pairs
from retort.studies.scitext.data import Annotations, Document, Relation
from retort.studies.scitext.pairs import Given, PairModel, classify
from retort.studies.scitext.pieces import Tokenizer
from retort.studies.scitext.score import score
from retort.training.run import RunContext
from tests.studies.scitext.judged import corpus
from tests.studies.scitext.small_view import ENCODER, RENEW, SPANS, TRAINING, view

SETTINGS = {
    "method": "pairs",
    "target": "pairs",
    "encoder": ENCODER,
    "renew": RENEW,
    "training": TRAINING,
    "spans": SPANS,
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scitext")
    return replace(corpus(folder), features={"word_pieces": view(folder / "view")})


def context(folder):
    torch.manual_seed(0)
    return RunContext(0, torch.device("cpu"), folder, "one", progress=False)


def test_a_run_tells_the_three_pairs_of_a_document_apart(tmp_path, inputs):
    outcome = pairs.run(inputs, SETTINGS, context(tmp_path))
    scores, _ = score(outcome.predictions, read_table(inputs.prepared), read_table(inputs.split))
    found = dict(scores.filter(part="test").select("metric", "value").iter_rows())
    assert found["f1"] == 1
    assert found["f1-macro"] == 1
    row = outcome.predictions.row(0, named=True)
    assert not row["relations"]
    assert len(row["pairs"]) == 3
    assert all(1 / 3 < pair["score"] <= 1 for pair in row["pairs"])


def test_it_reads_the_first_and_the_last_piece_of_both_spans(inputs):
    tokenizer = Tokenizer(inputs.features["word_pieces"])
    gold = Annotations(relations=[Relation(4, 6, 2, 3, "a"), Relation(0, 1, 1, 2, "b")])
    document = Document("d", [["we", "parse"], ["zzz", "it", "noise", "qqq"]], gold)
    given = Given.of([Document("e", [["a"]]), document], tokenizer, 64)
    _, first, last = tokenizer.encode_words(document.sentences[1])
    assert given.ends.tolist() == [
        [first[2], last[3], first[0], last[0]],
        [0, int(tokenizer.encode_words(["we"])[2][0]), *map(int, _second(tokenizer))],
    ]
    assert given.sentence.tolist() == [2, 1]
    assert given.document.tolist() == [1, 1]


def _second(tokenizer):
    _, first, last = tokenizer.encode_words(["we", "parse"])
    return first[1], last[1]


def test_the_order_of_a_pair_counts_and_its_company_does_not(inputs):
    tokenizer = Tokenizer(inputs.features["word_pieces"])
    torch.manual_seed(0)
    encoder = encoders.build(ENCODER, tokenizer.size)
    model = PairModel(encoder, ["a", "b"], SPANS).eval()
    sentence = ["we", "parse", "noise", "on", "data"]
    both = Annotations(relations=[Relation(1, 2, 2, 3, "a"), Relation(2, 3, 1, 2, "a")])
    long = Document(
        "l", [[*sentence, "it", "beats", "noise"]], Annotations(relations=[Relation(0, 1, 1, 2, "b")])
    )
    given = Given.of([Document("d", [sentence], both), long], tokenizer, 64)
    with torch.no_grad():
        together = model(given, np.array([0, 1, 2]))
        alone = torch.cat([model(given, np.array([row])) for row in range(3)])
    assert torch.allclose(together, alone, atol=1e-5)
    assert not torch.allclose(together[0], together[1], atol=1e-3)
    said = classify(model, [Document("d", [sentence], both), long], given)
    assert [len(each.pairs) for each in said] == [2, 1]


def test_pairs_beyond_the_end_of_what_is_read_are_judged_all_the_same(inputs):
    tokenizer = Tokenizer(inputs.features["word_pieces"])
    document = Document("d", [["we"] * 30], Annotations(relations=[Relation(0, 1, 29, 30, "a")]))
    given = Given.of([document], tokenizer, 8)
    assert given.ends[0, 2:].tolist() == [7, 7]
    model = PairModel(encoders.build(ENCODER | {"longest": 8}, tokenizer.size), ["a"], SPANS).eval()
    assert classify(model, [document], given)[0].pairs[0].type == "a"


def test_another_target_is_refused(tmp_path, inputs):
    with pytest.raises(ValueError, match="target 'relations'"):
        pairs.run(inputs, SETTINGS | {"target": "relations"}, context(tmp_path))
