"""All backbones behind one interface."""

import numpy as np
import pytest
import torch

from retort.sealed import write_tensors
from retort.studies.molecules.backbones import GraphSource, SmilesSource, load, make, source

from . import sixty_molecules


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return sixty_molecules.store(tmp_path_factory.mktemp("view"))


@pytest.mark.parametrize("kind", ["gin", "walks", "smiles"])
def test_whole_molecules_and_crops_become_vectors(store, kind):
    settings = sixty_molecules.settings(backbone=kind)
    backbone, batches = make(settings).eval(), source(store, settings)
    assert isinstance(batches, {"gin": GraphSource, "walks": GraphSource, "smiles": SmilesSource}[kind])
    rows = np.array([3, 0, 3])
    with torch.no_grad():
        found = backbone(batches.whole(rows))
    assert found.shape == (3, backbone.width)
    assert torch.isfinite(found).all()
    torch.testing.assert_close(found[0], found[2])
    assert not torch.allclose(found[0], found[1])
    atoms = [[np.arange(4), np.arange(6)], [np.arange(3), np.arange(5)], [np.arange(4), np.arange(2)]]
    crops = batches.crops(rows, atoms, np.random.default_rng(0))
    assert [batch.count for batch in crops] == [3, 3]
    with torch.no_grad():
        assert all(backbone(batch).shape == (3, backbone.width) for batch in crops)


def test_crops_of_all_atoms_are_the_molecules(store):
    settings = sixty_molecules.settings(smiles={"randomised": False})
    rows = np.arange(10)
    atoms = [[np.arange(store.sizes()[row])] for row in rows]
    for kind in ("gin", "walks", "smiles"):
        torch.manual_seed(0)
        chosen = settings | {"backbone": kind}
        backbone, batches = make(chosen).eval(), source(store, chosen)
        (crops,) = batches.crops(rows, atoms, np.random.default_rng(0))
        if kind != "smiles":  # a fragment's text may begin at another atom
            torch.testing.assert_close(backbone(crops), backbone(batches.whole(rows)))


def test_strings_are_randomised_for_training_only(store):
    batches = SmilesSource(store.standard, sixty_molecules.settings(backbone="smiles"))
    rows = np.arange(5)
    plain = batches.whole(rows).tokens
    assert torch.equal(batches.whole(rows).tokens, plain)
    drawn = [batches.whole(rows, np.random.default_rng(seed)).tokens for seed in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1])
    assert drawn[0].shape != drawn[2].shape or not torch.equal(drawn[0], drawn[2])
    still = SmilesSource(store.standard, sixty_molecules.settings(smiles={"randomised": False}))
    assert torch.equal(still.whole(rows, np.random.default_rng(0)).tokens, plain)


def test_sizes_can_be_changed_and_an_unknown_backbone_is_refused():
    settings = sixty_molecules.settings()
    assert make(settings, width=8).width == 8
    assert make(settings | {"backbone": "smiles"}, width=8).width == 8
    assert make(settings | {"backbone": "walks"}, width=8).width == 8 * 4
    with pytest.raises(ValueError, match=r"transformer.*Hint"):
        make(settings | {"backbone": "transformer"})


def test_a_backbone_is_loaded_out_of_a_whole_model(tmp_path):
    settings = sixty_molecules.settings()
    torch.manual_seed(1)
    wanted = make(settings).state_dict()
    kept = {f"backbone.{name}": value for name, value in wanted.items()} | {"head.weight": torch.ones(2)}
    write_tensors(kept, tmp_path / "model.safetensors")
    found = load(tmp_path, settings)
    assert all(torch.equal(found.state_dict()[name], value) for name, value in wanted.items())
    with pytest.raises(ValueError, match=r"(?s)does not fit the backbone 'walks'.*Hint"):
        load(tmp_path, settings | {"backbone": "walks"})
