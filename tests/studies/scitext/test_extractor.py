"""The span model: what is computed at once is what its definition says one by one, alone or in company."""

import copy

import pytest
import torch

from retort.studies.scitext.data import Annotations, Entity, Relation, Span
from retort.studies.scitext.examples import Schemes
from retort.studies.scitext.extractor import Extractor, Scores, annotations, predict
from retort.studies.scitext.readings import f1_of
from retort.studies.scitext.relations import ScoredPairs
from retort.training.seeding import seed_everything
from tests.studies.scitext.documents import three
from tests.studies.scitext.small_extractor import ALL, SETTINGS, read, small
from tests.studies.scitext.span_by_span import losses


@pytest.fixture(autouse=True)
def seeded():
    seed_everything(0)


@pytest.mark.parametrize("rounds", [0, 1, 2])
@pytest.mark.parametrize("antecedents", [2, 100])
def test_losses_and_gradients_are_those_of_a_loop_over_spans(tmp_path, rounds, antecedents):
    changed = {"propagation": rounds, "antecedents": antecedents}
    model, reader = small(tmp_path, spans=changed)
    model.double()
    loop = copy.deepcopy(model)
    torch.set_default_dtype(torch.float64)
    try:
        found = model.loss(read(reader, three()))
        found["total"].backward()
        spans = SETTINGS["spans"] | changed
        each = [losses(loop, reader, document, spans) for document in three()]
        for task, weight in ALL.items():
            expected = sum(terms[task] for terms in each) / 3
            torch.testing.assert_close(found[task], expected)
            (weight * expected).backward(retain_graph=True)
    finally:
        torch.set_default_dtype(torch.float32)
    reached = 0
    for (name, one), other in zip(model.named_parameters(), loop.parameters(), strict=True):
        for gradient in (one.grad, other.grad):
            reached += gradient is not None and bool(gradient.abs().sum() > 0)
        zero = torch.zeros_like(one)
        torch.testing.assert_close(
            zero if one.grad is None else one.grad,
            zero if other.grad is None else other.grad,
            msg=lambda text, name=name: f"{name}: {text}",
        )
    assert reached >= 2 * 25  # weights that a gradient reaches, twice


def test_documents_together_give_what_they_give_alone(tmp_path):
    model, reader = small(tmp_path)
    model.eval()
    documents = three()
    together = model.loss(read(reader, documents))
    alone = [model.loss(read(reader, [document])) for document in documents]
    for task, value in together.items():
        torch.testing.assert_close(value, sum(each[task] for each in alone) / 3, rtol=1e-5, atol=1e-5)
    said = predict(model, reader, documents)
    for document, each in zip(documents, said, strict=True):
        (single,) = predict(model, reader, [document])
        assert single.clusters == each.clusters
        assert [entity[:3] for entity in single.entities] == [entity[:3] for entity in each.entities]
        assert [relation[:5] for relation in single.relations] == [
            relation[:5] for relation in each.relations
        ]
        scores = [[one.score for one in [*given.entities, *given.relations]] for given in (single, each)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-5)
    assert sum(len(each.entities) + len(each.relations) for each in said) > 0


def test_wide_gold_spans_teach_nothing_and_break_nothing(tmp_path):
    model, reader = small(tmp_path)
    beta = three()[1]
    example = reader.example(beta)
    assert example.wide == 1  # the entity of eleven words
    assert len(example.relations) == 1  # its relation is not there, the other one is
    without = Annotations(beta.gold.entities[1:], beta.gold.relations[1:], beta.gold.clusters)
    plain = reader.example(type(beta)(beta.id, beta.sentences, without))
    assert (plain.entity == example.entity).all()
    assert (plain.relations == example.relations).all()
    assert all(torch.isfinite(term) for term in model.loss(reader.batch([example])).values())


@pytest.mark.parametrize("task", list(ALL))
def test_a_task_without_weight_does_not_exist(tmp_path, task):
    weights = dict.fromkeys(ALL, 0) | {task: 2.0}
    model, reader = small(tmp_path, weights=weights)
    terms = model.loss(read(reader, three()))
    assert set(terms) == {task, "total"}
    torch.testing.assert_close(terms["total"], 2 * terms[task])
    assert {name.split(".")[0] for name in model.state_dict()} == {"encoder", "widths", task}
    with pytest.raises(ValueError, match=r"expected one above 0.*Hint"):
        small(tmp_path, weights=dict.fromkeys(ALL, 0))


def test_it_learns_three_documents_by_heart(tmp_path):
    # All spans are kept: one that the pruner loses at first is never seen again, in the source as here.
    model, reader = small(
        tmp_path,
        encoder={"width": 32, "heads": 4},
        spans={"hidden": 32, "widest": 11, "relation_share": 20.0, "coreference_share": 0.6},
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    batch, documents = read(reader, three()), three()
    for _ in range(80):
        optimizer.zero_grad()
        model.loss(batch)["total"].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
    said = predict(model, reader, documents)
    gold = [document.gold for document in documents]
    assert f1_of("entities", gold, said) == 1
    assert f1_of("relations", gold, said) == 1
    assert f1_of("coreference", gold, said) == 1
    assert min(entity.score for each in said for entity in each.entities) > 0.5


def test_scores_are_read_as_annotations(tmp_path):
    _, reader = small(tmp_path)
    documents = three()[:2]
    batch = read(reader, documents)
    scores = torch.zeros(len(batch.first), 5)
    spans = list(zip(batch.document.tolist(), batch.first.tolist(), batch.last.tolist(), strict=True))
    second = batch.offsets[1]
    entity, other = spans.index((0, 3, 4)), spans.index((1, second + 13, second + 13))
    scores[entity, 3] = torch.log(torch.tensor(6.0))  # 6 of 10
    pairs = ScoredPairs(
        head=torch.tensor([other, other, other]),
        tail=torch.tensor([other, other + 1, other + 4]),
        scores=torch.tensor([[0.0, 5.0, 0.0], [0.0, -1.0, 3.0], [0.0, -1.0, -2.0]]),
    )
    said = annotations(Scores(scores, pairs, None), batch, reader.schemes)
    (found,) = said[0].entities
    assert found[:3] == (3, 5, "Method")
    assert found.score == pytest.approx(0.6)
    # Nothing is related to itself; the third pair has no relation.
    (relation,) = said[1].relations
    _, first, last = spans[other + 1]
    assert relation[:5] == (13, 14, first - second, last + 1 - second, "Used-for")
    assert said[0].relations == []
    assert said[1].entities == []
    assert said[1].clusters == []


def test_a_sentence_that_is_cut_says_nothing_of_its_end(tmp_path):
    model, reader = small(tmp_path, encoder={"longest": 12})
    (said,) = predict(model, reader, three()[1:2])
    example = reader.example(three()[1])
    assert example.cut > 0
    kept = 14 - example.cut
    ends = [entity.end for entity in said.entities if entity.start < 14]
    assert all(end <= kept for end in ends)
    assert max(example.last[example.sentence == 0]) == kept - 1
    assert (example.first[example.sentence == 1] >= 14).all()
    assert Extractor.words(model, read(reader, three()[1:2]))[kept:14].abs().sum() == 0


def test_types_that_train_lacks_are_no_class(tmp_path):
    model, reader = small(tmp_path)
    fewer = Schemes(["Method"], ["Used-for"])
    example = type(reader)(reader.tokenizer, fewer, reader.longest, reader.widest).example(three()[0])
    assert sorted(example.entity[example.entity > 0]) == [1, 1, 1]
    assert len(example.relations) == 2
    assert Entity(3, 5, "Method").span == Span(3, 5) == Relation(3, 5, 6, 7, "Used-for").head
    assert model.weights == ALL
