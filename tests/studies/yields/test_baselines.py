"""Baselines on the small plate: methods that learn it, nothing learned from test, the same again with the same seed."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from jsonschema import Draft202012Validator
from yaml import safe_load

from retort.studies import yields
from retort.studies.yields import baselines, neighbours
from retort.studies.yields.data import predictions, read
from retort.training.run import RunContext
from retort.training.seeding import seed_everything
from tests.studies.yields import small_plate
from tests.studies.yields.small_plate import inputs

BLOCKS = {
    "forest": {"trees": 40, "reads": "descriptors", "leaf": 1, "learns": "yields"},
    "boosting": {
        "trees": 60,
        "learning_rate": 0.2,
        "leaves": 8,
        "leaf": 1,
        "shrinkage": 0.0,
        "columns": 1.0,
        "evaluations": 10,
        "quantile_trees": 5,
    },
    "neighbours": {"numbers": [1, 3, 500], "powers": [0, 4]},
    "mlp": {
        "hidden": [32, 16],
        "dropout": 0.0,
        "epochs": 200,
        "batch": 16,
        "least_steps": 1,
        "most_steps": 200,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "warmup": 0.1,
        "evaluations": 4,
        "passes": 3,
    },
}


def run(method, folder, seed=0, records=None, **changed):
    settings = copy.deepcopy(BLOCKS) | {"method": method}
    if changed:
        settings[method] |= changed
    seed_everything(seed)
    context = RunContext(seed, torch.device("cpu"), Path(folder), "x", progress=False)
    given = inputs()
    return baselines.run(records or read(given.prepared, given.split), given, settings, context)


def truth(part):
    records = read(inputs().prepared, inputs().split)
    held = len(records.rows_of("valid"))
    chosen = slice(0, held) if part == "valid" else slice(held, None)
    return records.yields[records.predicted][chosen], chosen


def explained(predicted):
    wanted, test = truth("test")
    return 1 - np.mean((predicted.mean[test] - wanted) ** 2) / wanted.var()


def test_the_blocks_of_this_file_are_settings():
    schema = safe_load((Path(yields.__file__).parent / "settings.schema.yaml").read_text())
    settings = small_plate.SETTINGS | BLOCKS | {"method": "forest"}
    assert not list(Draft202012Validator(schema).iter_errors(settings))


@pytest.mark.parametrize(
    ("method", "least"), [("forest", 0.6), ("boosting", 0.8), ("neighbours", 0.3), ("mlp", 0.8)]
)
def test_it_learns_the_plate(tmp_path, method, least):
    predicted, _, _, _ = run(method, tmp_path)
    assert explained(predicted) > least
    given = inputs()
    table = predictions(read(given.prepared, given.split), predicted)
    assert table["mean"].null_count() == 0


@pytest.mark.parametrize("method", ["constant", "forest", "boosting", "neighbours", "mlp"])
def test_yields_of_valid_and_test_change_no_prediction(tmp_path, method):
    given = inputs()
    records = read(given.prepared, given.split)
    other = records.yields.copy()
    other[records.predicted] = 100 - other[records.predicted]
    one = run(method, tmp_path / "one")[0]
    two = run(method, tmp_path / "two", records=replace(records, yields=other))[0]
    for name in ("mean", "aleatoric", "epistemic"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=False) or (
            getattr(one, name) is None and getattr(two, name) is None
        )


def test_the_constant_is_mean_and_spread_of_train(tmp_path):
    records = read(inputs().prepared, inputs().split)
    train = records.yields[records.rows_of("train")]
    predicted = run("constant", tmp_path)[0]
    assert predicted.mean == pytest.approx(np.full(len(records.predicted), train.mean()))
    assert predicted.aleatoric == pytest.approx(np.full(len(records.predicted), train.std()))


def test_forests_differ_in_what_they_read(tmp_path):
    found = {
        reads: run("forest", tmp_path, reads=reads)[0].mean for reads in ("descriptors", "onehot", "random")
    }
    assert not np.allclose(found["descriptors"], found["random"])
    assert not np.allclose(found["onehot"], found["random"])
    shuffled, again = (run("forest", tmp_path, learns="shuffled")[0] for _ in range(2))
    assert explained(shuffled) < 0.3
    assert np.array_equal(shuffled.mean, again.mean)
    assert not np.array_equal(shuffled.mean, run("forest", tmp_path, seed=1, learns="shuffled")[0].mean)


def test_a_forest_of_success_learns_what_works_and_not_how_well(tmp_path):
    records = read(inputs().prepared, inputs().split)
    works = replace(records, yields=np.where(records.yields > 45, 100.0, 0.0))
    varied = replace(records, yields=np.where(records.yields > 45, records.yields, 0.2 * records.yields))
    chance = run("forest", tmp_path, records=varied, learns="success")[0]
    assert np.array_equal(chance.mean, run("forest", tmp_path, records=works)[0].mean)
    assert chance.epistemic is None


def test_boosting_notes_its_stages_and_acts_on_none(tmp_path):
    predicted, _, facts, history = run("boosting", tmp_path)
    assert history["step"].unique().sort().to_list() == list(range(6, 61, 6))
    for part, name in (("valid", "chosen"), ("test", "peeked")):
        curve = history.filter(term=f"{part}_r2")["value"]
        wanted, rows = truth(part)
        means = getattr(predicted, name)[rows]
        reached = 1 - np.mean((np.clip(means, 0, 100) - wanted) ** 2) / wanted.var()
        assert curve.max() == pytest.approx(reached)
        last = 1 - np.mean((np.clip(predicted.mean[rows], 0, 100) - wanted) ** 2) / wanted.var()
        assert curve[-1] == pytest.approx(last)
    assert (predicted.aleatoric >= 0).all()
    assert facts["trees"] == 60
    assert run("boosting", tmp_path, quantile_trees=0)[0].aleatoric is None


def test_neighbours_by_hand():
    bits = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]], np.uint8)
    assert neighbours.similarity(bits, bits) == pytest.approx(
        np.array([[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 1]]), abs=1e-6
    )
    alike = np.array([[0.5, 0.25, 0.1]])
    mean, spread = neighbours._weighted(
        alike, neighbours.nearest(alike, 2), np.array([10.0, 40.0, 90.0]), 1.0
    )
    assert mean == pytest.approx([20])
    assert spread == pytest.approx([np.sqrt((2 * 100 + 400) / 3)])
    mean, _ = neighbours._weighted(alike, neighbours.nearest(alike, 3), np.array([10.0, 40.0, 90.0]), 0.0)
    assert mean == pytest.approx([140 / 3])


def test_an_unknown_method_is_named(tmp_path):
    with pytest.raises(ValueError, match="'tabpfn' is no baseline"):
        run("tabpfn", tmp_path)


def test_history_is_in_the_terms_that_details_read(tmp_path):
    history = run("mlp", tmp_path)[3]
    assert {"valid_r2", "test_r2"} <= set(history.filter(pl.col("part") == "valid")["term"])
