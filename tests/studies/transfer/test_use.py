"""`retort formation-energy` and `retort band-gap`: every good row is answered, every bad one named."""

import io
import json
import sys

import numpy as np
import pytest

from retort import cli
from retort.asking import best_runs
from retort.studies.transfer import use

from . import few_crystals

GOOD = ["NaCl", "MgO", "CaF2"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = few_crystals.prepare(tmp_path_factory.mktemp("project"))
    for seed in (0, 1):
        few_crystals.run(root, "ts-crabnet", seed=seed)
    few_crystals.run(root, "crabnet", split="gap")
    return root


@pytest.fixture
def here(project, here, monkeypatch):
    monkeypatch.chdir(project)
    return project


def test_many_formulas_one_a_line(here, capsys):
    assert cli.main(["formation-energy", *GOOD]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == GOOD
    assert all(line.endswith("eV/atom") and "±" in line for line in lines)
    assert "generated crystals" in err  # what it predicts there is no formation energy


def test_good_rows_are_answered_and_bad_ones_named(here, capsys):
    assert cli.main(["formation-energy", "NaCl", "Xx2O", "Na(Cl", "UO2Pu", "MgO", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    rows = {row["row"]: row for row in answer["predictions"]}
    assert list(rows) == [1, 2, 3, 4, 5]
    assert {"value", "sigma", "unit"} <= rows[1].keys() & rows[5].keys()
    assert "Xx" in rows[2]["error"]
    assert "Na(Cl" in rows[3]["error"]
    assert "Pu" in rows[4]["error"]
    assert "none of the materials that the model learned from" in rows[4]["error"]
    assert "value" not in rows[4]
    assert len(answer["runs"]) == 2


def test_the_same_rows_from_a_file_a_table_and_standard_input(here, capsys, monkeypatch, tmp_path):
    cli.main(["formation-energy", *GOOD])
    wanted = capsys.readouterr().out
    plain = tmp_path / "formulas.txt"
    plain.write_text("# three\nNaCl\n\nMgO\nCaF2\n")
    table = tmp_path / "formulas.csv"
    table.write_text('name,formula\nsalt,NaCl\n"a, b",MgO\nfluorite,CaF2\n')
    for file in (plain, table):
        cli.main(["formation-energy", "--file", str(file)])
        assert capsys.readouterr().out == wanted
    monkeypatch.setattr(sys, "stdin", io.StringIO("NaCl\nMgO\nCaF2\n"))
    cli.main(["formation-energy", "-"])
    assert capsys.readouterr().out == wanted
    monkeypatch.setattr(sys, "stdin", io.StringIO("NaCl\nMgO\nCaF2\n"))
    cli.main(["formation-energy"])
    assert capsys.readouterr().out == wanted


def test_the_answer_is_the_mean_over_seeds_and_its_sigma_holds_their_spread(here):
    folders = best_runs("transfer", use.PREFERRED, split="formation")
    assert [folder.name for folder in folders] == ["seed0", "seed1"]
    both = use.predict(GOOD, folders)
    each = [use.predict(GOOD, [folder]) for folder in folders]
    for index, row in enumerate(both):
        values = np.array([rows[index].value for rows in each])
        sigmas = np.array([rows[index].sigma for rows in each])
        assert row.value == pytest.approx(values.mean())
        assert row.sigma == pytest.approx(np.sqrt((sigmas**2).mean() + values.var()))


def test_a_formula_is_answered_as_the_run_itself_did(here):
    """The value of a test record in predictions.parquet comes out of the command too."""
    run = few_crystals.run(here, "ts-crabnet", seed=0)
    table = run.read("predictions").filter(part="test").head(5)
    import polars as pl

    formulas = pl.read_parquet(run.inputs.prepared).join(table, on="id", maintain_order="right")["formula"]
    rows = use.predict(formulas.to_list(), [run.folder])
    np.testing.assert_allclose([row.value for row in rows], table["prediction"], rtol=1e-4)


def test_the_other_property_is_answered_by_what_there_is(here, capsys):
    assert cli.main(["band-gap", "NaCl"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("V")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no formula given"),
        (["--file", "absent.txt"], "absent.txt: No such file"),
        (["NaCl", "--run", "nowhere"], "it has no run.json"),
        (["NaCl", "--run", "data/runs/transfer/crystals/formation/teacher/seed0"], "no trained student"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(here, capsys, arguments, words):
    assert cli.main(["formation-energy", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1


def test_only_bad_rows_need_no_model_to_be_named(here, capsys):
    assert cli.main(["formation-energy", "Q"]) == 1
    assert "row 1: Q" in capsys.readouterr().err


def test_without_runs_the_command_says_how_to_train(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["band-gap", "NaCl"]) == 2
    assert "snakemake transfer --config scale=laptop" in capsys.readouterr().err
