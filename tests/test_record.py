"""What the committed records promise."""

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from retort import layout
from retort.configuration import load
from retort.plan import Plan
from retort.record import hashes, read_table
from retort.runs import Run, RunInputs
from retort.sealed import write_json
from retort.training.scoring import origin as origin_of

RECORD = Path(__file__).resolve().parents[1] / "data/record"


@pytest.mark.parametrize("study", sorted(path.name for path in (RECORD / "smoke").iterdir() if path.is_dir()))
def test_a_study_at_smoke_scale_takes_little(study):
    """Two minutes of one processor: with six studies the whole is some minutes on two.

    The time of the processor, since the wall's is that of whatever else the machine did.
    """
    costs = pl.read_parquet(RECORD / "smoke" / study / "costs.parquet")
    assert 0 < costs["cpu_seconds"].sum() <= 120


READ = {"code", "features", "prepared", "seed", "settings", "split", "uses"}


@pytest.mark.parametrize(
    "origin", sorted(RECORD.glob("*/*/origin.json")), ids=lambda path: "-".join(path.parts[-3:-1])
)
def test_a_record_has_all_hashes_of_each_run(origin):
    made = json.loads(origin.read_text(encoding="utf-8"))
    found = hashes(made)
    assert found.keys() == made["runs"].keys()
    for folder, run in found.items():
        assert run.keys() >= READ, folder
        assert all(len(digest) == 64 for digest in run["features"].values())
        assert "inputs" not in run


def test_hashes_that_runs_share_are_put_together_again(tmp_path):
    runs, given = [], {}
    for seed, split in ((0, "a" * 64), (1, "a" * 64), (2, "b" * 64)):
        folder = tmp_path / f"seed{seed}"
        own = {"code": "c" * 64, "features": {"graphs": "f" * 64}, "prepared": "p" * 64, "split": split}
        own |= {"seed": seed, "uses": {"encoder": [f"{seed}" * 64]}, "device": "cpu", "torch": "2.13.0"}
        record = {
            "hashes": own,
            "settings": {"width": 8},
            "commit": ("e" if seed == 0 else "d") * 40,
            "device": "cpu",
            "machine": "m",
        }
        write_json(record | {"versions": {"torch": "2.13.0"}}, folder / "run.json")
        given[str(folder)] = own
        runs.append(Run("toy", "stones", "all", "one", seed, folder, RunInputs(Path("p"), Path("s")), {}))
    made = origin_of(runs, "lock")
    assert len(made["inputs"]) == 2, "what two runs share stands twice"
    found = hashes(json.loads(json.dumps(made)))
    # The first run is of another commit than most are, and says so.
    assert made["commit"] == "d" * 40
    assert [run.pop("commit", None) for run in found.values()] == ["e" * 40, None, None]
    assert {folder: {**run, "settings": None} for folder, run in found.items()} == {
        folder: {**own, "settings": None} for folder, own in given.items()
    }
    assert len({run["settings"] for run in found.values()}) == 1


@pytest.mark.parametrize(
    "origin", sorted(RECORD.glob("*/*/origin.json")), ids=lambda path: "-".join(path.parts[-3:-1])
)
def test_a_record_knows_the_loans_by_the_names_of_the_configuration(origin):
    """What a title in the YAML would change is there already: `make plan` was not forgotten."""
    scale, study = origin.parts[-3:-1]
    plan = Plan(load(RECORD.parents[1] / "workflow/config", scale))
    assert_frame_equal(read_table(origin.with_name("loans.parquet")), layout.loans(plan.loans(study)))
