"""Tables of reactions: slots of the small plate, descriptors that others lend, and bits that stand for others."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file, save_file

from retort.datasets.views.component_descriptors import NOTHING
from retort.datasets.views.reaction_molecules import ARRAYS
from retort.studies.yields import tabular
from retort.studies.yields.tabular import Slots, distinct_bits, table
from tests.studies.yields.small_plate import AMINES, BASES, HALIDES, SOLVENTS, inputs

FEATURES = inputs().features
N = 48


def test_onehot_says_which_molecule_stands_where():
    found = table(FEATURES, "onehot")
    assert found.shape == (N, len(HALIDES) + len(AMINES) + len(BASES) + len(SOLVENTS))
    assert (found.sum(axis=1) == 4).all()
    assert len(np.unique(found, axis=0)) == N


def test_descriptors_are_those_of_the_molecules_in_their_slots():
    slots = Slots.read(FEATURES)
    assert slots.roles == ["halide", "amine", "base", "solvent", "product"]
    found = table(FEATURES, "computed")
    assert found.shape[0] == N
    assert (np.ptp(found, axis=0) > 0).all()
    assert len(np.unique(found, axis=0)) == N
    assert np.array_equal(found, table(FEATURES, "descriptors"))  # nothing is lent
    weights = slots.descriptors[slots.molecules[:, 0], 0]
    assert any(np.array_equal(column, weights) for column in found.T)


def test_an_empty_slot_is_zero_and_says_so():
    slots = Slots.read(FEATURES)
    molecules = slots.molecules.copy()
    molecules[::2, 3] = NOTHING
    found = replace(slots, molecules=molecules).described(3, slots.descriptors)
    assert (found[::2] == 0).all()
    assert (found[1::2, -1] == 1).all()


def test_random_numbers_are_drawn_by_the_seed():
    one, other = table(FEATURES, "random", 0), table(FEATURES, "random", 1)
    assert one.shape == other.shape
    assert not np.array_equal(one, other)


def lent(folder, leave_out=0):
    """A view of two numbers for each halide, amine, base and solvent, the last ones perhaps left out."""
    slots = Slots.read(FEATURES)
    rows, arrays = [], {}
    for slot, role in enumerate(slots.roles[:4]):
        places = np.unique(slots.molecules[:, slot])[::-1]
        places = places[: len(places) - leave_out]
        rows += [(role, slots.flat[place], slots.smiles[place], slots.flat[place]) for place in places]
        arrays[role] = np.array([[slot, place] for place in places], np.float32)
    folder.mkdir()
    names = ["role", "name", "smiles", "flat"]
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(folder / "molecules.parquet")
    save_file(arrays, folder / ARRAYS)
    return FEATURES | {tabular.PUBLISHED: folder}


def test_published_descriptors_are_taken_where_they_know_all(tmp_path):
    features = lent(tmp_path / "published_descriptors")
    found = table(features, "descriptors")
    slots = Slots.read(FEATURES)
    assert np.array_equal(found, slots.molecules[:, :4])
    assert table(features, "random").shape[1] == 2 * 4
    assert np.array_equal(table(features, "computed"), table(FEATURES, "computed"))


def test_published_descriptors_that_lack_a_molecule_are_not_taken(tmp_path):
    features = lent(tmp_path / "published_descriptors", leave_out=1)
    assert np.array_equal(table(features, "descriptors"), table(FEATURES, "computed"))


def test_an_unknown_table_is_named():
    with pytest.raises(ValueError, match="'mordred'"):
        table(FEATURES, "mordred")


def test_distinct_bits_tell_apart_what_all_bits_tell_apart():
    every = np.unpackbits(load_file(FEATURES[tabular.FINGERPRINTS] / ARRAYS)["drfp"], axis=1)
    found = distinct_bits(FEATURES, np.arange(N))
    assert found.shape[1] < (np.ptp(every, axis=0) > 0).sum()
    assert len(np.unique(found, axis=1).T) == found.shape[1]
    assert len(np.unique(found, axis=0)) == len(np.unique(every, axis=0))
    for column in every[:, np.ptp(every, axis=0) > 0].T:
        assert any(np.array_equal(column, kept) for kept in found.T)
    # A bit that no training row has differing is not looked at.
    assert distinct_bits(FEATURES, np.arange(2)).shape[1] < found.shape[1]
