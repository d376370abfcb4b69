"""What simple numbers tell before and after a split: molecules whose size tells the label, in train and test."""

import numpy as np
import polars as pl
import pytest

from retort.studies.molecules import shift

# In both parts the longer chains are positive; fluorine goes along with them in train, and against them in test.
TRAIN = ["C" * n for n in range(1, 9)] + ["F" + "C" * n for n in range(9, 17)]
TEST = ["F" + "C" * n for n in range(1, 9)] + ["C" * n for n in range(9, 17)]
PARTS = ["train"] * 16 + ["test"] * 16


@pytest.fixture(scope="module")
def molecules():
    smiles = TRAIN + TEST
    ids = [f"{row:02d}" for row in range(len(smiles))]
    fixed = dict.fromkeys(
        ("smiles", "canonical", "standard", "key", "scaffold", "scaffold_chiral", "scaffold_standard"), smiles
    )
    flags = {"repeated": [False] * 32, "contradictory": [False] * 32}
    prepared = pl.DataFrame(
        {"id": ids, "row": range(32), **fixed, **flags, "long": ([False] * 8 + [True] * 8) * 2}
    )
    return shift.Molecules.read(prepared, pl.DataFrame({"id": ids, "part": PARTS}))


def test_counts_keep_their_direction_and_shares_turn(molecules):
    found = {(quantity, reads): areas for _, quantity, reads, *areas in shift.turned(molecules)}
    assert found["heavy atoms", "counts"] == [1.0, None, pytest.approx(1, abs=0.01)]  # nothing is in valid
    assert found["halogens", "shares"] == [1.0, None, 0.0]
    assert len(found) == len(shift.NUMBERS) + len(shift.OF_ATOMS)


def test_a_model_of_shares_learns_the_wrong_way_about(molecules, monkeypatch):
    monkeypatch.setattr(shift, "DRAWN", (8, 99))
    monkeypatch.setattr(shift, "DRAWS", 20)
    rows = {(reads, labels): rest for _, reads, labels, *rest in shift.luck(molecules)}
    assert set(rows) == {("counts", 8), ("shares", 8)}, "as many labels as train has are no draw"
    draws, mean, sd, below, train = rows["shares", 8]
    assert (draws, below) == (20, 1.0)
    assert mean < 0.2
    assert train > 0.8
    assert sd < 0.3
    draws, mean, _, below, train = rows["counts", 8]
    assert below < 0.2
    assert mean > 0.7
    assert train > 0.8


def test_the_same_labels_give_the_same_luck(molecules, monkeypatch):
    monkeypatch.setattr(shift, "DRAWN", (6,))
    monkeypatch.setattr(shift, "DRAWS", 5)
    one, two = ([row[3:] for row in shift.luck(molecules)] for _ in range(2))
    np.testing.assert_equal(one, two)
