"""Which numbers moved between a record and a rerun."""

import polars as pl
import pytest

from retort.statistics.agreement import compare


def scores(*values, metric="error"):
    return pl.DataFrame(
        [
            {"study": "s", "dataset": "d", "split": "p", "variant": "v", "seed": seed, "part": "test",
             "metric": metric, "value": value, "unit": "eV"}
            for seed, value in enumerate(values)
        ]
    )  # fmt: skip


def test_equal_scores_agree():
    assert compare(scores(0.1, 0.2), scores(0.1, 0.2).reverse(), {}) == []


def test_tolerance_by_metric():
    record, rerun = scores(0.82, 0.5), scores(0.81, 0.5)
    assert compare(record, rerun, {"error": 0.01}) == []
    assert compare(record, rerun, {"default": 0.01}) == []
    (moved,) = compare(record, rerun, {"error": 0.005, "default": 1.0})
    assert (moved.study, moved.seed, moved.recorded, moved.rerun, moved.tolerance) == (
        "s",
        0,
        0.82,
        0.81,
        0.005,
    )
    assert str(moved) == "s/d/p/v/seed0 test error: recorded 0.82, now 0.81 (moved 0.01, tolerance 0.005)"
    assert len(compare(record, rerun, {})) == 1


def test_missing_runs():
    moved = compare(scores(0.1, 0.2), scores(0.1, 0.2, 0.3), {"error": 1.0})
    assert [(m.seed, m.recorded, m.rerun) for m in moved] == [(2, None, 0.3)]
    assert "not in the record" in str(moved[0])
    moved = compare(scores(0.1, 0.2), scores(0.1), {"error": 1.0})
    assert "missing in the rerun" in str(moved[0])
    assert compare(scores(0.1, 0.2), scores(0.1), {}, complete=False) == []


def test_nan_agrees_with_nan_only():
    nan = float("nan")
    assert compare(scores(nan), scores(nan), {}) == []
    assert len(compare(scores(nan), scores(0.1), {"error": 1e9})) == 1
    assert len(compare(scores(0.1), scores(nan), {"error": 1e9})) == 1


def test_nonsense():
    with pytest.raises(ValueError, match=">= 0"):
        compare(scores(1.0), scores(1.0), {"error": -1})
    with pytest.raises(ValueError, match="record holds more than one"):
        compare(pl.concat([scores(1.0), scores(1.0)]), scores(1.0), {})
