"""Features by hand, and a tagger that learns what a word's neighbours say."""

import zlib

import pytest
import torch

from retort.sealed import read_table, write_tensors
from retort.studies.scitext import word_crf
from retort.studies.scitext.data import Annotations, Document, read
from retort.studies.scitext.score import score
from retort.studies.scitext.tagging import Sentences
from retort.studies.scitext.tags import Scheme
from retort.studies.scitext.word_crf import WordCrf, features, shape
from retort.training.run import RunContext
from tests.studies.scitext.judged import corpus

SETTINGS = {
    "method": "word_crf",
    "target": "entities",
    "word_crf": {
        "features": 4096,
        "epochs": 30,
        "batch": 4,
        "learning_rate": 0.1,
        "weight_decay": 0.0,
        "evaluations": 3,
    },
}


def context(folder):
    return RunContext(0, torch.device("cpu"), folder, "one", progress=False)


def test_shapes():
    assert [shape(word) for word in ("F1", "LSTM-CRF", "beam", "a", "3.14", "BERTs")] == [
        "X9",
        "XX-XX",
        "xx",
        "x",
        "9.99",
        "XXx",
    ]


def test_every_word_has_the_same_features_and_knows_its_neighbours():
    first, second = features(["Beam", "search"])
    assert len(first) == len(second) == len(set(first))
    assert {"w beam", "w+1 search", "s Xxx", "w-1 <edge>", "e3 eam"} <= set(first)
    assert {"w search", "w-1 beam", "w+1 <edge>", "p2 se", "w-1w beam search"} <= set(second)


def test_emissions_are_sums_of_the_weights_of_features_that_training_repeats():
    train = Sentences.of([Document("d", [["a", "thing"], ["a", "b"]])])
    model = WordCrf.of(train, 1 << 16, Scheme(["Task"]))
    torch.nn.init.normal_(model.weights)
    found = model.emissions(train, [1, 0])
    assert found.shape == (2, 2, 3)
    # What both sentences have at their first word, and the bias and edges of the second.
    first, second = features(["a", "b"])
    others = [
        name for sentence in (["a", "thing"], ["a", "b"]) for word in features(sentence) for name in word
    ]
    for place, names in enumerate((first, second)):
        shared = [name for name in names if others.count(name) > 1]
        assert 0 < len(shared) < len(names)
        rows = model.row[[zlib.crc32(name.encode()) % (1 << 16) for name in shared]]
        assert (rows > 0).all()
        assert torch.allclose(found[0, place], model.weights[rows].sum(0), atol=1e-5)
    assert len(model.weights) == 1 + len({name for name in others if others.count(name) > 1})


def test_a_run_learns_context_and_is_restored(tmp_path):
    inputs = corpus(tmp_path)
    outcome = word_crf.run(inputs, SETTINGS, context(tmp_path))
    scores, _ = score(outcome.predictions, read_table(inputs.prepared), read_table(inputs.split))
    found = dict(scores.filter(part="test").select("metric", "value").iter_rows())
    # All but the entity that lies within another: the last word, never seen, follows "noise on".
    assert found["recall"] == pytest.approx(4 / 5)
    assert found["precision"] == 1
    assert outcome.facts["lost_entities"] == 6  # one in each document of train
    write_tensors(outcome.model, tmp_path / "model.safetensors")
    ask = word_crf.restored(tmp_path, {"facts": outcome.facts, "settings": SETTINGS}, inputs)
    documents = read(inputs.prepared, inputs.split).predicted
    said = {row["id"]: Annotations.of(row) for row in outcome.predictions.iter_rows(named=True)}
    for document, again in zip(documents, ask(documents), strict=True):
        assert [e[:3] for e in again.entities] == [e[:3] for e in said[document.id].entities]
        assert [e.score for e in again.entities] == pytest.approx(
            [e.score for e in said[document.id].entities]
        )
    assert all(0.5 < e.score <= 1 for e in again.entities)


def test_what_tags_cannot_say_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'word_crf' for the target 'coreference'"):
        word_crf.run(corpus(tmp_path), SETTINGS | {"target": "coreference"}, context(tmp_path))
