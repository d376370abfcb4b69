"""Tables over many places: wins and losses, protocols, few labels."""

import numpy as np
import polars as pl
import pytest

from retort.runs import Place, StudyPlan
from retort.studies.molecules.compare import Predicted
from retort.studies.molecules.overview import protocols, scarce, verdicts


def places(*drawn):
    """Places from (data set, split, protocol, share, draw)."""
    return {
        (dataset, split): Place(dataset, split, None, None, protocol, share, draw, False)
        for dataset, split, protocol, share, draw in drawn
    }


def compared(dataset, split, metric, low, high, variant="a", reference="b"):
    return {
        "dataset": dataset,
        "split": split,
        "variant": variant,
        "reference": reference,
        "metric": metric,
        "low": low,
        "high": high,
    }


def test_an_interval_without_zero_is_a_win_or_a_loss_by_the_direction_of_its_metric():
    table = pl.DataFrame(
        [
            compared("one", "strict", "roc_auc", 0.01, 0.03),
            compared("two", "strict", "roc_auc", -0.03, -0.01),
            compared("three", "strict", "roc_auc", -0.01, 0.02),
            compared("four", "strict", "rmse", -0.2, -0.1),
            compared("five", "strict", "rmse", 0.1, 0.2),
            compared("six", "strict", "rmse", -0.3, -0.1),
            # Neither another split, nor few labels, nor the nearest neighbours count.
            compared("seven", "scaffold", "roc_auc", 0.01, 0.03),
            compared("one", "strict-10-0", "roc_auc", 0.01, 0.03),
            compared("one", "strict", "roc_auc_knn", 0.01, 0.03),
        ]
    )
    strict = [(dataset, "strict", "strict", 1.0, None) for dataset in table["dataset"].unique()]
    others = [("seven", "scaffold", "scaffold", 1.0, None), ("one", "strict-10-0", "strict", 0.1, 0)]
    assert verdicts(table, places(*strict, *others)).to_dicts() == [
        {"variant": "a", "reference": "b", "sets": 6, "better": 3, "worse": 2}
    ]


def test_draws_are_summarised_to_their_protocol_and_shares_of_labels_are_none():
    def row(split, seed, label, value):
        return {
            "dataset": "d",
            "split": split,
            "variant": "forest",
            "seed": seed,
            "label": label,
            "metric": "roc_auc",
            "value": value,
        }

    table = pl.DataFrame(
        [
            row("random-0", 0, "x", 0.8),
            row("random-0", 0, "y", 0.6),  # 0.7 over the labels
            row("random-1", 0, "x", 0.9),
            row("random-1", 0, "y", 0.9),
            row("strict", 0, "x", 0.5),
            row("strict-05-1", 0, "x", 0.1),
        ]
    )
    drawn = places(
        ("d", "random-0", "random", 1.0, 0),
        ("d", "random-1", "random", 1.0, 1),
        ("d", "strict", "strict", 1.0, None),
        ("d", "strict-05-1", "strict", 0.05, 1),
    )
    rows = {each["protocol"]: each for each in protocols(table, drawn).to_dicts()}
    assert sorted(rows) == ["random", "strict"]
    assert rows["random"]["value"] == pytest.approx(0.8)
    assert (rows["random"]["low"], rows["random"]["high"], rows["random"]["n"]) == (
        pytest.approx(0.7),
        pytest.approx(0.9),
        2,
    )


def test_few_labels_average_the_draws_that_both_systems_have():
    random = np.random.default_rng(0)
    labels = (np.arange(60) % 2).astype(float)[:, None]
    ids = [f"{row:02d}" for row in range(60)]

    def predicted(skill):
        return Predicted(ids, ("y",), skill * labels + random.normal(size=labels.shape), labels)

    made = {
        ("d", f"strict-10-{draw}"): {("dino-tuned", 0, ""): predicted(3.0), ("gin", 0, ""): predicted(0.0)}
        for draw in range(3)
    }
    made["d", "strict"] = made["d", "scaffold-10-0"] = made["d", "strict-10-0"]
    made["d", "strict-10-3"] = {("gin", 0, ""): predicted(0.0)}
    drawn = places(
        ("d", "strict", "strict", 1.0, None),
        ("d", "scaffold-10-0", "scaffold", 0.1, 0),
        *(("d", f"strict-10-{draw}", "strict", 0.1, draw) for draw in range(4)),
    )
    pairs = [("dino-tuned", "gin"), ("dino-tuned", "forest")]
    others = [("gin", "dino-tuned")]
    plan = StudyPlan("forest", {"control": others, "scarce": pairs}, drawn)
    assert scarce(made, {"d": "classification"}, StudyPlan("forest", {}, drawn)).is_empty()
    (row,) = scarce(made, {"d": "classification"}, plan).to_dicts()
    assert (row["dataset"], row["share"], row["draws"], row["metric"]) == ("d", 10, 3, "roc_auc")
    assert (row["variant"], row["reference"]) == ("dino-tuned", "gin")
    assert row["low"] > 0.2
    assert row["low"] < row["difference"] < row["high"] <= 1
