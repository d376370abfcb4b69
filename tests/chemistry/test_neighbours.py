"""The nearest-neighbour graph against pymatgen's own list, against every image counted, and against symmetry."""

from itertools import product

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from retort.chemistry.neighbours import TIE, nearest_neighbours

PEROVSKITE = Structure.from_spacegroup(
    "Pm-3m", Lattice.cubic(3.905), ["Sr", "Ti", "O"], [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0]]
)
RUTILE = Structure.from_spacegroup(
    "P4_2/mnm", Lattice.tetragonal(4.594, 2.959), ["Ti", "O"], [[0, 0, 0], [0.305, 0.305, 0]]
)
COPPER = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(3.61), ["Cu"], [[0, 0, 0]]
).get_primitive_structure()
SPARSE = Structure(
    Lattice.from_parameters(9, 10, 11, 80, 95, 110), ["Xe", "Xe"], [[0, 0, 0], [0.4, 0.5, 0.45]]
)
TRICLINIC = Structure(
    Lattice.from_parameters(4.1, 5.3, 6.2, 71, 83, 98),
    ["Na", "Cl", "O", "O", "H"],
    np.random.default_rng(0).uniform(-1, 2, (5, 3)),
)
CRYSTALS = [PEROVSKITE, RUTILE, COPPER, SPARSE, TRICLINIC]


def graph(structure: Structure):
    return nearest_neighbours(structure.lattice.matrix, structure.frac_coords)


def rows(bonds) -> np.ndarray:
    """Bonds as sorted rows of numbers, so that two graphs can be compared."""
    table = np.column_stack([bonds.source, bonds.target, bonds.vector.round(4) + 0.0])
    return table[np.lexsort(table.T[::-1])]


def counted(structure: Structure, images: int = 3) -> np.ndarray:
    """The same graph by counting every image within `images` cells, and nothing clever."""
    lattice = structure.lattice.matrix
    places = (structure.frac_coords % 1) @ lattice
    shifts = np.array(list(product(range(-images, images + 1), repeat=3))) @ lattice
    bonds = set()
    for atom, place in enumerate(places):
        vectors = places[None] + shifts[:, None] - place  # (images, sites, 3)
        distance = np.linalg.norm(vectors, axis=2)
        reach = np.sort(distance[distance > 1e-6])[11] + TIE
        for image, other in np.argwhere((distance > 1e-6) & (distance <= reach)):
            vector = tuple(vectors[image, other].round(4) + 0.0)
            bonds.add((atom, int(other), *vector))
            bonds.add((int(other), atom, *(-value + 0.0 for value in vector)))
    table = np.array(sorted(bonds))
    return table[np.lexsort(table.T[::-1])]


@pytest.mark.parametrize("structure", CRYSTALS, ids=lambda structure: structure.reduced_formula)
def test_every_image_counted(structure):
    np.testing.assert_allclose(rows(graph(structure)), counted(structure), atol=2e-4)


@pytest.mark.parametrize("structure", [PEROVSKITE, RUTILE, TRICLINIC], ids=lambda s: s.reduced_formula)
def test_the_twelve_nearest_of_pymatgens_list_within_8_angstrom(structure):
    bonds = graph(structure)
    length = np.linalg.norm(bonds.vector, axis=1)
    centre, _, _, distance = structure.get_neighbor_list(8.0)
    for site in range(len(structure)):
        near = np.sort(distance[centre == site])
        asked = near[near <= near[11] + TIE]
        np.testing.assert_allclose(np.sort(length[bonds.target == site])[: len(asked)], asked, atol=1e-6)


def test_known_environments():
    bonds = graph(COPPER)
    assert len(bonds.source) == 12  # face-centred cubic: twelve neighbours, six bonds in both directions
    np.testing.assert_allclose(np.linalg.norm(bonds.vector, axis=1), 3.61 / np.sqrt(2), rtol=1e-6)
    bonds = graph(PEROVSKITE)
    titanium = int(np.flatnonzero(PEROVSKITE.atomic_numbers == np.array(22))[0])
    length = np.sort(np.linalg.norm(bonds.vector, axis=1)[bonds.target == titanium])
    # Six O, then eight Sr at the distance of the twelfth, all kept; further O would be farther away.
    np.testing.assert_allclose(length, [3.905 / 2] * 6 + [3.905 * np.sqrt(3) / 2] * 8, rtol=1e-6)


@pytest.mark.parametrize("structure", CRYSTALS, ids=lambda structure: structure.reduced_formula)
def test_bonds_come_in_both_directions_sorted_by_target(structure):
    bonds = graph(structure)
    assert (np.diff(bonds.target) >= 0).all()
    assert np.bincount(bonds.target).min() >= 12
    there = np.column_stack([bonds.source, bonds.target, bonds.vector.round(6)]) + 0.0
    back = np.column_stack([bonds.target, bonds.source, -bonds.vector.round(6)]) + 0.0
    assert {tuple(row) for row in there} == {tuple(row) for row in back}
    assert len({tuple(row) for row in there}) == len(there)


@pytest.mark.parametrize("structure", CRYSTALS, ids=lambda structure: structure.reduced_formula)
def test_rotation_translation_and_supercell(structure):
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    bonds = graph(structure)
    moved = nearest_neighbours(
        structure.lattice.matrix @ turn, structure.frac_coords + np.array([0.3, -0.7, 5.1])
    )
    np.testing.assert_array_equal(moved.source, bonds.source)
    length = np.linalg.norm(bonds.vector, axis=1)
    # Within one pair of sites the order follows the cells, which a translation renumbers.
    np.testing.assert_allclose(np.sort(np.linalg.norm(moved.vector, axis=1)), np.sort(length), atol=1e-6)
    larger = graph(structure * (2, 1, 2))
    assert len(larger.source) == 4 * len(bonds.source)
    np.testing.assert_allclose(
        np.sort(np.linalg.norm(larger.vector, axis=1)), np.sort(np.tile(length, 4)), atol=1e-6
    )


def test_what_is_no_crystal_is_refused():
    with pytest.raises(ValueError, match=r"sites 0 and 1 are 0\.0000 Å apart"):
        nearest_neighbours(np.eye(3) * 4, [[0, 0, 0], [1, 1, 1]])
    with pytest.raises(ValueError, match="no volume"):
        nearest_neighbours(np.ones((3, 3)), [[0, 0, 0]])
    with pytest.raises(ValueError, match="not a finite number"):
        nearest_neighbours(np.eye(3) * 4, [[0, np.nan, 0]])
    with pytest.raises(ValueError, match="expected"):
        nearest_neighbours(np.eye(3) * 4, np.zeros((0, 3)))
