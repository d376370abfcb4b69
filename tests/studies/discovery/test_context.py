"""Thermoelectrics at temperatures: what is read besides the formula, and what never is."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl
import pytest
import yaml
from jsonschema import Draft202012Validator

from retort.asking import AskError
from retort.chemistry.composition import key, parse
from retort.datasets.views import formulas, structure_features
from retort.runs import Run, RunInputs
from retort.sealed import read_table, write_json, write_table
from retort.studies.discovery import represent
from retort.studies.discovery.data import MEASURED, read
from retort.studies.discovery.rankers import Rankers
from retort.studies.discovery.score import score

from .small_pool import outcome, settings

HEATS = (300.0, 600.0, 900.0, 1100.0)
FORMULAS = [
    f"{cation}{anion}" for cation in ("Mg", "Ca", "Sr", "Ba", "Pb", "Sn") for anion in ("O", "S", "Se", "Te")
]


def table() -> pl.DataFrame:
    """Formulas at four temperatures; zT rises with it, by a third from one to the next."""
    rows = [
        {
            "id": f"m-{number}-{place}",
            "formula": formula,
            "composition": key(parse(formula)),
            "temperature": kelvin,
            **dict.fromkeys(("lattice", "numbers", "positions")),
            **dict.fromkeys(MEASURED, 1.0 + 0.02 * number),
            "zt": 0.1 + 0.3 * place + 0.01 * number,
        }
        for number, formula in enumerate(FORMULAS)
        for place, kelvin in enumerate(HEATS)
    ]
    lists = {"lattice": pl.List(pl.Float64), "numbers": pl.List(pl.Int64), "positions": pl.List(pl.Float64)}
    return pl.DataFrame(rows, schema_overrides=lists)


@cache
def inputs() -> RunInputs:
    """Of six formulas four are in train, one each in valid and test."""
    folder, rows = Path(mkdtemp()), table()
    write_table(rows, folder / "prepared.parquet")
    parts = ["train", "valid", "train", "test", "train", "train"]
    part = [parts[(number // len(HEATS)) % 6] for number in range(len(rows))]
    write_table(rows.select("id", part=pl.Series(part)), folder / "split.parquet")
    for name, view in (("formulas", formulas), ("structure_features", structure_features)):
        view.build(rows, folder / name)
    views = {name: folder / name for name in ("formulas", "structure_features")}
    return RunInputs(folder / "prepared.parquet", folder / "split.parquet", views)


def of_zt(predictions: pl.DataFrame) -> float:
    test = predictions.filter(part="test", property="zt")
    return float((test["prediction"] - test["value"]).abs().mean())


def test_a_temperature_is_one_of_four_or_its_number():
    kelvin = [250.0, 300.0, 350.5, 600.0, 949.0, 20.0]
    rows = table().head(6).with_columns(temperature=pl.Series(kelvin))
    materials = replace(read(inputs().prepared, inputs().split, None), table=rows)
    four = represent.vectors("temperature", materials, inputs(), settings(), 0)
    assert four.argmax(axis=1).tolist() == [0, 0, 3, 1, 2, 3]
    assert four.sum(axis=1).tolist() == [1] * 6
    assert represent.vectors("kelvin", materials, inputs(), settings(), 0)[:, 0].tolist() == kelvin


@pytest.mark.parametrize("name", MEASURED)
def test_what_makes_up_a_figure_of_merit_is_never_read(tmp_path, name):
    with pytest.raises(ValueError, match=f"representation '{name}', expected one of onehot.*never read"):
        outcome(tmp_path, inputs(), method="ranker", target=None, reads=["magpie", name])
    schema = Path(represent.__file__).with_name("settings.schema.yaml").read_text(encoding="utf-8")
    known = Draft202012Validator(yaml.safe_load(schema)["properties"])
    for key_ in ("reads", "context"):
        each = Draft202012Validator(known.schema[key_])
        assert each.is_valid(["temperature"])
        assert not each.is_valid([name])


def test_context_is_read_where_there_is_a_temperature_and_named_where_there_is_none(tmp_path):
    materials = read(inputs().prepared, inputs().split, None)
    assert represent.reads_of(materials, settings()) == ["magpie", "temperature"]
    cold = replace(materials, table=materials.table.drop("temperature"))
    assert represent.reads_of(cold, settings()) == ["magpie"]
    with pytest.raises(ValueError, match=r"kelvin needs a column 'temperature'.*context"):
        represent.vectors("kelvin", cold, inputs(), settings(), 0)


def test_networks_and_trees_learn_that_zt_rises_with_temperature(tmp_path):
    changes = {"method": "ranker", "target": None}
    warm = outcome(tmp_path / "warm", inputs(), **changes).predictions
    blind = outcome(tmp_path / "blind", inputs(), context=[], **changes).predictions
    assert set(warm["property"]) == set(MEASURED)
    assert of_zt(warm) < 0.5 * of_zt(blind)
    changes = {"head": "boosting", "boosting": {"trees": 60}, "target": None}
    trees = outcome(tmp_path / "trees", inputs(), context=["kelvin"], **changes).predictions
    assert of_zt(trees) < 0.5 * of_zt(
        outcome(tmp_path / "stumps", inputs(), context=[], **changes).predictions
    )
    one = outcome(
        tmp_path / "one", inputs(), **(changes | {"context": ["kelvin"], "target": "zt"})
    ).predictions
    assert one.equals(trees.filter(property="zt"))


def test_several_properties_are_scored_as_a_ranking_and_each_place_reads_its_own(tmp_path):
    given = inputs()
    made = outcome(tmp_path / "ranker", given, method="ranker", target=None)
    scores, items = score(made.predictions, read_table(given.prepared), read_table(given.split))
    assert set(scores["metric"]) == {"ranking"}
    test = scores.filter(part="test").row(0, named=True)
    assert (test["value"], test["unit"]) == (pytest.approx(items["value"].mean()), "share")
    assert len(items) == made.predictions.filter(part="test")["id"].n_unique()
    folder = tmp_path / "lender"
    folder.mkdir()
    write_table(made.predictions, folder / "predictions.parquet")
    write_json({"facts": made.facts}, folder / "run.json")
    told = outcome(
        tmp_path / "task", replace(given, uses={"tasks": [folder]}), method="task", target="zt"
    ).predictions
    assert set(score(told, read_table(given.prepared), read_table(given.split))[0]["unit"]) == {"1", "share"}


def test_a_perceptron_learns_one_property(tmp_path):
    with pytest.raises(ValueError, match="head 'mlp' without a target"):
        outcome(tmp_path, inputs(), head="mlp", target=None)


def test_medians_rank_by_chance(tmp_path):
    given = inputs()
    made = outcome(tmp_path, given, method="median", target=None).predictions
    scores, _ = score(made, read_table(given.prepared), read_table(given.split))
    # Four formulas are tested: each query has the twelve rows of the others, of which ten are relevant.
    added = 1 / np.log2(np.arange(12) + 2)
    assert scores.filter(part="test")["value"].item() == pytest.approx(10 * added.mean() / added[:10].sum())


def test_a_ranker_of_measured_properties_does_not_answer_candidates(tmp_path):
    folder = tmp_path / "data/runs/discovery/small/measured/mmoe-all/seed0"
    run = Run(
        "discovery",
        "small",
        "measured",
        "mmoe-all",
        0,
        folder,
        inputs(),
        settings(method="ranker", target=None),
    )
    folder.mkdir(parents=True)
    write_json(
        {name: value for name, value in run.to_json().items() if name != "folder"}, folder / "run.json"
    )
    with pytest.raises(AskError, match="it predicts zt, seebeck"):
        Rankers.of(folder)
