"""Features of components, by name."""

import numpy as np
from rdkit import Chem

from retort.chemistry.component_graphs import ATOM_NAMES, ATOM_WIDTH, BOND_NAMES, BOND_WIDTH, component_graph
from retort.chemistry.components import PALLADACYCLE
from retort.chemistry.molecules import parse


def named(row, names):
    return {name for name, value in zip(names, row, strict=True) if value}


def test_an_amide_by_hand():
    found = component_graph(parse("CC(=O)N"))
    assert found.atoms.shape == (4, ATOM_WIDTH)
    assert found.bonds.shape == (6, BOND_WIDTH)
    carbon, _, oxygen, nitrogen = (named(row, ATOM_NAMES) for row in found.atoms)
    sp3 = {"element_C", "charge_0", "degree_1", "hybridisation_SP3", "hydrogens_3", "valence_4"}
    assert carbon == sp3
    assert oxygen == {
        *("element_O", "charge_0", "degree_1", "hybridisation_SP2", "hydrogens_0", "valence_2", "acceptor")
    }
    assert {"element_N", "hydrogens_2", "valence_3", "donor"} <= nitrogen
    assert "acceptor" not in nitrogen
    assert [named(row, BOND_NAMES) for row in found.bonds[::2]] == [{"single"}, {"double"}, {"single"}]
    assert found.ends.tolist() == [[0, 1, 1, 2, 1, 3], [1, 0, 2, 1, 3, 1]]


def test_rings_hands_and_sides():
    benzene = component_graph(parse("c1ccccc1"))
    assert {"aromatic", "ring", "ring_6"} <= named(benzene.atoms[0], ATOM_NAMES)
    assert named(benzene.bonds[0], BOND_NAMES) == {"aromatic", "ring"}
    for smiles, hand in (("C[C@H](N)C(=O)O", "S"), ("C[C@@H](N)C(=O)O", "R")):
        assert Chem.FindMolChiralCenters(parse(smiles)) == [(1, hand)]
        assert hand in named(component_graph(parse(smiles)).atoms[1], ATOM_NAMES)
    for smiles, side in ((r"C/C=C/C", "E"), (r"C/C=C\C", "Z")):
        assert named(component_graph(parse(smiles)).bonds[2], BOND_NAMES) == {"double", side}


def test_what_is_in_no_category_is_other():
    (ion,) = component_graph(parse("[U+6]")).atoms
    assert {"element_other", "charge_other", "degree_0"} <= named(ion, ATOM_NAMES)
    assert component_graph(parse("[Cs+]")).ends.shape == (2, 0)
    # The bond from nitrogen to palladium is dative.
    assert "other" in {
        name for row in component_graph(parse(PALLADACYCLE)).bonds for name in named(row, BOND_NAMES)
    }


def test_the_order_of_atoms_permutes_the_rows():
    mol = parse("Cc1cc(C(=O)OC)no1")
    order = np.random.default_rng(0).permutation(mol.GetNumAtoms())
    one, other = component_graph(mol), component_graph(Chem.RenumberAtoms(mol, order.tolist()))
    np.testing.assert_array_equal(one.atoms[order], other.atoms)

    def edges(graph, names):
        return sorted(
            (names[a], names[b], *row) for a, b, row in zip(*graph.ends, graph.bonds.tolist(), strict=True)
        )

    assert edges(one, range(len(order))) == edges(other, order)
