"""Scores of tables whose answers are known by hand or by a closed form."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from retort.studies.yields.data import PREDICTIONS_SCHEMA, TRAIN_PER_CALIBRATION
from retort.studies.yields.judged import LEAST_SIGMA, Calibration, Interval, Judged
from retort.studies.yields.score import SUCCESS, score

N = {"train": 400, "valid": 60, "test": 2000}


def made(sigma_factor=1.0, **columns):
    """Predictions whose errors are normal with the sigma 5 (even rows) or 10, which the table says by a factor."""
    draw = np.random.default_rng(0)
    ids = [f"r-{row:04d}" for row in range(sum(N.values()))]
    part = np.repeat(list(N), list(N.values()))
    true_sd = np.where(np.arange(len(ids)) % 2, 10.0, 5.0)
    mean = draw.uniform(35, 65, len(ids))
    measured = mean + true_sd * draw.normal(size=len(ids))
    table = pl.DataFrame({"id": ids, "part": part, "mean": mean, "aleatoric": true_sd * sigma_factor})
    table = table.with_columns(
        **{
            name: columns.get(name, pl.lit(None, pl.Float64))
            for name in ("epistemic", "chosen", "peeked")
            if name in columns or name not in table.columns
        }
    )
    prepared = pl.DataFrame({"id": ids, "yield": measured}).sample(fraction=1, shuffle=True, seed=1)
    predictions = table.filter(pl.col("part") != "train").select(PREDICTIONS_SCHEMA.keys())
    return predictions, prepared, table.select("id", "part")


def values(scores, part="test"):
    return dict(scores.filter(part=part).select("metric", "value").iter_rows())


def test_scores_of_true_sigmas():
    found = values(score(*made())[0])
    assert found["mae"] == pytest.approx(7.5 * np.sqrt(2 / np.pi), rel=0.03)
    assert found["rmse"] == pytest.approx(np.sqrt(62.5), rel=0.03)
    assert found["coverage-50"] == pytest.approx(0.5, abs=0.03)
    assert found["coverage-90"] == pytest.approx(0.9, abs=0.02)
    assert found["coverage-90-recalibrated"] == pytest.approx(0.9, abs=0.06)
    assert found["coverage-90-conformal"] == pytest.approx(0.9, abs=0.08)
    assert found["miscalibration"] < 0.02
    assert found["sharpness"] == pytest.approx(7.5)
    entropy = np.mean([stats.norm(scale=sd).entropy() for sd in (5, 10)])
    assert found["nll"] == pytest.approx(entropy, abs=0.04)
    assert found["nll"] < found["nll-constant"]
    # Intervals of 90 % are within 0-100 here.
    assert found["width-90-recalibrated"] == pytest.approx(2 * 1.645 * 7.5, rel=0.15)
    assert "spearman-aleatoric" not in found  # it has one kind only
    assert "r2-chosen" not in found


def test_small_sigmas_are_found_out_and_repaired():
    true, small = (values(score(*made(factor))[0]) for factor in (1.0, 0.5))
    assert small["coverage-90"] == pytest.approx(0.589, abs=0.03)
    assert small["miscalibration"] == pytest.approx(0.5 - np.arctan(0.5) * 2 / np.pi, abs=0.02)
    same = ["spearman", "mae", "r2", "nll-constant", "coverage-90-conformal", "width-90-conformal"]
    same += [name for name in true if name.endswith("-recalibrated")]
    for name in same:
        assert small[name] == pytest.approx(true[name])


def test_metrics_by_hand_and_their_items():
    prepared = pl.DataFrame({"id": list("abcdef"), "yield": [0.0, 10.0, 30.0, 110.0, 5.0, 50.0]})
    split = pl.DataFrame({"id": list("abcdef"), "part": ["test"] * 4 + ["train", "valid"]})
    predictions = pl.DataFrame(
        {
            "id": list("abcdf"),
            "part": ["test"] * 4 + ["valid"],
            "mean": [-20.0, 40.0, 30.0, 120.0, 40.0],
            "peeked": [0.0, 10.0, 30.0, 100.0, 40.0],
        }
    )
    predictions = predictions.with_columns(
        **{name: pl.lit(None, pl.Float64) for name in PREDICTIONS_SCHEMA if name not in predictions.columns}
    ).select(PREDICTIONS_SCHEMA.keys())
    scores, items = score(predictions, prepared, split)
    found = values(scores)
    # Clipped to 0, 40, 30 and 100.
    assert found["mae"] == pytest.approx(10)
    assert found["rmse"] == pytest.approx(np.sqrt(1000 / 4))
    spread = ((np.array([0, 10, 30, 110]) - 37.5) ** 2).sum()
    assert found["r2"] == pytest.approx(1 - 1000 / spread)
    assert found["r2-peeked"] == pytest.approx(1 - 100 / spread)
    assert found["inflation"] == pytest.approx(900 / spread)
    assert found["roc_auc"] == pytest.approx(3 / 4)  # 30 and 110 work; 10 was ranked above 30
    assert found["nll-constant"] == pytest.approx(
        -stats.norm(5, 1e-9).logpdf([0, 10, 30, 110]).mean(), rel=1e-6
    )
    assert "spearman" not in found
    assert "coverage-90-conformal" not in found  # one training row buys no calibration
    assert values(scores, "valid") == pytest.approx({"mae": 10, "rmse": 10, "trimean": 10, "iqr": 0})
    means = dict(items.group_by("metric").agg(pl.col("value").mean()).iter_rows())
    assert means == pytest.approx(
        {"absolute_error": 10} | {name: found[name] for name in ("r2", "roc_auc", "inflation")}
    )
    assert set(items["id"]) == set("abcd")
    assert items["part"].unique().to_list() == ["test"]


def test_one_class_and_one_yield_are_left_out():
    predictions, prepared, split = made()
    prepared = prepared.with_columns(pl.lit(SUCCESS + 1).alias("yield"))
    found = values(score(predictions, prepared, split)[0])
    assert not {"r2", "roc_auc"} & found.keys()
    assert found["mae"] > 0


def test_kinds_of_sigma_add_as_squares():
    predictions, prepared, split = made()
    both = predictions.with_columns(epistemic=pl.col("aleatoric") * 0.75)
    found = values(score(both, prepared, split)[0])
    assert found["sharpness"] == pytest.approx(7.5 * 1.25)
    assert found["spearman-aleatoric"] == pytest.approx(found["spearman-epistemic"])
    constant = predictions.with_columns(aleatoric=pl.lit(3.0))
    assert "spearman" not in values(score(constant, prepared, split)[0])
    sure = Judged.of(predictions.with_columns(aleatoric=pl.lit(0.0)), prepared, "test")
    assert set(sure.sigma) == {LEAST_SIGMA}


def test_a_pretraining_run_has_no_scores():
    _, prepared, split = made()
    scores, items = score(pl.DataFrame(schema=PREDICTIONS_SCHEMA), prepared, split)
    assert scores.is_empty()
    assert items.is_empty()


def test_an_unknown_row_is_named():
    predictions, prepared, split = made()
    lost = predictions["id"][100]
    with pytest.raises(ValueError, match=lost):
        score(predictions, prepared.filter(pl.col("id") != lost), split)


def test_calibration_takes_rows_of_valid_alone_and_few_where_labels_are_few():
    predictions, prepared, _ = made()
    valid = Judged.of(predictions, prepared, "valid")
    drawn = Calibration.of(valid, 400)
    assert len(drawn.rows) == 400 // TRAIN_PER_CALIBRATION
    assert set(drawn.rows.ids) < set(valid.ids)
    fewer = Calibration.of(valid, 200)
    assert set(fewer.rows.ids) < set(drawn.rows.ids)
    assert Calibration.of(valid, TRAIN_PER_CALIBRATION - 1) is None


def test_intervals_end_at_0_and_100():
    found = Interval.of(
        np.array([103.0, 50.0, 0.0]), np.array([95.0, -np.inf, 2.0]), np.array([120.0, np.inf, 5.0])
    )
    assert found.held.tolist() == [True, True, False]
    assert found.width.tolist() == [5, 100, 3]
