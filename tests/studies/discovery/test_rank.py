"""`retort rank`: what the networks predicted in training, the order of the source's score, and refused rows."""

import csv
import io
import json

import numpy as np
import polars as pl
import pytest

from retort.asking import AskError, Given, rows_of_file
from retort.chemistry.composition import key, parse
from retort.cli import main
from retort.runs import Run
from retort.sealed import read_table, write_json, write_table, write_tensors
from retort.studies.discovery.data import PROPERTIES
from retort.studies.discovery.rank import rank
from retort.studies.discovery.rankers import Rankers
from retort.studies.discovery.use import ADDED, CANDIDATE, PREDICTED

from . import small_pool

SEEDS = (0, 1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What two seeds of a small ranker give."""
    folder = tmp_path_factory.mktemp("rankers")
    return [
        small_pool.outcome(folder / str(seed), seed=seed, method="ranker", ranker={"evaluations": 1})
        for seed in SEEDS
    ]


@pytest.fixture
def project(tmp_path, monkeypatch, trained):
    """They as finished runs in a project of their own."""
    for seed, outcome in zip(SEEDS, trained, strict=True):
        folder = tmp_path / f"data/runs/discovery/pool/tasks/mmoe-all/seed{seed}"
        settings = small_pool.settings(method="ranker")
        run = Run("discovery", "pool", "tasks", "mmoe-all", seed, folder, small_pool.inputs(), settings)
        folder.mkdir(parents=True)
        told = {name: value for name, value in run.to_json().items() if name != "folder"}
        write_json(told, folder / "run.json")
        write_tensors(outcome.model, folder / "model.safetensors")
        write_table(outcome.predictions, folder / "predictions.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def candidates(*texts: str) -> list[Given]:
    return [Given(text) for text in texts]


def test_networks_say_what_they_said_in_training(project, trained):
    """With one evaluation after the first, the weights that are kept are those of the predictions."""
    table = small_pool.table().select("id", "formula")
    rankers = Rankers.best()
    for seed, outcome in zip(SEEDS, trained, strict=True):
        told = outcome.predictions.join(table, on="id", how="left", maintain_order="left")
        formulas = told["formula"].unique(maintain_order=True).to_list()
        said = rankers.predict([parse(formula) for formula in formulas])[seed]
        for task, name in enumerate(PROPERTIES):
            known = told.filter(property=name).unique("formula", maintain_order=True)
            assert known["formula"].to_list() == formulas
            assert np.allclose(said[:, task], known["prediction"], atol=1e-4)


def test_one_formula_is_answered_without_a_rank(project):
    """As all models of `retort.models`: a call, answers, a description."""
    model = Rankers.best()
    alone, (again, strange) = model("NaCl"), model(["NaCl", "UO2"])
    assert alone.values == pytest.approx(again.values)
    assert (alone.rank, alone.difference, strange.values) == (None, None, None)
    assert "U occurs in none" in strange.error
    low, high = alone.intervals["energy"]
    assert low < alone.values["energy"] < high
    assert alone.added()["energy"] == f"{alone.values['energy']:.4f}"
    assert model.description["runs"] == [
        f"data/runs/discovery/pool/tasks/mmoe-all/seed{seed}" for seed in SEEDS
    ]


def test_the_answer_to_one_does_not_depend_on_the_others(project):
    rankers = Rankers.best()
    alone = rankers.predict([parse("NaCl")])
    among = rankers.predict([parse("MgO"), parse("NaCl"), parse("K2Se3")])
    assert np.allclose(alone[:, 0], among[:, 1], atol=1e-6)


def test_candidates_are_in_the_order_of_the_mean_relative_difference(project):
    rankers = Rankers.best()
    found = rank(candidates("BaF2", "NaCl", "NaSe", "Na2Cl2"), "NaCl", rankers)
    query = found.query.values
    assert [each.rank for each in found.rows] == [1, 2, 3, 4]
    assert [each.given.text for each in found.rows[:2]] == ["NaCl", "Na2Cl2"]
    assert found.rows[0].difference == 0
    for each in found.rows:
        compared = [name for name in PROPERTIES if name not in found.left_out]
        expected = np.mean([abs(query[name] - each.values[name]) / abs(query[name]) for name in compared])
        assert each.difference == pytest.approx(expected)


def test_sigma_is_over_seeds_and_absent_for_one(project):
    both, composition = Rankers.best(), [parse("NaCl")]
    each = both.predict(composition)[:, 0]
    sigmas = rank(candidates("NaCl"), "NaCl", both).rows[0].sigmas
    assert list(sigmas.values()) == pytest.approx(np.std(each, axis=0, ddof=1).tolist(), rel=1e-3)
    assert min(sigmas[name] for name in ("energy", "bulk")) > 0
    one = Rankers.of(project / "data/runs/discovery/pool/tasks/mmoe-all/seed0")
    assert set(rank(candidates("NaCl"), "NaCl", one).rows[0].sigmas.values()) == {None}


def test_intervals_hold_nine_of_ten_of_the_validation_rows(project):
    rankers = Rankers.best()
    told = rankers.judged("valid").filter(property="energy")
    held = ((told["value"] - told["prediction"]).abs() <= rankers.halves[0]).mean()
    assert 0.9 <= held <= 0.9 + 2 / len(told) + 1e-9
    (row,) = rank(candidates("Na₂Cl₂"), "NaCl", rankers).rows
    low, high = row.intervals["energy"]
    assert (low + high) / 2 == pytest.approx(row.values["energy"])
    assert (high - low) / 2 == pytest.approx(rankers.halves[0])
    assert rankers.error("valid") > 0


def test_the_nearest_labelled_composition_was_in_train(project):
    given = small_pool.inputs()
    parts = read_table(given.prepared).join(read_table(given.split), on="id")
    train, test = (parts.filter(part=part) for part in ("train", "test"))
    known, unknown = train["formula"][0], test["formula"][0]
    found = rank(candidates(known, unknown), known, Rankers.best())
    near = {each.given.text: each.nearest for each in found.rows}
    assert near[known]["distance"] == pytest.approx(0, abs=1e-9)
    assert key(parse(near[known]["formula"])) == key(parse(known))
    assert near[unknown]["distance"] > 0
    assert near[unknown]["formula"] in set(train["formula"])
    assert near[known]["measured"]["energy"] == train.filter(formula=known)["energy"][0]


def test_what_is_farther_than_nearly_all_of_valid_is_said(project, capsys):
    rankers = Rankers.best()
    far = [each["distance"] for each in rankers.nearest([parse(text) for text in ("NaCl", "Na99Cl")])]
    assert far[0] <= rankers.edge < far[1]
    (project / "list.txt").write_text("NaCl\nNa99Cl\n", encoding="utf-8")
    assert main(["rank", "list.txt", "--like", "NaCl", "-o", "out.csv"]) == 0
    assert "note: Na99Cl: outside what it knows" in capsys.readouterr().err
    rows = {row["candidate"]: row for row in csv.DictReader(io.StringIO((project / "out.csv").read_text()))}
    assert "ElMD" in rows["Na99Cl"]["warning"]
    assert not rows["NaCl"]["warning"]


def test_refused_rows_are_named_and_the_others_ranked(project, capsys):
    (project / "list.txt").write_text("NaCl\nUO2\n\nNaX\nMgO\n", encoding="utf-8")
    assert main(["rank", "list.txt", "--like", "NaCl"]) == 1
    said = capsys.readouterr()
    bad = [line for line in said.err.splitlines() if line.startswith("row ")]
    assert [line.split(":")[0] for line in bad] == ["row 2", "row 3", "row 4"]
    assert "U occurs in none" in bad[0]
    assert len(said.out.splitlines()) == 4  # header, query and two candidates


def test_a_table_keeps_its_columns_even_by_the_same_name(project, capsys):
    (project / "mine.csv").write_text(
        'formula,note,rank,S\nMgO,"a, b",7,100\nXx,c,8,\nNaCl,,9,-20\n', encoding="utf-8"
    )
    assert main(["rank", "mine.csv", "--like", "NaCl"]) == 1
    said = capsys.readouterr()
    assert "row 3: Xx: " in said.err  # as a spreadsheet counts
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["formula"] for row in rows] == ["NaCl", "MgO", "Xx"]
    assert [row["rank"] for row in rows] == ["9", "7", "8"]
    assert [row["retort_rank"] for row in rows] == ["1", "2", ""]
    assert rows[1]["note"] == "a, b"
    assert "unknown element 'Xx'" in rows[2]["error"]
    assert all(rows[0][name] for name in PREDICTED)


def test_a_figure_of_merit_is_never_answered(project, capsys):
    (project / "mine.csv").write_text("formula,S,sigma,kappa\nNaCl,1,2,3\n", encoding="utf-8")
    assert main(["rank", "mine.csv", "--like", "NaCl", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["candidates"][0]["values"]) == set(PROPERTIES)
    assert PREDICTED == PROPERTIES == tuple(told["model"]["units"])
    assert not {"zt", "zT"} & set(ADDED)


def test_ids_are_those_of_the_rankers_data(project):
    row = small_pool.table().filter(pl.col("formula") == "NaCl").row(0, named=True)
    found = rank(candidates(row["id"], "NaCl", "mp-999999"), row["id"], Rankers.best())
    assert found.rows[0].values == found.rows[1].values
    assert "the pool of `retort similar` has this id" in found.rows[2].error


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["list.txt", "--like", "Xy"], "--like Xy"),
        (["list.txt", "--like", "UO2"], "U occurs in none"),
        (["nowhere.csv", "--like", "NaCl"], "nowhere.csv"),
        (["other.csv", "--like", "NaCl"], "no column 'formula'"),
        (
            ["long.csv", "--like", "NaCl"],
            "long.csv: row 3, as a spreadsheet counts, has 3 cells, expected the 2 of the header: 'KBr,a,b'",
        ),
        (["empty.txt", "--like", "NaCl"], "no candidate"),
        (["list.txt", "--like", "NaCl", "--run", "nowhere"], "no run.json"),
    ],
)
def test_what_cannot_be_answered_is_one_line(project, capsys, given, said):
    (project / "list.txt").write_text("NaCl\n", encoding="utf-8")
    (project / "other.csv").write_text("name\nNaCl\n", encoding="utf-8")
    (project / "long.csv").write_text("formula,note\nNaCl\nKBr,a,b\n", encoding="utf-8")
    (project / "empty.txt").write_text("", encoding="utf-8")
    assert main(["rank", *given]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


def test_without_a_ranker_it_says_how_to_train_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AskError, match=r"no trained model under data/runs/discovery\. Hint: .*NAME=rank"):
        Rankers.best()


def test_another_column_may_have_the_formulas(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("material,id\nNaCl,1\n", encoding="utf-8")
    assert [each.text for each in rows_of_file(str(file), "material", CANDIDATE)] == ["NaCl"]
    assert [each.text for each in rows_of_file(str(file), None, CANDIDATE)] == ["1"]
