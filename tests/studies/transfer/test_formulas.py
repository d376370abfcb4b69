"""Packing, jitter and batches of formulas, against loops over rows."""

import numpy as np
import pytest
import torch

from retort.studies.transfer.formulas import Formulas

NUMBERS = np.array([[8, 26, 3, 0, 0], [11, 17, 0, 0, 0], [29, 0, 0, 0, 0], [8, 22, 56, 0, 0]], dtype=np.uint8)
FRACTIONS = np.array([[4, 2, 1, 0, 0], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [3, 1, 1, 0, 0]], dtype=np.float64)
FRACTIONS /= FRACTIONS.sum(axis=1, keepdims=True)


def test_a_batch_is_as_wide_as_its_longest_formula():
    assert Formulas.from_arrays(NUMBERS, FRACTIONS).numbers.shape == (4, 3)
    assert Formulas.from_arrays(NUMBERS[1:3], FRACTIONS[1:3]).numbers.tolist() == [[11, 17], [29, 0]]
    assert len(Formulas.from_arrays(NUMBERS, FRACTIONS)) == 4


def test_packing_puts_equally_long_formulas_side_by_side():
    formulas = Formulas.from_arrays(NUMBERS, FRACTIONS)
    numbers, fractions = formulas.pack()
    assert numbers.tolist() == [29, 11, 17, 8, 26, 3, 8, 22, 56]
    assert fractions.tolist() == pytest.approx([1, 1 / 2, 1 / 2, 4 / 7, 2 / 7, 1 / 7, 3 / 5, 1 / 5, 1 / 5])
    assert formulas.packing.blocks == ((1, 1), (1, 2), (2, 3))
    assert [piece.tolist() for piece in formulas.packing.split(numbers)] == [
        [[29]],
        [[11, 17]],
        [[8, 26, 3], [8, 22, 56]],
    ]


def test_means_come_back_in_the_order_of_the_batch():
    generator = np.random.default_rng(0)
    numbers = generator.integers(1, 90, (40, 6)) * (np.arange(6) < generator.integers(1, 7, (40, 1)))
    numbers = np.take_along_axis(numbers, generator.permuted(np.tile(np.arange(6), (40, 1)), axis=1), axis=1)
    fractions = (numbers > 0) / (numbers > 0).sum(axis=1, keepdims=True)
    formulas = Formulas.from_arrays(numbers, fractions)
    tokens = formulas.pack()[0].double()[:, None] * torch.tensor([1.0, -2.0])
    expected = [[row[row > 0].mean(), -2 * row[row > 0].mean()] for row in numbers]
    assert formulas.packing.mean(tokens).numpy() == pytest.approx(np.array(expected))


def test_moving_keeps_the_packing():
    formulas = Formulas.from_arrays(NUMBERS, FRACTIONS)
    moved = formulas.to("cpu")
    assert moved.packing.blocks == formulas.packing.blocks
    assert torch.equal(moved.pack()[0], formulas.pack()[0])


@pytest.mark.parametrize(
    ("numbers", "fractions", "message"),
    [
        ([[8, 0]], [[1.0]], "numbers.shape"),
        ([[8, 1], [0, 0]], [[0.5, 0.5], [0.0, 0.0]], "formula 1"),
        ([[8, 1]], [[1.0, 0.0]], "formula 0"),
        ([[8, 0]], [[0.5, 0.5]], "formula 0"),
    ],
)
def test_impossible_rows_are_named(numbers, fractions, message):
    with pytest.raises(ValueError, match=rf"(?s){message}.*Hint"):
        Formulas.from_arrays(np.array(numbers), np.array(fractions))


def test_jitter_keeps_elements_and_sums():
    formulas = Formulas.from_arrays(np.repeat(NUMBERS, 5000, axis=0), np.repeat(FRACTIONS, 5000, axis=0))
    moved = formulas.jitter(torch.Generator().manual_seed(3))
    assert torch.equal(moved.numbers, formulas.numbers)
    assert torch.equal(moved.fractions > 0, formulas.fractions > 0)
    assert moved.fractions.sum(dim=1).numpy() == pytest.approx(1.0, abs=1e-6)
    # NaCl: x = (1 + a) / (2 + a + b) is 1/2 + (a - b) / 4 to first order, so its spread is 0.02 sqrt(2) / 4.
    assert moved.fractions[5000:10000, 0].std().item() == pytest.approx(0.02 * 2**0.5 / 4, rel=0.05)
    assert (moved.fractions[10000:15000, 0] == 1).all()
    again = formulas.jitter(torch.Generator().manual_seed(3))
    assert torch.equal(again.fractions, moved.fractions)
    assert not torch.equal(formulas.jitter(torch.Generator().manual_seed(4)).fractions, moved.fractions)
