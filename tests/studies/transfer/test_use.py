"""`retort formation-energy` and `retort band-gap`: every good row is answered, every bad one named."""

import io
import json
import sys

import numpy as np
import polars as pl
import pytest

from retort import cli
from retort.asking import finished_runs
from retort.chemistry.composition import parse
from retort.sealed import read_json, read_table, write_json, write_table
from retort.studies.transfer.ask import predicted
from retort.studies.transfer.properties import FormationEnergy, FormulaProperty

from . import few_crystals

GOOD = ["NaCl", "MgO", "CaF2"]
VARIANTS = ("ts-crabnet", "boosting")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = few_crystals.prepare(tmp_path_factory.mktemp("project"))
    for seed in (0, 1):
        few_crystals.run(root, "ts-crabnet", seed=seed)
    few_crystals.run(root, "boosting")
    few_crystals.run(root, "crabnet", split="gap")
    return root


@pytest.fixture
def here(project, here, monkeypatch):
    monkeypatch.chdir(project)
    return project


def numbers(out):
    return [line for line in out.splitlines() if not line.startswith("   ")]


def test_each_formula_with_an_interval_and_the_nearest_materials(here, capsys):
    assert cli.main(["formation-energy", *GOOD]) == 0
    out, err = capsys.readouterr()
    lines = numbers(out)
    assert [line.split()[0] for line in lines] == GOOD
    assert all("eV/atom  (90 %: " in line for line in lines)
    assert sum("near: " in line for line in out.splitlines()) == 9
    assert "generated crystals" in err  # what it predicts there is no formation energy
    assert "by the rows of valid that also chose the model" in err


def test_good_rows_are_answered_and_bad_ones_named(here, capsys):
    assert cli.main(["formation-energy", "NaCl", "Xx2O", "Na(Cl", "UO2Pu", "MgO", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    rows = {row["row"]: row for row in answer["predictions"]}
    assert list(rows) == [1, 2, 3, 4, 5]
    for row in (rows[1], rows[5]):
        assert row["low"] < row["value"] < row["high"]
        assert row["unit"] == "eV/atom"
    assert "Xx" in rows[2]["error"]
    assert "Na(Cl" in rows[3]["error"]
    assert "outside what it knows: Pu, U occurs in none" in rows[4]["error"]
    assert "value" not in rows[4]
    assert answer["model"]["generated"]
    assert answer["model"]["variant"] in VARIANTS


def test_the_same_rows_from_a_file_and_standard_input(here, capsys, monkeypatch, tmp_path):
    cli.main(["formation-energy", *GOOD])
    wanted = capsys.readouterr().out
    plain = tmp_path / "formulas.txt"
    plain.write_text("# three\nNaCl\n\nMgO\nCaF2\n")
    cli.main(["formation-energy", "--file", str(plain)])
    assert capsys.readouterr().out == wanted
    for words in (["-"], []):
        monkeypatch.setattr(sys, "stdin", io.StringIO("NaCl\nMgO\nCaF2\n"))
        cli.main(["formation-energy", *words])
        assert capsys.readouterr().out == wanted


def test_a_table_keeps_its_columns_and_no_column_is_guessed(here, capsys, tmp_path):
    table, out = tmp_path / "mine.csv", tmp_path / "out.csv"
    # A mark of the spreadsheet, a cell with a comma, subscripts, a column that the answer also has.
    table.write_text('\ufeffname,Formula,low\nsalt,NaCl,1\n"a, b",CaF₂,2\nno,Q,3\n', encoding="utf-8")
    assert cli.main(["formation-energy", "--file", str(table), "-o", str(out)]) == 1
    heard = capsys.readouterr()
    assert (heard.out, "mine.csv: the column 'Formula' is read" in heard.err) == ("", True)
    found = pl.read_csv(out)
    assert found.columns[:5] == ["name", "Formula", "low", "value", "unit"]
    assert found["low"].to_list() == [1, 2, 3]
    assert (found["retort_low"] < found["value"]).head(2).all()
    assert found["Formula"].to_list() == ["NaCl", "CaF₂", "Q"]
    assert found["value"].null_count() == 1
    assert "unknown element 'Q'" in found["error"][2]
    assert cli.main(["formation-energy", "--file", str(table), "--column", "Formula"]) == 1
    assert capsys.readouterr().out == out.read_text(encoding="utf-8")
    table.write_text("name,material\nsalt,NaCl\n")
    assert cli.main(["formation-energy", "--file", str(table)]) == 2
    assert "it has no column 'formula', but name, material" in capsys.readouterr().err


def test_the_answer_is_the_mean_over_seeds_and_its_doubt_holds_their_spread(here):
    found = [each for each in finished_runs("transfer") if each[1]["variant"] == "ts-crabnet"]
    assert [folder.name for folder, _ in found] == ["seed0", "seed1"]
    amounts = [parse(formula) for formula in GOOD]
    both = predicted(amounts, FormationEnergy(found))
    each = [predicted(amounts, FormationEnergy([one])) for one in found]
    means, sigmas = (np.array([getattr(one, name) for one in each]) for name in ("mean", "sigma"))
    np.testing.assert_allclose(both.mean, means.mean(axis=0))
    np.testing.assert_allclose(both.sigma, np.sqrt((sigmas**2).mean(axis=0) + means.var(axis=0)))


@pytest.mark.parametrize("variant", ["ts-crabnet", "boosting"])
def test_a_formula_is_answered_as_the_run_itself_did(here, variant):
    """The value of a test record in predictions.parquet comes out of the command too, of trees grown anew as well."""
    run = few_crystals.planned(here, variant)
    table = run.read("predictions").filter(part="test").head(5)
    formulas = pl.read_parquet(run.inputs.prepared).join(table, on="id", maintain_order="right")["formula"]
    answers = FormationEnergy.of(run.folder)(formulas)
    np.testing.assert_allclose([one.value for one in answers], table["prediction"], rtol=1e-4)


def test_the_variant_that_did_best_on_valid_answers_whatever_its_kind(here):
    errors = {}
    for variant in VARIANTS:
        found = [
            (folder, record)
            for folder, record in finished_runs("transfer")
            if (record["variant"], record["split"], record["dataset"]) == (variant, "formation", "crystals")
        ]
        tables = [pl.read_parquet(folder / "predictions.parquet").filter(part="valid") for folder, _ in found]
        mean = np.mean([table.sort("id")["prediction"] for table in tables], axis=0)
        errors[variant] = np.abs(mean - tables[0].sort("id")["value"].to_numpy()).mean()
    best = FormationEnergy.best()
    assert best.records[0]["variant"] == min(errors, key=errors.get)
    assert best.off("valid") == pytest.approx(min(errors.values()))


def test_an_interval_holds_nine_of_ten_of_the_rows_that_made_it(here):
    model = FormationEnergy.best()
    valid = model.judged("valid")
    low, high = model.interval(valid)
    held = ((low <= valid.truth) & (valid.truth <= high)).mean()
    assert 0.9 <= held <= 0.9 + 2 / len(valid.truth) + 1e-9


def test_the_nearest_materials_are_those_with_most_atoms_in_common(here):
    model = FormationEnergy.best()
    formula, value = model.known.select("formula", "value").row(3)
    near = model(formula).near
    assert (near[0].similarity, near[0].shown) == (pytest.approx(1), "1.00")
    assert near[0].value == pytest.approx(value)
    assert all(one.shown != "1.00" for one in near[1:])
    assert [one.similarity for one in near] == sorted([one.similarity for one in near], reverse=True)
    assert model(formula).warnings == ()
    far = model(
        f"{min(model.elements)}99{max(model.elements)}"
    )  # next to an element alone, of which there are none
    assert far.warnings[0].startswith("outside what it knows: ")
    assert far.near[0].similarity < model.edge


def test_the_other_property_is_answered_by_what_there_is(here, capsys):
    assert cli.main(["band-gap", "NaCl"]) == 0
    assert " V  (90 %: " in capsys.readouterr().out


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


def test_any_property_of_a_data_set_by_the_place_with_most_labels(here, capsys):
    few_crystals.run(here, "boosting", split="formation-05-0")
    model = FormulaProperty.best("crystals", "ewald_energy")
    assert model.records[0]["split"] == "formation"
    assert model.description == FormationEnergy.best().description
    assert cli.main(["formula-property", "crystals", "NaCl", "--property", "ewald_energy"]) == 0
    assert numbers(capsys.readouterr().out)[0].startswith("NaCl  ")
    for words, reason in (
        (["crystals"], "crystals: which property is asked for is not said. Hint: --property with one of "),
        (["crystals", "--property", "hardness"], "crystals: no model for 'hardness'. Hint: --property with "),
        (
            ["moduli"],
            "no trained model for 'moduli' under data/runs/transfer, but for crystals. "
            "Hint: make one with: make model NAME=formula-property/moduli",
        ),
    ):
        assert cli.main(["formula-property", *words[:1], "NaCl", *words[1:]]) == 2
        assert reason in capsys.readouterr().err


def test_a_table_brings_its_unit_and_too_few_rows_of_valid_make_no_interval(here, tmp_path, monkeypatch):
    """As a user's formulas come: with a unit of their own, and a handful in valid."""
    made = few_crystals.planned(here, "boosting")
    folder = tmp_path / "data/runs/transfer/mine/boosting"
    prepared = read_table(made.inputs.prepared).with_columns(
        hardness="ewald_energy", hardness_unit=pl.lit("GPa")
    )
    write_table(prepared, tmp_path / "data/prepared/mine.parquet")
    told = read_table(made.folder / "predictions.parquet")
    few = told.filter(part="valid").head(8)
    write_table(pl.concat([few, told.filter(part="test")]), folder / "predictions.parquet")
    record = read_json(made.folder / "run.json")
    inputs = record["inputs"] | {"prepared": "data/prepared/mine.parquet"}
    record |= {"dataset": "mine", "inputs": inputs, "settings": record["settings"] | {"target": "hardness"}}
    write_json(record, folder / "run.json")
    monkeypatch.chdir(tmp_path)
    model = FormulaProperty.best("mine")
    answer = model("NaCl")
    assert (answer.unit, answer.low, answer.high) == ("GPa", None, None)
    assert answer.told()["low"] is None
    assert next(answer.lines()).endswith(" GPa")
    assert answer.added()["low"] == ""
    assert model.description["test"]["coverage"] is None
    assert "there are no 90 % intervals: 8 rows of valid are too few" in model.notes()[1]


def test_without_runs_the_command_says_how_to_train(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["band-gap", "NaCl"]) == 2
    assert "make model NAME=band-gap" in capsys.readouterr().err
