"""Names that are looked up, on a page that can be read."""

import pytest
import torch

from retort.sealed import read_table
from retort.studies.scitext import gazetteer
from retort.studies.scitext.data import Annotations, Document, Entity
from retort.studies.scitext.gazetteer import Gazetteer
from retort.studies.scitext.score import score
from retort.training.run import RunContext
from tests.studies.scitext.judged import corpus

TRAIN = [
    Document(
        "a",
        [["Beam", "search", "beats", "search"]],
        Annotations([Entity(0, 2, "Method"), Entity(3, 4, "Task")]),
    ),
    Document("b", [["search", "is", "slow"]], Annotations([Entity(0, 1, "Method")])),
    Document("c", [["a", "search", "here"], ["search"]], Annotations([Entity(1, 2, "Method")])),
]


def test_names_have_their_most_frequent_type_and_the_share_that_has_it():
    names = Gazetteer.of(TRAIN).names
    # "search" stands five times, once within a longer name: twice a Method, once a Task, twice nothing.
    assert names == {("beam", "search"): ("Method", 1.0), ("search",): ("Method", 2 / 5)}


def test_the_longest_name_wins_and_sentences_are_kept_apart():
    found = Gazetteer.of(TRAIN).annotate(Document("d", [["beam"], ["SEARCH", "by", "beam", "search"]]))
    assert found.entities == [Entity(1, 2, "Method", 0.4), Entity(3, 5, "Method", 1.0)]


def test_a_rare_name_is_left_out():
    chosen = Gazetteer(Gazetteer.of(TRAIN).names, least=0.5)
    assert chosen.annotate(Document("d", [["search", "beam", "search"]])).entities == [
        Entity(1, 3, "Method", 1.0)
    ]
    assert chosen.annotate(Document("e", [["nothing"]])) == Annotations(entities=[])


def test_a_run_and_what_is_restored_of_it(tmp_path):
    inputs = corpus(tmp_path)
    settings = {"method": "gazetteer", "target": "entities"}
    context = RunContext(0, torch.device("cpu"), tmp_path, "", progress=False)
    outcome = gazetteer.run(inputs, settings, context)
    scores, _ = score(outcome.predictions, read_table(inputs.prepared), read_table(inputs.split))
    found = dict(scores.filter(part="test").select("metric", "value").iter_rows())
    # The wide name hides the one in it; the last word of a test document was never seen. 3 of 5, and no more are said.
    assert found["recall"] == pytest.approx(3 / 5)
    assert found["precision"] == 1
    ask = gazetteer.restored(tmp_path, {"facts": outcome.facts}, inputs)
    assert ask([Document("x", [["we", "parse", "noise"]])]) == [
        Annotations(entities=[Entity(1, 2, "Task", 1.0), Entity(2, 3, "Task", 1.0)])
    ]
    with pytest.raises(ValueError, match="target 'relations'"):
        gazetteer.run(inputs, settings | {"target": "relations"}, context)
