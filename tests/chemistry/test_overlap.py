"""How alike compositions are: worked by hand, and the same for every way to write them."""

import numpy as np
import pytest

from retort.chemistry import overlap
from retort.chemistry.composition import ATOMIC_NUMBER, parse


def fractions(*formulas):
    rows = np.zeros((len(formulas), overlap.HIGHEST + 1), np.float32)
    for row, formula in zip(rows, formulas, strict=True):
        for symbol, amount in parse(formula).items():
            row[ATOMIC_NUMBER[symbol]] = amount
    return rows / rows.sum(axis=1, keepdims=True)


def test_the_share_of_atoms_in_common():
    found = overlap.overlap(fractions("LiFePO4", "NaCl"), fractions("LiMnPO4", "Li2Fe2P2O8", "KCl", "He"))
    np.testing.assert_allclose(found, [[6 / 7, 1, 0, 0], [0, 0, 0.5, 0]], atol=1e-6)
    both = fractions("Al2O3", "SiO2", "Mg3Al2Si3O12")
    np.testing.assert_allclose(overlap.overlap(both, both), overlap.overlap(both, both).T, atol=1e-6)


def test_among_equally_alike_ones_the_element_next_door_comes_first():
    places, alike = overlap.order(
        fractions("LiFePO4"), fractions("LiBiPO4", "NaFePO4", "LiMnPO4", "LiFePO4"), 3
    )
    assert places[0].tolist() == [3, 1, 2]  # Mendeleev numbers: Li 12, Na 11, Mn 60, Fe 61, Bi 87
    assert alike[0].tolist() == pytest.approx([1, 6 / 7, 6 / 7])
    assert overlap.order(fractions("Fe"), fractions("Fe", "O"), 9)[0].shape == (1, 2)


def test_rows_of_slots():
    numbers, parts = np.array([[8, 3, 0], [11, 17, 0]], np.uint8), np.array([[0.75, 0.25, 0], [0.5, 0.5, 0]])
    dense = overlap.rows(numbers, parts.astype(np.float32))
    assert dense[:, 0].tolist() == [0, 0]
    assert (dense[0, 8], dense[0, 3], dense[1, 17]) == (0.75, 0.25, 0.5)
    assert dense.sum(axis=1).tolist() == [1, 1]
