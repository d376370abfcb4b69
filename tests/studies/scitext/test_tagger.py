"""The tagger: frozen and tuned, cut sentences, what is restored, and that padding changes nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from retort.sealed import read_table, write_tensors
from retort.studies.scitext import encoder as encoders
from retort.studies.scitext import tagger
from retort.studies.scitext.data import Annotations, Document, read
from retort.studies.scitext.encoding import Pieced
from retort.studies.scitext.pieces import Tokenizer
from retort.studies.scitext.score import score
from retort.studies.scitext.tagger import EncoderTagger
from retort.studies.scitext.tagging import Sentences, annotate
from retort.studies.scitext.tags import Scheme
from retort.training.run import RunContext
from tests.studies.scitext.judged import corpus
from tests.studies.scitext.small_view import ENCODER, RENEW, TRAINING, view

SETTINGS = {
    "method": "tagger",
    "target": "entities",
    "encoder": ENCODER,
    "renew": RENEW,
    "training": TRAINING,
    "tagger": {"frozen": False, "head": "crf"},
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scitext")
    return replace(corpus(folder), features={"word_pieces": view(folder / "view")})


def context(folder):
    torch.manual_seed(0)
    return RunContext(0, torch.device("cpu"), folder, "one", progress=False)


def found(outcome, inputs, part="test"):
    scores, _ = score(outcome.predictions, read_table(inputs.prepared), read_table(inputs.split))
    return dict(scores.filter(part=part).select("metric", "value").iter_rows())


@pytest.mark.parametrize("head", ["crf", "softmax"])
def test_tuned_it_finds_what_tags_can_say_and_is_restored(tmp_path, inputs, head):
    settings = SETTINGS | {"tagger": {"frozen": False, "head": head}}
    outcome = tagger.run(inputs, settings, context(tmp_path))
    # Of four entities that are not wide the nested one is lost, and nothing else is said.
    assert found(outcome, inputs)["f1-narrow"] == pytest.approx(6 / 7)
    history = outcome.history.filter(part="valid", term="f1")["value"]
    assert history[-1] > history[0]
    write_tensors(outcome.model, tmp_path / "model.safetensors")
    ask = tagger.restored(tmp_path, {"facts": outcome.facts, "settings": settings}, inputs)
    documents = read(inputs.prepared, inputs.split).predicted
    said = {row["id"]: Annotations.of(row) for row in outcome.predictions.iter_rows(named=True)}
    # Alone or together: padding is not seen.
    for document in documents[:3]:
        (again,) = ask([document])
        assert [e[:3] for e in again.entities] == [e[:3] for e in said[document.id].entities]
        scores = [e.score for e in said[document.id].entities]
        assert [e.score for e in again.entities] == pytest.approx(scores, abs=1e-4)


def test_a_frozen_encoder_stays_and_the_tags_are_learned(tmp_path, inputs):
    frozen = SETTINGS | {"tagger": {"frozen": True, "head": "crf"}}
    outcome = tagger.run(inputs, frozen, context(tmp_path))
    torch.manual_seed(0)
    before = encoders.build(ENCODER, Tokenizer(inputs.features["word_pieces"]).size)
    for name, weight in before.state_dict().items():
        assert torch.equal(outcome.model[f"encoder.{name}"], weight), name
    assert found(outcome, inputs)["recall"] > 0.5
    few = sum(weight.numel() for name, weight in outcome.model.items() if not name.startswith("encoder."))
    assert outcome.facts["parameters"] == few


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path, inputs):
    short = SETTINGS | {"training": TRAINING | {"epochs": 4, "evaluations": 2}}
    whole = tagger.run(inputs, short, context(tmp_path / "a"))
    half = short | {"training": short["training"]}
    calls = 0

    class Interrupted(Exception):
        pass

    original = tagger.learn

    def interrupted(model, task, descent, budget, batch, run_context):
        def counted(step):
            nonlocal calls
            calls += 1
            if calls == 8:
                raise Interrupted
            return batch(step)

        return original(model, task, descent, replace(budget, checkpoint_seconds=0.0), counted, run_context)

    (tmp_path / "b").mkdir()
    tagger.learn = interrupted
    try:
        with pytest.raises(Interrupted):
            tagger.run(inputs, half, context(tmp_path / "b"))
    finally:
        tagger.learn = original
    again = tagger.run(inputs, half, context(tmp_path / "b"))
    assert calls == 8
    for name, weight in whole.model.items():
        assert torch.equal(weight, again.model[name]), name


def test_words_behind_the_cut_are_never_entities(inputs):
    tokenizer = Tokenizer(inputs.features["word_pieces"])
    document = Document("d", [["we", "parse", "noise", "zzzzzz", "noise"], ["we"]])
    longest = int(
        tokenizer.encode_words(document.sentences[0])[2][3]
    )  # the fourth word does not fit as a whole
    torch.manual_seed(0)
    encoder = encoders.build(ENCODER | {"longest": longest}, tokenizer.size)
    model = EncoderTagger(encoder, tokenizer, Scheme(["Task"]), "softmax", False, 0.0).eval()
    sentences = model.readable(Sentences.of([document]))
    assert sentences.length.tolist() == [3, 1]
    with torch.no_grad():
        model.emit.bias[1] += 100  # every word begins an entity
    (said,) = annotate(model, Scheme(["Task"]), sentences)
    assert [e.span for e in said.entities] == [(0, 1), (1, 2), (2, 3), (5, 6)]


def test_a_word_is_its_first_piece(inputs):
    tokenizer = Tokenizer(inputs.features["word_pieces"])
    encoder = encoders.build(ENCODER, tokenizer.size).eval()
    sentences = [["we", "zzzzzz", "noise"], ["parse"]]
    pieced = Pieced.of(sentences, tokenizer, ENCODER["longest"])
    numbers, first, _ = tokenizer.encode_words(sentences[0])
    assert len(numbers) > 3  # the unknown word has several pieces
    alone = encoder.states(torch.from_numpy(numbers)[None])
    with torch.no_grad():
        words = pieced.words(encoder, np.array([0, 1]), torch.device("cpu"))
    assert words.shape == (2, 3, ENCODER["width"])
    assert torch.allclose(words[0], alone[0, torch.from_numpy(first)], atol=1e-5)
