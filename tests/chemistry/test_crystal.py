"""P1 CIFs read by regular expressions against pymatgen's parser, and damaged ones."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from retort.chemistry.crystal import CrystalError, cell_vectors, read_cif


def cif(structure):
    return structure.to(fmt="cif")


CELLS = [
    Lattice.cubic(5.64),
    Lattice.hexagonal(3.25, 5.2),
    Lattice.from_parameters(3.1, 4.2, 5.3, 71, 83, 102),
    Lattice.from_parameters(5.013, 5.013, 5.013, 60, 60, 60),
    Lattice.from_parameters(5.29144986, 5.29144986, 5.29144986, 109.47122063, 109.47122063, 109.47122063),
]


@pytest.fixture
def oxide():
    return Structure(
        CELLS[2],
        ["Ti", "Ti", "O", "O", "O"],
        [[0, 0, 0], [0.25, 0.5, 0.1], [0.3, 0.3, 0], [0.7, 0.2, 0.9], [0.5] * 3],
    )


@pytest.mark.parametrize("lattice", CELLS)
def test_it_reads_what_pymatgen_reads(lattice):
    structure = Structure(lattice, ["Na", "Cl", "O"], [[0.1, 0.2, 0.3], [-0.25, 1.5, 1 / 3], [0, 0, 0.99]])
    crystal = read_cif(cif(structure))
    theirs = Structure.from_str(cif(structure), fmt="cif")
    assert crystal.numbers.tolist() == [11, 17, 8] == [site.specie.Z for site in theirs]
    # Orientations differ; lengths, angles, and with them every distance, do not.
    np.testing.assert_allclose(
        crystal.lattice @ crystal.lattice.T, theirs.lattice.matrix @ theirs.lattice.matrix.T, atol=1e-6
    )
    assert np.linalg.det(crystal.lattice) == pytest.approx(theirs.volume, rel=1e-6)
    np.testing.assert_allclose((crystal.positions - theirs.frac_coords + 0.5) % 1, 0.5, atol=1e-7)
    assert crystal.amounts() == {"O": 1, "Na": 1, "Cl": 1}
    assert {name: len(column) for name, column in crystal.columns().items()} == {
        "lattice": 9,
        "numbers": 3,
        "positions": 9,
    }


def test_right_angles_give_exact_zeros():
    assert cell_vectors(2, 3, 4, 90, 90, 90).tolist() == [[2, 0, 0], [0, 3, 0], [0, 0, 4]]
    assert not np.signbit(cell_vectors(2, 3, 4, 90, 90, 120)).ravel()[[1, 2, 5]].any()


@pytest.mark.parametrize("angles", [(60, 60, 130), (0, 90, 90), (90, 90, 180)])
def test_no_cell_has_these_angles(angles):
    with pytest.raises(CrystalError, match=r"no cell has the angles|out of range"):
        cell_vectors(3, 3, 3, *angles)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("'P 1'", "'F m -3 m'", "space group is 'F m -3 m'"),
        ("_cell_length_b", "_cell_length_q", "_cell_length_b is missing"),
        ("_cell_angle_beta   83.", "_cell_angle_beta   x83.", "_cell_angle_beta is 'x83"),
        ("_atom_site_fract_z\n", "_atom_site_U\n", "no table of sites"),
        ("  Ti  Ti1  1", "  Xx  Ti1  1", "unknown element 'Xx'"),
        ("  Ti  Ti1  1", "  Ti  Ti1", "site line"),
        ("0.10000000  1\n", "0.10000000  0.5\n", "occupancy 0.5"),
        ("0.10000000  1\n", "nan  1\n", "not finite"),
        ("_chemical_formula_sum", "_formula", "_chemical_formula_sum is missing"),
        ("'Ti2 O3'", "'Ti2 O4'", "do not add up to the formula 'Ti2 O4'"),
    ],
)
def test_damage_is_named(oxide, old, new, said):
    text = cif(oxide)
    assert text.count(old) == 1
    with pytest.raises(CrystalError, match=said):
        read_cif(text.replace(old, new))


def test_a_text_cut_short_at_any_line_is_refused(oxide):
    lines = cif(oxide).rstrip("\n").splitlines(keepends=True)
    assert len(read_cif("".join(lines)).numbers) == 5
    for count in range(len(lines)):
        with pytest.raises(CrystalError):
            read_cif("".join(lines[:count]))
