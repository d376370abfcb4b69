"""Descriptors against RDKit's own list, and what they are for a molecule that can be counted by hand."""

import numpy as np
import pytest
from rdkit.Chem import Descriptors

from retort.chemistry.descriptors import NAMES, descriptors
from retort.chemistry.molecules import parse

# Ours, and what RDKit's list of descriptors calls the same.
SAME = {
    "weight": "ExactMolWt",
    "surface": "LabuteASA",
    "polar_surface": "TPSA",
    "sp3_share": "FractionCSP3",
    "crippen_0": "MolLogP",
    "crippen_1": "MolMR",
    "slogp_surface_4": "SlogP_VSA5",
    "refractivity_surface_9": "SMR_VSA10",
    "charge_surface_0": "PEOE_VSA1",
    "chi1v": "Chi1v",
    "kappa1": "Kappa1",
}


@pytest.mark.parametrize("smiles", ["CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)O", "C"])
def test_they_are_rdkits(smiles):
    mol = parse(smiles)
    found = dict(zip(NAMES, descriptors(mol), strict=True))
    theirs = dict(Descriptors.descList)
    for ours, name in SAME.items():
        assert found[ours] == pytest.approx(theirs[name](mol), rel=1e-5), ours


def test_quantum_numbers_count_atoms():
    """The first twelve count C, F, Cl, Br, I, S, P, acyclic and cyclic N, acyclic and cyclic O, and heavy atoms."""
    found = dict(zip(NAMES, descriptors(parse("OCCn1cccc1Cl")), strict=True))
    assert [found[f"quantum_number_{number}"] for number in range(12)] == [6, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 9]


def test_an_element_without_charges_has_a_hole_not_an_error():
    found = descriptors(parse("[Pt]"))
    assert found.shape == (len(NAMES),)
    assert found.dtype == np.float32
    assert not np.isinf(found).any()
