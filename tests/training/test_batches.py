"""Batches: every row once an epoch, in an order that the seed decides, and nothing but the step to know."""

import numpy as np
import pytest

from retort.training.batches import EvenBatches, FullBatches, MixedBatches

KINDS = [EvenBatches, MixedBatches, FullBatches]
ROWS = np.arange(100, 123)


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_is_seen_once_an_epoch_in_an_order_of_its_own(kind):
    batches = kind(ROWS, 10, seed=3)
    seen = np.concatenate([batches(step) for step in range(30)])
    epochs = seen[: 6 * len(ROWS)].reshape(6, len(ROWS))
    assert all(sorted(epoch) == ROWS.tolist() for epoch in epochs)
    assert len(np.unique(epochs, axis=0)) == 6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [3, (3, 1)])
def test_a_batch_depends_on_the_seed_and_the_step_alone(kind, seed):
    forwards = [kind(ROWS, 10, seed)(step) for step in range(12)]
    batches = kind(ROWS, 10, seed)
    for step in (11, 0, 7, 3, 4, 11):
        np.testing.assert_array_equal(batches(step), forwards[step])
    assert not np.array_equal(kind(ROWS, 10, 4)(0), forwards[0])


@pytest.mark.parametrize("kind", [EvenBatches, MixedBatches])
def test_rows_are_shared_out_evenly(kind):
    batches = kind(1003, 64, seed=5)
    assert batches.steps_per_epoch == 16
    assert {len(batches(step)) for step in range(32)} == {62, 63}
    assert len(kind(ROWS[:2], 10, seed=0)(7)) == 2


def test_full_batches_go_on_in_the_next_epoch():
    batches = FullBatches(ROWS, 10, seed=3)
    assert {len(batches(step)) for step in range(9)} == {10}
    assert len(FullBatches(ROWS, 60, seed=3)(1)) == 60


@pytest.mark.parametrize("kind", KINDS)
def test_impossible_batches_are_named(kind):
    with pytest.raises(ValueError, match=r"batch=0.*Hint"):
        kind(10, 0, 0)
    with pytest.raises(ValueError, match=r"of 0 rows.*Hint"):
        kind(np.empty(0, int), 8, 0)
