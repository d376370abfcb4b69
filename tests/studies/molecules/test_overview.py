"""Tables over many places: wins and losses, protocols, few labels."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from retort.studies.molecules.compare import Told
from retort.studies.molecules.overview import FEW, protocols, scarce, verdicts
from retort.studies.molecules.score import PAIRS

STUDY = Path(__file__).resolve().parents[3] / "workflow/config/study/molecules.yaml"


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
            # Neither another split nor the nearest neighbours count.
            compared("seven", "scaffold", "roc_auc", 0.01, 0.03),
            compared("one", "strict", "roc_auc_knn", 0.01, 0.03),
        ]
    )
    assert verdicts(table).to_dicts() == [
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
    found = {each["protocol"]: each for each in protocols(table).to_dicts()}
    assert sorted(found) == ["random", "strict"]
    assert found["random"]["value"] == pytest.approx(0.8)
    assert (found["random"]["low"], found["random"]["high"], found["random"]["n"]) == (
        pytest.approx(0.7),
        pytest.approx(0.9),
        2,
    )


def test_few_labels_average_the_draws_that_both_systems_have():
    random = np.random.default_rng(0)
    labels = (np.arange(60) % 2).astype(float)[:, None]
    ids = [f"{row:02d}" for row in range(60)]

    def told(skill):
        return Told(ids, ("y",), skill * labels + random.normal(size=labels.shape), labels)

    places = {
        ("d", f"strict-10-{draw}"): {("dino-tuned", 0, ""): told(3.0), ("gin", 0, ""): told(0.0)}
        for draw in range(3)
    }
    places["d", "strict"] = places["d", "strict-10-0"]
    places["d", "strict-10-3"] = {("gin", 0, ""): told(0.0)}
    (row,) = scarce(places, {"d": "classification"}).to_dicts()
    assert (row["dataset"], row["share"], row["draws"], row["metric"]) == ("d", 10, 3, "roc_auc")
    assert (row["variant"], row["reference"]) == ("dino-tuned", "gin")
    assert row["low"] > 0.2
    assert row["low"] < row["difference"] < row["high"] <= 1


def test_every_pair_of_the_papers_numbers_is_compared_and_those_of_few_labels_are_all_read():
    read = {}
    for number in yaml.safe_load(STUDY.read_text())["numbers"].values():
        if "against" in number:
            read.setdefault(number["details"], set()).add((number["variant"], number["against"]))
    assert read["scarce"] == set(FEW)
    for table in ("paired", "verdicts"):
        assert {pair for pair in read[table] if pair[1] != "forest"} <= set(PAIRS)
