"""The arrays of the study: who is in which part, and what a table of predictions refuses."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from retort.sealed import write_table
from retort.studies.yields.data import PREDICTIONS_SCHEMA, Predicted, Records, predictions, read


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    prepared = pl.DataFrame(
        {
            "id": [f"r-{number}" for number in range(30)],
            "yield": [float(number) for number in range(29)] + [102.9],
            "reaction": ["C.O>>CO"] * 30,
        }
    )
    parts = ["excluded"] + ["train"] * 19 + ["unlabelled"] * 2 + ["valid"] * 4 + ["test"] * 4
    write_table(prepared, tmp_path / "prepared.parquet")
    # In another order than the table: rows are found by id.
    split = prepared.select("id").with_columns(part=pl.Series(parts)).reverse()
    write_table(split, tmp_path / "split.parquet")
    return tmp_path / "prepared.parquet", tmp_path / "split.parquet"


def test_parts_places_and_yields(files):
    records = read(*files)
    assert len(records) == 29
    assert records.places.tolist() == list(range(1, 30))
    assert records.rows_of("train").tolist() == list(range(19))
    assert records.predicted.tolist() == list(range(21, 29))
    assert records.yields[-1] == 102.9
    assert np.isnan(records.yields[records.rows_of("unlabelled")]).all()
    assert np.isfinite(np.delete(records.yields, records.rows_of("unlabelled"))).all()
    assert "yield" not in records.table.columns
    assert records.scaling() == (10.0, pytest.approx(np.sqrt((19**2 - 1) / 12)))


def test_calibration_is_a_ninth_of_train_and_depends_on_ids_alone(files):
    records = read(*files)
    chosen = records.calibration
    assert len(chosen) == 2
    assert set(chosen) <= set(records.rows_of("valid"))
    order = np.arange(len(records))[::-1]
    turned = Records(records.table[order], records.yields[order], records.places[order])
    assert {turned.ids[row] for row in turned.calibration} == {records.ids[row] for row in chosen}


def test_predictions_have_the_schema_and_nulls_where_nothing_is_said(files):
    records = read(*files)
    mean = np.arange(8.0)
    table = predictions(records, Predicted(mean, aleatoric=mean + 1))
    assert table.schema == pl.Schema(PREDICTIONS_SCHEMA)
    assert table["part"].to_list() == ["valid"] * 4 + ["test"] * 4
    assert table["id"].to_list() == [f"r-{number}" for number in range(22, 30)]
    assert table["mean"].to_list() == mean.tolist()
    assert table["epistemic"].null_count() == 8


@pytest.mark.parametrize(
    ("predicted", "message"),
    [
        (Predicted(np.zeros(7)), r"mean: \(7,\)"),
        (Predicted(np.full(8, np.nan)), "8 not finite"),
        (Predicted(np.zeros(8), epistemic=np.full(8, -1.0)), "epistemic.*negative"),
    ],
)
def test_impossible_predictions_are_refused(files, predicted, message):
    with pytest.raises(ValueError, match=message):
        predictions(read(*files), predicted)


def test_a_split_of_another_data_set_and_a_missing_yield_are_refused(files, tmp_path):
    prepared, _ = files
    write_table(pl.DataFrame({"id": ["x"], "part": ["train"]}), tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="no reaction"):
        read(prepared, tmp_path / "other.parquet")
    table = pl.DataFrame({"id": ["x"], "yield": [None]}, schema={"id": pl.String, "yield": pl.Float64})
    write_table(table, tmp_path / "prepared2.parquet")
    with pytest.raises(ValueError, match="x has the yield"):
        read(tmp_path / "prepared2.parquet", tmp_path / "other.parquet")
