"""A molecule as whole numbers, against what a chemist reads off its SMILES string."""

import numpy as np
import pytest
from rdkit import Chem

from retort.chemistry.molecular_graphs import ATOM_FEATURES, ATOM_SIZES, OTHER_BOND, graph
from retort.chemistry.molecules import parse


def column(smiles: str, name: str) -> list[int]:
    return graph(parse(smiles)).atoms[:, ATOM_FEATURES.index(name)].tolist()


def test_atoms_come_in_the_order_of_the_string_with_what_it_says_of_them():
    assert column("C[N+](C)(C)CC(=O)[O-]", "number") == [6, 7, 6, 6, 6, 6, 8, 8]
    assert column("C[N+](C)(C)CC(=O)[O-]", "charge") == [2, 3, 2, 2, 2, 2, 2, 1]
    assert column("CCO", "hydrogens") == [3, 2, 1]
    assert column("Cc1ccccc1", "aromatic") == [0] + [1] * 6


def test_charges_beyond_two_count_as_two():
    assert column("[Fe+3]", "charge") == [4]
    assert column("[O-2]", "charge") == [0]


def test_mirror_images_differ_in_chirality_alone():
    one, other = graph(parse("C[C@H](N)O")), graph(parse("C[C@@H](N)O"))
    differs = one.atoms != other.atoms
    assert np.argwhere(differs).tolist() == [[1, ATOM_FEATURES.index("chirality")]]
    assert column("CC(N)O", "chirality") == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("smiles", "kind"), [("CC", 0), ("C=C", 1), ("C#C", 2), ("c1ccccc1", 3), ("[NH3]->[Cu]", OTHER_BOND)]
)
def test_types_of_bonds(smiles, kind):
    assert set(graph(parse(smiles)).bond_types[:, 0].tolist()) == {kind}


def test_directions_tell_apart_the_two_sides_of_a_double_bond():
    trans, cis = (graph(parse(smiles)).bond_types[:, 1].tolist() for smiles in ("F/C=C/F", r"F/C=C\F"))
    assert trans != cis
    assert graph(parse("FC=CF")).bond_types[:, 1].tolist() == [0, 0, 0]


def test_rings_and_bonds_of_naphthalene():
    found = graph(parse("c1ccc2ccccc2c1"))
    assert sorted(map(len, found.rings)) == [6, 6]
    assert len(set.intersection(*map(set, found.rings))) == 2
    assert found.bonds.shape == (11, 2)
    assert len({frozenset(bond) for bond in found.bonds.tolist()}) == 11


def test_one_atom_has_no_bonds_but_the_right_shapes():
    found = graph(parse("C"))
    assert found.bonds.shape == (0, 2)
    assert found.bond_types.shape == (0, 2)
    assert found.atoms.tolist() == [[6, 0, 2, 4, 0]]


def test_every_category_lies_inside_its_table():
    for smiles in ("[Og]", "[Na+].[Cl-]", "[SiH4]", "F[P@TB1](Cl)(Br)(N)O", "[2H]C([2H])([2H])[2H]"):
        mol = Chem.MolFromSmiles(smiles)
        assert (graph(mol).atoms < [ATOM_SIZES[name] for name in ATOM_FEATURES]).all()
