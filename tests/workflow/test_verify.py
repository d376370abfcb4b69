"""`make verify`: passes on what was recorded, and names the number that somebody changed."""

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from retort.configuration import load
from retort.record import sums
from retort.sealed import write_table
from tests import own_data
from tests.configuration.test_own_syntheses import syntheses

from .project import RESULTS, SMALL, program

ROOT = Path(__file__).resolve().parents[2]
STUDY = "precursors"
ITEMS = "items/solid_state_generated-family.parquet"


def record_small(monkeypatch):
    """Keep the results of a small run, whose configuration is overridden, as `make record` keeps a scale's."""
    keeper = program("record")
    monkeypatch.setattr(keeper, "load", lambda folder, scale: load(folder, scale, overrides=SMALL))
    keeper.main(["smoke", "--study", STUDY])


@pytest.fixture
def recorded(finished, tmp_path, monkeypatch):
    """A checkout that holds the finished small run and its record."""
    folder = finished.copy(tmp_path / "retort").folder
    monkeypatch.chdir(folder)
    record_small(monkeypatch)
    return folder


def test_what_was_recorded_is_reproduced_and_a_changed_number_is_named(recorded):
    verify = program("verify")
    record, results = recorded / f"data/record/smoke/{STUDY}", recorded / f"data/results/{STUDY}"
    assert verify.edited(record) == []
    assert verify.differences(record, results, {}, same_place=True) == []

    scores = pl.read_parquet(record / "scores.parquet")
    row = 7
    old = scores["value"][row]
    scores[row, "value"] = old + 0.01
    write_table(scores, record / "scores.parquet")
    assert any("scores.parquet: changed since it was recorded" in line for line in verify.edited(record))
    moved = verify.differences(record, results, {}, same_place=True)
    assert len(moved) == 1
    for key in ("dataset", "variant", "part", "metric"):
        assert scores[key][row] in str(moved[0])
    assert f"{old:.6g}" in str(moved[0])

    metric = scores["metric"][row]
    assert verify.differences(record, results, {"default": 0.0, metric: 0.02}, same_place=False) == []
    assert len(verify.differences(record, results, {"default": 0.0, metric: 0.005}, same_place=False)) == 1


def test_other_bytes_with_equal_scores_are_a_difference_on_the_same_machine_only(recorded):
    verify = program("verify")
    record, results = recorded / f"data/record/smoke/{STUDY}", recorded / f"data/results/{STUDY}"
    history = pl.read_parquet(record / "history.parquet")
    history[0, "value"] = history["value"][0] * 1.001
    write_table(history, record / "history.parquet")
    assert "history.parquet" in str(verify.differences(record, results, {}, same_place=True))
    assert verify.differences(record, results, {"default": 0.0}, same_place=False) == []


def test_times_are_renewed_alone_and_only_of_the_same_runs(recorded, tmp_path):
    keeper = program("record")
    record, results = recorded / f"data/record/smoke/{STUDY}", recorded / f"data/results/{STUDY}"
    for name in ("measured/costs", "scores"):
        table = pl.read_parquet(results / f"{name}.parquet")
        write_table(table.with_columns(pl.selectors.float() * 2), results / f"{name}.parquet")
    folders = json.loads((record / "origin.json").read_text(encoding="utf-8"))["runs"]
    plan = SimpleNamespace(runs=lambda _: [SimpleNamespace(folder=folder) for folder in folders])
    keeper.renew("costs", results, tmp_path / "new", record, plan)
    for name in ("scores.parquet", ITEMS, "places.parquet", "loans.parquet"):
        assert (tmp_path / "new" / name).read_bytes() == (record / name).read_bytes()
    old, new = (pl.read_parquet(folder / "costs.parquet") for folder in (record, tmp_path / "new"))
    assert new["wall_seconds"].to_list() == (old["wall_seconds"] * 2).to_list()

    others = SimpleNamespace(runs=lambda _: [SimpleNamespace(folder="data/runs/other")])
    with pytest.raises(SystemExit, match="the runs there are not those of the configuration"):
        keeper.renew("costs", results, tmp_path / "other", record, others)


def test_results_of_another_configuration_and_torn_ones_are_no_record(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(finished.copy(tmp_path / "retort").folder)
    with pytest.raises(SystemExit, match="the runs there are not those of the configuration"):
        program("record").main(["smoke", "--study", STUDY])
    (Path("data/results") / STUDY / ITEMS).unlink()
    with pytest.raises(SystemExit, match=rf"{ITEMS}: is missing"):
        record_small(monkeypatch)
    assert not list(Path("data/record").glob("*/*.part"))


def test_the_record_renders_without_training(recorded, finished):
    """FROM=record on a checkout that has nothing but the record: no data, no runs, no network."""
    for name in ("raw", "prepared", "splits", "features", "runs", "results", "benchmarks"):
        shutil.rmtree(recorded / "data" / name, ignore_errors=True)
    project = type(finished)(recorded)
    jobs = project.jobs(RESULTS, "precursors", source="record")
    assert jobs["recall"] == 1
    assert not {"train", "score", "download", "generate", "prepare", "split", "featurize"} & set(jobs)
    project.snakemake(RESULTS, "precursors", source="record")
    for path in sorted((finished.folder / "src/tex/figures").glob("*.pdf")):
        assert (recorded / "src/tex/figures" / path.name).read_bytes() == path.read_bytes(), path.name


def test_what_ran_here_is_compared_and_kept(recorded, monkeypatch, capsys):
    verify = program("verify")
    asked = []
    monkeypatch.setattr(verify, "ROOT", recorded)
    monkeypatch.setattr(verify, "rerun", lambda *given: asked.append(given))
    monkeypatch.setattr(sys, "argv", ["verify.py", "smoke", "--here", "--cores", "2", "--study", STUDY])
    assert verify.main() == 0
    assert asked == [(recorded, "smoke", 2, STUDY)]
    assert capsys.readouterr().out == f"{STUDY}: reproduced, compared byte for byte\n"

    path = recorded / f"data/results/{STUDY}/scores.parquet"
    scores = pl.read_parquet(path)
    scores[0, "value"] = scores["value"][0] + 1
    write_table(scores, path)
    assert verify.main() == 1
    assert f"{STUDY}: NOT reproduced" in capsys.readouterr().out


def test_own_data_that_the_record_does_not_have_are_left_out_and_said(
    recorded, finished, tmp_path, monkeypatch, capsys
):
    own = own_data.add("syntheses", syntheses(), recorded / "workflow/config", tmp_path)
    verify = program("verify")
    results = recorded / "data/results"
    monkeypatch.setattr(verify, "ROOT", recorded)
    monkeypatch.setattr(sys, "argv", ["verify.py", "smoke", "--study", STUDY])
    said = "left out: own data, my_syntheses (not in data/record/smoke)\n"

    def rerun(target, *_):
        assert (target / "workflow/config/dataset/ceder.yaml").exists()
        assert not (target / own.relative_to(recorded)).exists()
        shutil.copytree(results, target / "data/results")

    monkeypatch.setattr(verify, "rerun", rerun)
    assert verify.main() == 0
    assert capsys.readouterr() == (f"{STUDY}: reproduced, compared byte for byte\n", said)

    # In a folder that trained on them, too, their scores are left out, and no other.
    scores = pl.read_parquet(results / STUDY / "scores.parquet")
    with_own = pl.concat([scores, scores.with_columns(dataset=pl.lit("my_syntheses"))])
    write_table(with_own, results / STUDY / "scores.parquet")
    monkeypatch.setattr(verify, "rerun", lambda *given: None)
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--here"])
    assert verify.main() == 0
    assert capsys.readouterr() == (f"{STUDY}: reproduced, compared every score\n", said)
    with_own[0, "value"] = with_own["value"][0] + 1
    write_table(with_own, results / STUDY / "scores.parquet")
    assert verify.main() == 1

    # Nor are they in a paper that is rendered from the record.
    (Path("data/results") / STUDY / "scores.parquet").unlink()
    project = type(finished)(recorded)
    printed = project.snakemake(RESULTS, source="record", options=["--dry-run"]).stdout
    assert printed.count("Left out of the paper: own data, my_syntheses (not in data/record/smoke;") == 1


def test_a_further_machine_is_held_to_its_own_scores(recorded, tmp_path, monkeypatch, capsys):
    verify, keeper = program("verify"), program("record")
    record, results = recorded / f"data/record/smoke/{STUDY}", recorded / f"data/results/{STUDY}"
    monkeypatch.setattr(verify, "ROOT", recorded)
    monkeypatch.setattr(verify, "rerun", lambda *given: None)
    monkeypatch.setattr(sys, "argv", ["verify.py", "smoke", "--here", "--study", STUDY])
    origin = json.loads((record / "origin.json").read_text(encoding="utf-8"))
    (record / "origin.json").write_text(json.dumps(origin | {"machine": ["elsewhere"]}), encoding="utf-8")
    there = pl.read_parquet(record / "scores.parquet").with_columns(pl.col("value") + 5)
    write_table(there, record / "scores.parquet")
    (record / "sha256.json").write_text(json.dumps(sums(record)), encoding="utf-8")
    assert verify.main() == 1, "beyond every tolerance"

    plan = SimpleNamespace(runs=lambda _: [SimpleNamespace(folder=folder) for folder in origin["runs"]])
    keeper.renew("machine", results, tmp_path / "new", record, plan)
    shutil.rmtree(record)
    shutil.copytree(tmp_path / "new", record)
    (record / "sha256.json").write_text(json.dumps(sums(record)), encoding="utf-8")
    assert pl.read_parquet(record / "scores.parquet").equals(there)
    capsys.readouterr()
    assert verify.main() == 0
    assert "compared every score with those that were recorded on this machine" in capsys.readouterr().out

    scores = pl.read_parquet(results / "scores.parquet")
    scores[0, "value"] = scores["value"][0] * (1 + 1e-6)
    write_table(scores, results / "scores.parquet")
    assert verify.main() == 1

    # With another lock it is still this machine's scores that count, not those from elsewhere.
    (own,) = (record / "machines").iterdir()
    made = json.loads((own / "origin.json").read_text(encoding="utf-8"))
    (own / "origin.json").write_text(json.dumps(made | {"lock": "another"}), encoding="utf-8")
    (record / "sha256.json").write_text(json.dumps(sums(record)), encoding="utf-8")
    capsys.readouterr()
    assert verify.main() == 0
    assert "within the declared tolerance (another lock) with those" in capsys.readouterr().out


def test_a_verdict_that_turned_fails_until_a_line_accepts_it(recorded, monkeypatch, capsys):
    verify = program("verify")
    monkeypatch.setattr(verify, "ROOT", recorded)
    monkeypatch.setattr(verify, "rerun", lambda *given: None)
    monkeypatch.setattr(sys, "argv", ["verify.py", "smoke", "--here", "--study", STUDY])
    path = recorded / "data/record/smoke/claims.parquet"
    verdicts = pl.read_parquet(path)
    row = int((verdicts["id"] == "P1").arg_true()[0])
    assert verdicts["verdict"][row] == "not judged"  # generated data
    verdicts[row, "verdict"] = "reproduced"
    write_table(verdicts, path)
    assert verify.main() == 1
    printed = capsys.readouterr()
    said = "claim P1 (published control): not judged, reproduced in the record. Hint: add a line to "
    assert printed.err.startswith(f"{said}workflow/config/acknowledged.yaml")
    assert printed.out == f"{STUDY}: reproduced, compared byte for byte\n"
    with (recorded / "workflow/config/acknowledged.yaml").open("a", encoding="utf-8") as lines:
        lines.write("- {claim: P1, old: reproduced, new: not judged, reason: a test, date: 2026-11-29}\n")
    assert verify.main() == 0


def test_a_missing_record_says_how_to_make_one(monkeypatch, capsys, tmp_path):
    verify = program("verify")
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow")
    monkeypatch.setattr(verify, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["verify.py", "smoke"])
    assert verify.main() == 2
    assert "make record SCALE=smoke" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["verify.py", "smoke", "--study", "alchemy"])
    assert verify.main() == 2
    assert capsys.readouterr().err.startswith("data/record/smoke/alchemy: no record. Hint:")
