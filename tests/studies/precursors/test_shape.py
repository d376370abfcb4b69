"""The shape of a training, on curves drawn by hand."""

from pathlib import Path

import polars as pl
import pytest

from retort.runs import Place, Run, RunInputs, StudyPlan
from retort.sealed import write_table
from retort.studies.precursors.shape import QUANTITIES, shape, shapes
from retort.training.run import HISTORY_SCHEMA


def history(*valid: float) -> pl.DataFrame:
    """Validations every 10 steps, the first before training; the training loss falls by 1 in 10 steps."""
    steps = range(0, 10 * len(valid), 10)
    rows = [(step, "valid", "completion", value) for step, value in zip(steps, valid, strict=True)]
    rows += [(step, "train", "completion", 100 - step / 10) for step in steps if step]
    return pl.DataFrame(rows, schema=HISTORY_SCHEMA, orient="row")


def found(*valid: float) -> dict[str, float | None]:
    return dict(shape(history(*valid), batch=100_000).select("quantity", "value").iter_rows())


def test_a_loss_that_falls_then_rises():
    seen = found(1, 9, 5, 7, 9, 11)
    assert tuple(seen) == QUANTITIES
    assert seen["best_share"] == 20 / 50, "the loss before training does not count"
    assert seen["best_reactions"] == 2e6
    # Per million reactions, which are ten steps; the lowest point is no part of it.
    assert seen["slope_valid"] == pytest.approx(2)
    assert seen["slope_train"] == pytest.approx(-1)
    assert seen["last_over_best"] == 11 / 5


def test_a_loss_below_zero_has_no_ratio():
    assert found(1, -2, -4, -3)["last_over_best"] is None


def test_a_loss_that_falls_to_the_end_has_no_slope_after_it():
    seen = found(9, 8, 7, 6, 5)
    assert seen["best_share"] == 1
    assert seen["slope_valid"] is seen["slope_train"] is None
    assert seen["last_over_best"] == 1


def test_replicates_are_taken_together_over_the_draws_of_a_place(tmp_path):
    runs = []
    for draw, last in enumerate((11, 13, 15)):
        folder = tmp_path / str(draw)
        folder.mkdir()
        write_table(history(1, 9, 5, 7, 9, last), folder / "history.parquet")
        settings = {"train": True, "training": {"batch": 100_000}}
        here = ("precursors", "five", f"some-{draw}", "selector", draw)
        runs.append(Run(*here, folder, RunInputs(Path(), Path()), settings))
    runs.append(
        Run("precursors", "five", "some-0", "other", 0, tmp_path, RunInputs(Path(), Path()), {"train": False})
    )
    place = Place("five", "some", ("some-0", "some-1", "some-2"), None, None, "some", 0.1, False)
    table = shapes(runs, StudyPlan("selector", {}, (place,)))
    row = table.row(by_predicate=(pl.col("quantity") == "slope_valid"), named=True)
    assert (row["dataset"], row["split"], row["variant"], row["n"]) == ("five", "some", "selector", 3)
    assert row["value"] == pytest.approx(3)
    assert row["low"] < 2 < 4 < row["high"]
    same = table.row(by_predicate=(pl.col("quantity") == "best_share"), named=True)
    assert (same["value"], same["low"]) == (pytest.approx(0.4), None)
    assert shapes(runs[3:], StudyPlan("selector", {}, (place,))).is_empty()
