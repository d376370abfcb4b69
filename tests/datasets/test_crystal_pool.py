"""Small cells of the Materials Project: which may be chosen, and which is the most stable."""

import pytest

from retort.datasets import crystal_pool
from retort.datasets.crystal_pool import lowest, structures
from retort.datasets.errors import SchemaError

from .crystal_files import mp_row
from .discovery_files import CRYSTALS, SALT, write_crystals


def test_small_cells_and_their_names(tmp_path):
    pool = crystal_pool.read(write_crystals(tmp_path), {})
    assert pool.rejects.is_empty()
    assert pool.rows["id"].to_list() == ["mp-1", "mp-2", "mp-3", "mp-4", "mp-5"]
    assert pool.rows["formula"].to_list() == ["NaCl", "NaCl", "TePb", "MgO", "NaCl"]
    assert pool.rows["composition"][0] == "Cl0.5000 Na0.5000"
    assert pool.rows["sites"].to_list() == [2, 2, 2, 2, 4]
    assert len(crystal_pool.read(tmp_path, {"largest_cell": 24}).rows) == 6


def test_the_lowest_of_a_composition_is_the_first_of_equals(tmp_path):
    rows = [mp_row(0, "mp-9", SALT, "-1.0"), mp_row(1, "mp-8", SALT, "-2.0"), mp_row(2, "mp-7", SALT, "-2.0")]
    assert lowest(crystal_pool.read(write_crystals(tmp_path, rows), {}).rows)["id"].to_list() == ["mp-8"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (mp_row(1, "mp-1", SALT), "the id occurred before"),
        (mp_row(1, "", SALT), "no material_id"),
        (mp_row(1, "mp-9", SALT, energy="-13.57"), "formation energy -13.57 eV/atom is impossible"),
        (mp_row(1, "mp-9", SALT, energy="None"), "formation_energy_per_atom is None, expected a number"),
        (mp_row(1, "mp-9", ""), "announces no formula"),
        (mp_row(1, "mp-9", SALT.to(fmt="cif").replace("Na1 Cl1", "Xx1 Cl1")), "announces no formula"),
    ],
)
def test_bad_rows_are_kept_with_their_reason(tmp_path, row, reason):
    pool = crystal_pool.read(write_crystals(tmp_path, [CRYSTALS[0], row]), {})
    assert pool.rows["id"].to_list() == ["mp-1"]
    assert pool.rejects.select("file", "row").row(0) == ("mp36k.csv.xz", 1)
    assert reason in pool.rejects["reason"][0]


def test_structures_of_the_chosen_and_rejects_of_the_damaged(tmp_path):
    rows = [CRYSTALS[0], mp_row(1, "mp-9", SALT.to(fmt="cif")[:-40])]
    pool = crystal_pool.read(write_crystals(tmp_path, rows), {})
    whole, rejects = structures(pool.rows, "mp36k.csv.xz")
    assert whole["id"].to_list() == ["mp-1"]
    assert whole["numbers"].to_list() == [[11, 17]]
    assert "cif" not in whole.columns
    assert rejects.row(0)[:3] == ("mp36k.csv.xz", 1, "mp-9")


@pytest.mark.parametrize("largest", [0, "20", True])
def test_an_impossible_cell_size_is_refused(tmp_path, largest):
    with pytest.raises(SchemaError, match="largest_cell"):
        crystal_pool.read(write_crystals(tmp_path), {"largest_cell": largest})
