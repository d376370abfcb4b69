"""What pre-training on computed numbers and on other sets' labels is told, and the loss of it."""

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

from retort.studies.molecules.targets import (
    MOST_SPREADS,
    Targets,
    Teller,
    Told,
    computed,
    measured,
    telling_loss,
)

NAN = float("nan")


def test_numbers_are_in_spreads_of_the_training_rows_and_classes_stay():
    values = np.array([[1, 0, 7, 5], [3, 1, 7, NAN], [NAN, NAN, 7, 9], [100, 1, 8, 5]], np.float32)
    told = Targets(values, np.array([False, True, False, False])).scaled(np.array([0, 1, 2]))
    # The third is the same for all that train; of the first the mean is 2 and the spread 1, of the last 7 and 2.
    np.testing.assert_allclose(
        told.values, [[-1, 0, -1], [1, 1, NAN], [NAN, NAN, 1], [MOST_SPREADS, 1, -1]], rtol=1e-6
    )
    assert told.classes.tolist() == [False, True, False]


def test_a_label_of_which_training_knows_nothing_is_left_out():
    told = Targets(np.array([[NAN, 1], [2, 3]], np.float32), np.array([False, False])).scaled(np.array([0]))
    assert told.values.shape == (2, 0)


def test_descriptors_must_be_those_of_the_corpus(tmp_path):
    pl.DataFrame({"id": ["a", "b"]}).write_parquet(tmp_path / "molecules.parquet")
    np.save(tmp_path / "descriptors.npy", np.ones((2, 3), np.float32))
    assert computed(tmp_path, ["a", "b"]).values.shape == (2, 3)
    with pytest.raises(ValueError, match="views"):
        computed(tmp_path, ["b", "a"])


def test_labels_are_found_by_id():
    rows = pl.DataFrame(
        {"id": ["a", "b"], "row": [0, 1], "smiles": ["C", "N"], "standard": ["C", "N"], "key": ["C", "N"]}
    ).with_columns(pl.Series("t:toxic", [True, None]), pl.Series("t:logd", [None, 2.5]))
    told = measured(rows, ["b", "a"])
    np.testing.assert_array_equal(told.values, np.array([[NAN, 2.5], [1, NAN]], np.float32))
    assert told.classes.tolist() == [True, False]
    with pytest.raises(ValueError, match="no labels"):
        measured(rows.drop("t:toxic", "t:logd"), ["a"])


class Fixed(nn.Module):
    """Says of every molecule what it is made of."""

    width = 3

    def forward(self, molecules):
        return molecules


@pytest.mark.parametrize("classes", [[True, False, False], [False] * 3, [True] * 3])
def test_the_loss_is_the_sum_of_the_means_over_what_is_known_of_each_kind(classes):
    classes = np.array(classes)
    model = Teller(Fixed(), 4, classes)
    model.head = nn.Identity()
    said = torch.tensor([[0.0, 2.0, 1.0], [3.0, -1.0, 0.5]])
    known = torch.tensor([[1.0, 1.0, NAN], [NAN, 0.0, 1.0]])
    terms = telling_loss(model, Told(said, known))
    is_known, wanted = ~known.isnan(), known.nan_to_num()
    total = 0.0
    for kind, each in (
        (classes, nn.functional.binary_cross_entropy_with_logits(said, wanted, reduction="none")),
        (~classes, (said - wanted) ** 2),
    ):
        chosen = is_known & torch.from_numpy(kind)
        if chosen.any():
            total += float(each[chosen].mean())
    assert float(terms["total"]) == pytest.approx(total)
    assert set(terms) == {"total"} | ({"cross_entropy"} if classes.any() else set()) | (
        {"squared_error"} if not classes.all() else set()
    )
