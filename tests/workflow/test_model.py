"""`make model`: which run answers a command, what is asked of Snakemake, and what the record keeps of it."""

import json
import shutil
from pathlib import Path

import pytest

from retort.asking import kept
from retort.configuration import load
from retort.files import sha256
from retort.plan import Plan
from retort.record import MODEL_FILES, MODELS
from retort.sealed import write_json, write_tensors
from tests import own_data

from .project import ROOT, program


@pytest.fixture(scope="module")
def plans():
    return {scale: Plan(load(ROOT / "workflow/config", scale)) for scale in ("laptop", "smoke")}


@pytest.fixture(scope="module")
def model():
    return program("model")


@pytest.mark.parametrize(
    ("name", "scale", "place"),
    [
        ("precursors", "laptop", "ceder/published/combined/seed0"),
        ("precursors", "smoke", "solid_state_generated/family/combined/seed0"),
        ("formation-energy", "laptop", "mp20/formation/crabnet-gentle/seed0"),
        ("band-gap", "laptop", "mp20/gap/ts-crabnet-boosting/seed0"),
        ("embed", "laptop", "zinc250k/corpus/descriptors/seed0"),
        # By the record's validation scores.
        ("property/bbbp", "laptop", "bbbp/strict/svm/seed0"),
        ("property/esol", "laptop", "esol/strict/dmpnn/seed0"),
        ("property/hiv", "laptop", "hiv/strict/forest/seed0"),
        ("yield", "laptop", "buchwald_hartwig/random-0/mpnn-short/seed0"),
        ("yield/suzuki", "laptop", "suzuki/random-0/mpnn/seed0"),
        ("yield/az_eln", "laptop", "az_eln/random-0/boosting/seed0"),
        ("extract/scierc", "laptop", "scierc/entities/science/seed0"),
        ("extract/matscholar", "laptop", "matscholar/entities-n440-0/word-crf/seed0"),
    ],
)
def test_a_command_has_one_run(plans, model, name, scale, place):
    block = model.models()[name.partition("/")[0]]
    run = model.run_of(plans[scale], name, block, ROOT / "data/record" / scale / block["study"])
    assert str(run.folder) == f"data/runs/{block['study']}/{place}"


@pytest.mark.parametrize("scale", ["laptop", "smoke"])
def test_every_command_has_one_at_every_scale(plans, model, scale):
    for name, block in model.models().items():
        if "place" in block:
            run = model.run_of(plans[scale], name, block, Path("nowhere"))
            assert run in plans[scale].runs(block["study"])


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        (
            "formulas",
            "formula-property/my_moduli",
            "transfer/my_moduli/composition-bulk_modulus-0/boosting/seed0",
        ),
        ("syntheses", "precursors/my_syntheses", "precursors/my_syntheses/family-0/combined/seed0"),
        ("reactions", "yield/my_plate", "yields/my_plate/random/mpnn/seed0"),
        ("molecules", "property/mine", "molecules/mine/strict/forest/seed0"),
        ("annotated documents", "extract/my_abstracts", "scitext/my_abstracts/entities/science/seed0"),
    ],
)
def test_a_data_set_of_ones_own_has_one(tmp_path, model, kind, name, place):
    for folder in ("config", "schemas"):
        shutil.copytree(ROOT / "workflow" / folder, tmp_path / folder)
    described = own_data.add(kind, "", tmp_path / "config", tmp_path)
    assert described.stem == name.partition("/")[2]
    chosen = model.models()[name.partition("/")[0]]
    run = model.run_of(Plan(load(tmp_path / "config")), name, chosen, Path("nowhere"))
    assert str(run.folder) == f"data/runs/{place}"


def test_a_data_set_without_a_place_is_said(plans, model):
    with pytest.raises(
        SystemExit, match="NAME=property/suzuki: the study molecules has no place suzuki, strict"
    ):
        model.run_of(plans["laptop"], "property/suzuki", model.models()["property"], Path("nowhere"))


def test_with_a_model_in_the_record_only_the_data_are_made(plans, model, tmp_path, monkeypatch):
    """What the record keeps answers once the tables are there; where they come out otherwise, the run is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(model, "load", lambda folder, scale: scale)
    monkeypatch.setattr(model, "Plan", plans.get)
    asked = plans["laptop"].run("precursors", "ceder", "published", "combined", 0)
    (selector,) = plans["laptop"].uses(asked)["selector"]
    tables = (asked.inputs.prepared, asked.inputs.split)
    for file in tables:
        file.parent.mkdir(parents=True)
        file.write_bytes(b"a table")
    hashes = {name: sha256(file) for name, file in zip(("prepared", "split"), tables, strict=True)}
    record = Path("data/record/laptop/precursors")
    for run in (asked, selector):
        folder = record / MODELS / run.folder.relative_to("data/runs/precursors")
        folder.mkdir(parents=True)
        facts = {name: value for name, value in run.to_json().items() if name != "folder"}
        write_json(facts | {"hashes": hashes}, folder / "run.json")
        write_tensors({}, folder / "model.safetensors")
        (folder / "predictions.parquet").touch()
    targets = []
    monkeypatch.setattr(model, "make", lambda files, scale, cores: targets.append(files))
    monkeypatch.setattr("sys.argv", ["model.py", "precursors", "laptop", "--cores", "1"])
    model.main()
    data = [*map(str, tables), "data/features/ceder/composition/manifest.json"]
    assert targets == [data]
    tables[0].write_bytes(b"another one")
    model.main()
    assert targets[1:] == [data, [*data, f"{asked.folder}/run.json"]]


def test_small_models_are_kept_with_what_they_stand_on(plans, tmp_path, monkeypatch):
    keeper = program("record")
    monkeypatch.chdir(tmp_path)
    asked = plans["laptop"].run("precursors", "ceder", "published", "combined", 0)
    (selector,) = plans["laptop"].uses(asked)["selector"]
    record, part = kept("precursors").parent, tmp_path / "part"
    for run in (asked, selector):
        for name in (*MODEL_FILES, "predictions.parquet"):
            file = run.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            write_json({"of": str(run.folder)}, file)
    keeper.keep_models(part, plans["laptop"], record)
    inside = {file.relative_to(part / MODELS).as_posix() for file in part.rglob("*") if file.is_file()}
    models = {f"{variant}/seed0/{name}" for variant in ("combined", "selector") for name in MODEL_FILES}
    assert inside == {f"ceder/published/{name}" for name in (*models, "combined/seed0/predictions.parquet")}
    # One that is not there, or too large, is left out with what stands on it; and so is every other scale.
    shutil.rmtree(part)
    keeper.keep_models(part, plans["laptop"], Path("data/record/smoke/precursors"))
    monkeypatch.setattr(keeper, "SMALL", 10)
    keeper.keep_models(part, plans["laptop"], record)
    assert not part.exists()


@pytest.mark.skipif(not (ROOT / kept("precursors")).exists(), reason="the record has no models")
def test_the_models_of_the_record_are_whole_and_of_the_configuration(plans, monkeypatch):
    monkeypatch.chdir(ROOT)
    sums = json.loads((kept("precursors").parent / "sha256.json").read_text(encoding="utf-8"))
    for path in kept("precursors").rglob("run.json"):
        run = json.loads(path.read_text(encoding="utf-8"))
        planned = plans["laptop"].run("precursors", run["dataset"], run["split"], run["variant"], run["seed"])
        assert run["settings"] == planned.settings
        assert path.relative_to(kept("precursors").parent).as_posix() in sums
        assert (path.parent / "model.safetensors").stat().st_size <= 400_000
