"""Generated plates: the model of the docstring, its noise, and that new additives are harder than new wells."""

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score

from retort.chemistry.components import component
from retort.datasets import plates_generated as plates
from retort.datasets import yield_table
from retort.datasets.errors import DataError

YAML = yaml.safe_load((Path(__file__).parents[2] / "workflow/config/dataset/plates.yaml").read_text())
SETTINGS = YAML["generator"]["settings"]
WELL = plates.Well("FC(F)(F)c1ccc(Br)cc1", plates.LIGANDS[0], plates.BASES[0], "c1ccncc1")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plates")
    plates.generate(folder, SETTINGS, YAML["generator"]["seed"])
    return yield_table.read(folder, YAML["settings"])


def test_every_combination_once_and_nothing_rejected(prepared):
    rows = prepared.rows
    assert len(rows) == 9 * 3 * 2 * 13 == rows.select("halide", "ligand", "base", "additive").n_unique()
    assert len(prepared.rejects) == 0
    assert rows["yield"].is_between(0, 100).all()
    assert 25 < rows["yield"].mean() < 45
    assert rows["yield"].std() > 20
    for test in plates.TESTS:
        out = rows.filter(pl.col(test) == "test")
        assert out["additive"].n_unique() == 4
        assert set(out["additive"]).isdisjoint(rows.filter(pl.col(test) == "train")["additive"])


def test_the_lists_are_canonical():
    for smiles in (plates.AMINE, *plates.LIGANDS, *plates.BASES, *plates.ADDITIVES):
        assert component(smiles) == smiles


def test_the_same_seed_gives_the_same_bytes_and_another_other_noise(tmp_path):
    settings = {"rings": 1, "additives": 4, "precision": 30}
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        plates.generate(tmp_path / name, settings, seed)
    content = [(tmp_path / name / "plates.csv").read_bytes() for name in "abc"]
    assert content[0] == content[1] != content[2]
    truths = [
        [(row["true_mean"], row["true_sd"]) for row in csv.DictReader(text.decode().splitlines())]
        for text in content
    ]
    assert truths[0] == truths[2]


def test_the_model_by_hand():
    mean, sd = plates.truth(WELL, 30)
    ring, leaving = plates._halide(WELL.halide)
    assert leaving == pytest.approx(1.20)
    bulk = 0.8625  # Labute's surface of tri-tert-butylphosphine, 86.25 square angstrom
    rate = np.exp(0.4 + 20 * (ring - 0.02) - 0.45 - 1.5 * (bulk - 1.1))
    decay = 0.2 + 2.65**2 * np.exp(
        -2 * (bulk - 0.9)
    )  # pyridine's nitrogen has a charge of -0.265, and is free
    assert mean == pytest.approx(1 - np.exp(-rate * (1 - np.exp(-decay)) / decay), abs=2e-3)
    assert sd == pytest.approx(np.sqrt(mean * (1 - mean) / 31))


def test_what_helps_and_what_harms():
    def mean(**changed):
        return plates.truth(WELL._replace(**changed), 30)[0]

    chloride, iodide = (WELL.halide.replace("Br", halogen) for halogen in ("Cl", "I"))
    assert mean(halide=chloride) < mean() < mean(halide=iodide)
    # Pyridine binds the metal, lutidine cannot, furan has nothing to bind with.
    assert mean() < mean(additive="Cc1cccc(C)n1") < mean(additive="c1ccoc1")
    assert plates.binding("c1ccoc1") == 0
    assert plates.binding("Cc1cccc(C)n1") == pytest.approx(plates.binding("c1ccncc1") / 3, rel=0.05)
    assert mean(base=plates.BASES[1]) > mean()
    sds = [plates.truth(WELL._replace(base=base), 30)[1] for base in plates.BASES]
    assert sds[1] > sds[0]


def test_the_noise_has_the_stated_mean_and_width(prepared):
    standardised = prepared.rows.select(
        (pl.col("yield") - pl.col("true_mean")) / pl.col("true_sd")
    ).to_series()
    assert abs(standardised.mean()) < 3 / np.sqrt(len(standardised))
    assert standardised.std() == pytest.approx(1, abs=0.1)


def test_an_additive_that_was_never_seen_is_harder_than_a_well(prepared):
    rows = prepared.rows
    kinds = ["halide", "ligand", "base", "additive"]
    features, yields = rows.select(kinds).to_dummies().to_numpy(), rows["yield"].to_numpy()

    def r2(test):
        forest = RandomForestRegressor(50, max_features=1 / 3, random_state=0)
        forest.fit(features[~test], yields[~test])
        return r2_score(yields[test], forest.predict(features[test]))

    assert r2(np.random.default_rng(0).random(len(rows)) < 0.3) > 0.7
    for test in plates.TESTS:
        assert r2((rows[test] == "test").to_numpy()) < 0.6


@pytest.mark.parametrize("wrong", [{"rings": 9}, {"additives": 0}, {"additives": 99}])
def test_more_than_there_is_is_refused(tmp_path, wrong):
    with pytest.raises(DataError, match="expected 1 to"):
        plates.generate(tmp_path, SETTINGS | wrong, 0)
