"""What a run leaves on disk, and what its identity depends on."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from retort.files import whole_folder, write_manifest
from retort.runs import Run, RunInputs
from retort.training.run import HISTORY_SCHEMA, Outcome, execute, fingerprint


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run of a study of one line, which notes the context that it was given."""
    inputs = RunInputs(tmp_path / "rows", tmp_path / "parts", {"view": tmp_path / "view"})
    inputs.prepared.write_text("rows")
    inputs.split.write_text("parts")
    with whole_folder(inputs.features["view"]) as view:
        (view / "arrays").write_text("numbers", encoding="utf-8")
    seen = []

    def train(inputs, settings, context):
        seen.append(context)
        (context.folder / "checkpoint.safetensors").write_text("")
        (context.folder / ".checkpoint.safetensors.7.part").write_text("of a process that was killed")
        weights = torch.randn(2, 2).T  # not contiguous
        return Outcome({"weight": weights}, pl.DataFrame({"id": ["a"]}), facts={"parameters": 4})

    monkeypatch.setitem(sys.modules, "retort.studies.toy.train", SimpleNamespace(run=train, seen=seen))
    return Run("toy", "stones", "random", "plain", 3, tmp_path / "run", inputs, {"rate": 0.1}, generated=True)


def test_a_run_leaves_four_files_and_its_key(run):
    execute(run, code="digest", origin={"commit": "abc"}, device="cpu", progress=False)
    files = {"history.parquet", "model.safetensors", "predictions.parquet", "run.json"}
    assert {path.name for path in run.folder.iterdir()} == files
    facts = json.loads((run.folder / "run.json").read_text())
    key = {"study": "toy", "dataset": "stones", "split": "random", "variant": "plain", "seed": 3}
    expected = key | {"generated": True, "settings": {"rate": 0.1}, "commit": "abc"}
    assert {name: facts[name] for name in expected} == expected
    assert facts["inputs"] == run.to_json()["inputs"]
    assert facts["hashes"]["code"] == "digest"
    assert facts["facts"] == {"parameters": 4}
    assert dict(run.read("history").schema) == HISTORY_SCHEMA
    assert load_file(run.folder / "model.safetensors")["weight"].shape == (2, 2)


def test_the_context_is_that_of_the_run_and_the_seed_is_set(run):
    weights = []
    for seed in (3, 3, 4):
        execute(replace(run, seed=seed), code="", device="cpu", progress=False)
        weights.append(load_file(run.folder / "model.safetensors")["weight"])
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    one, again, other = sys.modules["retort.studies.toy.train"].seen
    assert one == again
    assert (one.seed, one.folder, one.device.type, one.progress) == (3, run.folder, "cpu", False)
    assert one.fingerprint != other.fingerprint


def test_the_fingerprint_depends_on_content_settings_code_and_seed(run):
    cpu = torch.device("cpu")
    first, _ = fingerprint(run, "digest", cpu)
    others = [
        fingerprint(replace(run, settings={"rate": 0.2}), "digest", cpu)[0],
        fingerprint(replace(run, seed=4), "digest", cpu)[0],
        fingerprint(run, "another", cpu)[0],
    ]
    run.inputs.prepared.write_text("other rows")
    others.append(fingerprint(run, "digest", cpu)[0])
    run.inputs.prepared.write_text("rows")
    view = run.inputs.features["view"]
    (view / "arrays").write_text("other numbers", encoding="utf-8")
    write_manifest(view)
    others.append(fingerprint(run, "digest", cpu)[0])
    (view / "arrays").write_text("numbers", encoding="utf-8")
    write_manifest(view)
    assert len({first, *others}) == 6
    elsewhere = replace(run, folder=run.folder / "elsewhere", variant="the same by another name")
    assert fingerprint(elsewhere, "digest", cpu)[0] == first


def test_features_that_are_not_those_of_their_manifest_are_refused(run):
    arrays = run.inputs.features["view"] / "arrays"
    arrays.write_text("edited", encoding="utf-8")
    with pytest.raises(ValueError, match="view/arrays: changed since"):
        fingerprint(run, "digest", torch.device("cpu"))
