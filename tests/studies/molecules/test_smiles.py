"""Other spellings are the same molecule, crops are sub-structures, and batches count what they cut."""

import numpy as np
import pytest
from rdkit import Chem

from retort.studies.molecules import smiles

MOLECULES = [
    Chem.CanonSmiles(text)
    for text in (
        "CC(=O)Oc1ccccc1C(=O)O",
        "F/C=C\\Cl",
        "C[C@@H](N)C(=O)O",
        "C[C@H]1CC[C@@H](O)CC1",
        "c1cc[nH]c1",
        "C",
    )
]


@pytest.mark.parametrize("text", MOLECULES)
def test_other_spellings_are_the_same_molecule_and_follow_the_generator(text: str) -> None:
    drawn = [smiles.randomised(text, np.random.default_rng(seed)) for seed in range(20)]
    assert {Chem.CanonSmiles(other) for other in drawn} == {text}
    assert drawn == [smiles.randomised(text, np.random.default_rng(seed)) for seed in range(20)]
    assert len(set(drawn)) > 1 or len(text) < 10


def test_crops_by_hand() -> None:
    rng, text = np.random.default_rng(0), "CC(=O)Oc1ccccc1C(=O)O"
    ring = np.arange(4, 10)
    assert smiles.fragment(text, ring, "rings", rng, False) == "c1ccccc1"
    assert smiles.fragment(text, ring, "window", rng, False) == "c1ccccc1"
    assert smiles.fragment(text, np.arange(1, 4), "window", rng, False) == "C(=O)O"
    for _ in range(10):
        assert Chem.CanonSmiles(smiles.fragment(text, ring, "connected", rng, True)) == "c1ccccc1"
    with pytest.raises(ValueError, match=r"0\.\.12"):
        smiles.fragment(text, np.array([13]), "rings", rng, False)


def test_batches_pad_and_count_what_they_cut() -> None:
    found = smiles.batch(["CCO", "C" * 20, "C" * 8], 10)
    assert found.tokens.shape == (3, 10)
    assert found.tokens[0].tolist()[4:] == [2, 0, 0, 0, 0, 0]
    assert (found.count, found.truncated) == (3, 1)
