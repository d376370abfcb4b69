"""Rows that a column names are the test part, and others are chosen for valid in whole groups."""

import polars as pl
import pytest

from retort.datasets.errors import DataError, LeakageError, SchemaError
from retort.datasets.splits import manifest, split

BASE = {"kind": "held_out", "group": "id", "column": "additive", "values": ["a0", "a3"]}
SOME = BASE | {"valid_fraction": 0.25}
FOLDS = BASE | {"group": "additive", "valid_by": "additive", "folds": 3}


def table():
    """Ten additives with six rows each; `sheet_0` and `sheet_1` name other test rows."""
    rows = range(60)
    return pl.DataFrame(
        {
            "id": [f"r{row:02d}" for row in rows],
            "additive": [f"a{row // 6}" for row in rows],
            "sheet_0": ["test" if row < 10 else "train" for row in rows],
            "sheet_1": ["test" if row >= 50 else "train" for row in rows],
        }
    )


def test_rows_with_the_values_are_the_test_part_and_a_share_of_the_others_is_valid():
    prepared = table()
    parts = split(prepared, SOME, seed=0)
    assert parts["id"].to_list() == prepared["id"].to_list()
    tested = prepared.join(parts.filter(part="test"), on="id")
    assert set(tested["additive"]) == {"a0", "a3"}
    assert manifest(prepared, parts, SOME)["rows"] == {"train": 36, "valid": 12, "test": 12}
    shuffled = split(prepared.sample(fraction=1, shuffle=True, seed=1), SOME, seed=0)
    assert shuffled.sort("id").equals(parts), "the order of the rows draws nothing"


def test_draws_take_other_rows_for_valid_and_the_same_for_test():
    first, second = (split(table(), SOME | {"draw": draw}, seed=0) for draw in (0, 1))
    assert first.filter(part="test").equals(second.filter(part="test"))
    assert not first.filter(part="valid").equals(second.filter(part="valid"))
    assert not first.equals(split(table(), SOME, seed=1))


def test_a_draw_may_name_the_column():
    for draw, expected in (
        (0, [f"r{row:02d}" for row in range(10)]),
        (1, [f"r{row}" for row in range(50, 60)]),
    ):
        settings = SOME | {"column": "sheet_{draw}", "values": ["test"], "draw": draw}
        assert split(table(), settings, seed=0).filter(part="test")["id"].to_list() == expected


def test_folds_leave_each_group_out_once():
    prepared, left_out = table(), []
    for draw in range(3):
        settings = FOLDS | {"draw": draw}
        parts = split(prepared, settings, seed=7)
        report = manifest(prepared, parts, settings)
        assert report["leakage"] == 0
        assert report["groups"]["test"] == 2
        assert report["groups"]["valid"] in (2, 3)
        left_out += prepared.join(parts.filter(part="valid"), on="id")["additive"].unique().to_list()
    assert sorted(left_out) == sorted(f"a{number}" for number in range(10) if number not in (0, 3))


def test_valid_by_groups_meets_its_share_from_above():
    parts = split(table(), SOME | {"valid_by": "additive", "valid_fraction": 0.2}, seed=0)
    by_part = table().join(parts, on="id")
    assert by_part.group_by("additive").agg(pl.col("part").n_unique())["part"].max() == 1
    assert by_part["part"].value_counts().sort("part").rows() == [("test", 12), ("train", 36), ("valid", 12)]


def test_labels_can_be_withheld_and_rows_excluded():
    prepared = table().with_columns(repeated=pl.int_range(60) % 10 == 5)
    settings = SOME | {"train_count": 5, "exclude": ["repeated"]}
    rows = manifest(prepared, split(prepared, settings, seed=0), settings)["rows"]
    assert rows == {"train": 5, "valid": 11, "test": 11, "excluded": 6, "unlabelled": 27}


def test_a_draw_may_name_the_rows_to_leave_out():
    prepared = table().with_columns(mixed_0=pl.int_range(60) < 20, mixed_1=pl.int_range(60) >= 40)
    for draw, first in ((0, 0), (1, 40)):
        settings = SOME | {"exclude": ["mixed_{draw}"], "draw": draw, "values": ["a5"]}
        out = split(prepared, settings, seed=0).filter(part="excluded")["id"].to_list()
        assert out == [f"r{row:02d}" for row in range(first, first + 20)]


def test_a_group_that_test_and_training_share_is_leakage():
    settings = SOME | {"column": "sheet_0", "values": ["test"], "group": "additive"}
    with pytest.raises(LeakageError, match="'a1'"):
        manifest(table(), split(table(), settings, seed=0), settings)


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        (SOME | {"values": ["a0", "z"]}, DataError, "no row has 'z' in column 'additive', whose values are 'a0', "),
        (SOME | {"column": "sheet_{draw}", "values": ["test"], "draw": 2}, SchemaError, "no column 'sheet_2'"),
        (SOME | {"valid_by": "paper"}, SchemaError, "no column 'paper'"),
        (FOLDS | {"draw": 3}, DataError, "draw 3 of 3 folds"),
        (FOLDS | {"folds": 9}, DataError, "9 folds of 8 groups"),
        (FOLDS | {"valid_fraction": 0.1}, DataError, "either"),
        (BASE, DataError, "either"),
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(settings, error, said):
    with pytest.raises(error, match=said):
        split(table(), settings, seed=0)
