"""Other spellings are the same molecule, and crops are sub-structures."""

import numpy as np
import pytest
from rdkit import Chem

from retort.chemistry import smiles_text

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
    drawn = [smiles_text.randomised(text, np.random.default_rng(seed)) for seed in range(20)]
    assert {Chem.CanonSmiles(other) for other in drawn} == {text}
    assert drawn == [smiles_text.randomised(text, np.random.default_rng(seed)) for seed in range(20)]
    assert len(set(drawn)) > 1 or len(text) < 10


def test_crops_by_hand() -> None:
    rng, text = np.random.default_rng(0), "CC(=O)Oc1ccccc1C(=O)O"
    ring = np.arange(4, 10)
    assert smiles_text.fragment(text, ring, "rings", rng, False) == "c1ccccc1"
    assert smiles_text.fragment(text, ring, "window", rng, False) == "c1ccccc1"
    assert smiles_text.fragment(text, np.arange(1, 4), "window", rng, False) == "C(=O)O"
    for _ in range(10):
        assert Chem.CanonSmiles(smiles_text.fragment(text, ring, "connected", rng, True)) == "c1ccccc1"
    with pytest.raises(ValueError, match=r"0\.\.12"):
        smiles_text.fragment(text, np.array([13]), "rings", rng, False)
