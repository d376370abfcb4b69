"""How several selectors act as one, and what the similarities without learning are."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from retort.datasets.parts import UNLABELLED
from retort.sealed import write_tensors
from retort.studies.precursors.data import scaled
from retort.studies.precursors.expert import LAST, Expert, element_vectors
from retort.studies.precursors.methods import bare, learned_scores, raw_vectors, recommend, similarity

from . import shelf_of_five

SETTINGS = {
    "vocabulary": {"minimum_weight": 2},
    "elements": "onehot",
    "model": {"width": 8, "dropout": 0.1},
}


def experts(archive, count: int) -> list[Expert]:
    torch.manual_seed(0)
    made = [Expert.fresh(archive, SETTINGS, torch.device("cpu")) for _ in range(count)]
    for expert in made:
        expert.model.eval()
    return made


def test_several_selectors_average_their_cosines_and_logits():
    archive = shelf_of_five.archive()
    targets, known = archive.targets_of("test"), archive.known.targets
    team = experts(archive, 2)
    for function in (
        lambda members: similarity(archive, targets, known, "learned", members),
        lambda members: bare(learned_scores(archive, targets, members), len(targets)),
    ):
        alone = [function([member]) for member in team]
        assert not np.allclose(alone[0], alone[1])
        np.testing.assert_allclose(function(team), (alone[0] + alone[1]) / 2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("mask", "told"), [("random", True), ("nothing", True), ("everything", False)])
def test_what_was_trained_without_context_is_told_of_none(monkeypatch, mask, told):
    archive = shelf_of_five.archive()
    (expert,) = experts(archive, 1)
    asked, wanted = [], Expert.wanted

    def listen(self, vectors, chosen):
        asked.append((chosen >= 0).any())
        return wanted(self, vectors, chosen)

    monkeypatch.setattr(Expert, "wanted", listen)
    settings = {"method": "retrieve", "similarity": "learned", "completion": "learned", "common_first": False}
    settings |= {"mask": mask, "proposals": 10, "neighbours": 3000}
    proposals = recommend(archive, archive.targets_of("valid"), settings, [expert])
    assert len(proposals.owner)
    assert asked
    assert any(asked) == told


def test_precursors_outside_the_vocabulary_are_never_wanted():
    archive = shelf_of_five.archive()
    (expert,) = experts(archive, 1)
    wanted = expert.wanted(expert.encode(archive.target_fractions[:2]), np.array([[0, -1], [-1, -1]]))
    outside = np.setdiff1d(np.arange(len(archive.precursors)), expert.vocabulary)
    assert {archive.precursors[p] for p in outside} == {"CoO", "TiCl4"}
    assert (wanted[:, outside] == -np.inf).all()
    assert np.isfinite(wanted[:, expert.vocabulary]).all()


def test_a_chosen_precursor_is_looked_up_by_its_row_in_the_vocabulary():
    archive = shelf_of_five.archive()
    (expert,) = experts(archive, 1)
    for parameter in expert.model.context.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    vector = expert.encode(archive.target_fractions[:1])
    row = 3
    direct = expert.model.complete(torch.from_numpy(vector), torch.tensor([[row]])).detach().numpy()
    asked = expert.wanted(vector, np.array([[expert.vocabulary[row]]]))
    np.testing.assert_allclose(asked[:, expert.vocabulary], direct, rtol=1e-6)


def test_cosine_of_compositions():
    archive = shelf_of_five.archive()
    at = archive.targets.index
    found = similarity(archive, np.array([at("LiCoO2")]), np.array([at("NaCoO2")]), "composition", [])
    assert found[0, 0] == pytest.approx((1 + 4) / 6)  # Co and O2 shared, Li against Na


def test_descriptors_are_scaled_by_what_training_shows():
    archive = shelf_of_five.archive()
    descriptors = np.zeros((len(archive.targets), 3))
    descriptors[archive.targets_of("train"), 0] = [2, 4, 6, 8, 10]
    descriptors[archive.targets_of("train"), 1] = 7  # never varies
    descriptors[:, 2] = 1
    descriptors[archive.targets_of("train")[0], 2] = 0
    vectors = raw_vectors(replace(archive, descriptors=descriptors), "magpie")
    train = archive.targets_of("train")
    np.testing.assert_allclose(vectors[train[2]], np.array([0.5, 0, 1]) / np.sqrt(1.25))
    with pytest.raises(ValueError, match="Hint"):
        raw_vectors(archive, "magpie")


def test_of_a_share_of_the_recipes_only_they_are_known_and_the_same_share_of_uses_is_asked():
    whole = shelf_of_five.archive()
    part = whole.part.astype("<U10")
    part[[1, 3, 6]] = UNLABELLED  # of LiCoO2 twice, LiMn2O4 and NaMnO2
    half = replace(whole, part=part)
    assert whole.labelled_share == 1
    assert half.labelled_share == pytest.approx(4 / 7)
    assert {half.targets[known] for known in half.known.targets} == {"LiCoO2", "NaCoO2", "Li2MnO3"}
    # Uses left: Co3O4 and Li2CO3 twice, CoO, LiOH, MnO2 and Na2CO3 once. Asked of all: 3; of these: 12 / 7.
    assert {half.precursors[p] for p in half.vocabulary(3)} == {"Co3O4", "Li2CO3"}
    assert len(half.vocabulary(7 / 4)) == 6


def test_random_vectors_follow_the_seed_and_leave_it_where_it_was():
    archive = shelf_of_five.archive()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = element_vectors(archive, "random")
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(element_vectors(archive, "random"), first)
    torch.manual_seed(6)
    assert not torch.equal(element_vectors(archive, "random"), first)
    assert element_vectors(archive, "onehot") is None
    text = scaled(np.random.default_rng(0).normal(3, [1, 10], (len(archive.elements), 2)))
    assert torch.equal(element_vectors(replace(archive, vectors=text), "mat2vec"), torch.from_numpy(text))
    for vectors in (first.numpy(), text):
        assert np.square(vectors).sum(axis=1).mean() == pytest.approx(1, rel=1e-5)
        np.testing.assert_allclose(vectors.mean(axis=0), 0, atol=1e-6)
    with pytest.raises(ValueError, match=re.escape("element_vectors/vectors")):
        element_vectors(archive, "mat2vec")


def test_the_best_or_the_last_model_of_a_training_is_taken(tmp_path):
    archive = shelf_of_five.archive()
    settings = SETTINGS | {"elements": "random"}
    torch.manual_seed(0)
    best, last = (Expert.fresh(archive, settings, torch.device("cpu")) for _ in range(2))
    best.model.eval()
    last.model.eval()
    tensors = best.model.state_dict() | {
        f"{LAST}{name}": value for name, value in last.model.state_dict().items()
    }
    write_tensors(tensors, tmp_path / "model.safetensors")
    torch.manual_seed(1)  # other random vectors: those of the file count
    for kept, expected in (("best", best), ("last", last)):
        taken = Expert.load(tmp_path, archive, settings | {"kept": kept}, torch.device("cpu"))
        np.testing.assert_array_equal(
            taken.encode(archive.target_fractions), expected.encode(archive.target_fractions)
        )
