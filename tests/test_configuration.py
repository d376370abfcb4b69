"""The configuration: what composes, and what stops a run before any job, in which words."""

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml

from retort.configuration import ConfigurationError, expand, load, load_once, merge
from retort.configuration.expand import split_families
from retort.plan import Plan

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "workflow/config"


@pytest.fixture
def edited(tmp_path):
    """A copy of the workflow's configuration that a test may spoil."""
    shutil.copytree(ROOT / "workflow/schemas", tmp_path / "schemas")
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


@pytest.mark.parametrize("scale", ["smoke", "laptop", "full"])
def test_every_scale_composes_and_names_its_runs(scale):
    config = load(CONFIG, scale)
    assert config["scale"] == scale
    for study, block in config["study"].items():
        runs = Plan(config).runs(study)
        assert len(runs) == len(set(runs)) > 0
        assert block["baseline"] in {run.variant for run in runs}
        assert config["dataset"].keys() >= {run.dataset for run in runs}
        for name in block["figures"] + block["tables"]:
            assert (ROOT / f"src/scripts/{name}.py").exists(), f"{study} lists {name}, which has no script"


def test_overrides_reach_the_runs_settings():
    config = load(CONFIG, "smoke", ["study.precursors.run.training.batch=7", "resamples=123"])
    settings = Plan(config).run("precursors", "solid_state_generated", "family", "selector", 0).settings
    assert settings["training"]["batch"] == 7
    assert config["resamples"] == 123


@pytest.mark.parametrize(
    ("scale", "overrides", "words"),
    [
        ("smok", [], ["scale='smok'", "full, laptop, smoke", "Hint"]),
        (
            "smoke",
            ["study.precursors.run.training.batch=-4"],
            ["command line", "batch=-4", "at least 1", "Hint"],
        ),
        ("smoke", ["study.precursors.run.training.batchsize=4"], ["command line", "batchsize", "Hint"]),
        (
            "smoke",
            ["+study.precursors.run.training.batchsize=4"],
            ["unknown key batchsize", "known keys are", "batch,"],
        ),
        ("smoke", ["study.precursors.run.training.batch=many"], ["batch='many'", "integer"]),
        ("smoke", ["device=tpu"], ["command line: device='tpu'", "auto", "cpu", "cuda"]),
        ("smoke", ["nonsense"], ["command line", "nonsense", "key=value"]),
        ("smoke", ["study.precursors.baseline=nobody"], ["baseline='nobody'", "selector"]),
        ("smoke", ["study.precursors.primary.variant=nobody"], ["primary.variant='nobody'"]),
        ("smoke", ["study.precursors.views=[nowhere]"], ["views='nowhere'", "composition"]),
        (
            "smoke",
            ["study.precursors.figures=[precursors_loses]"],
            ["figures='precursors_loses'", "did you mean 'precursors_losses'?"],
        ),
        (
            "smoke",
            ["study.precursors.variants.combined.uses.selector=combined"],
            ["uses.selector='combined'"],
        ),
        ("smoke", ["scale=laptop"], ["cannot set the scale", "SCALE="]),
    ],
)
def test_a_mistake_names_key_value_and_expectation(scale, overrides, words):
    with pytest.raises(ConfigurationError) as error:
        load(CONFIG, scale, overrides)
    for word in words:
        assert word in str(error.value)


def test_an_unknown_key_in_a_file_names_the_file(edited):
    path = edited / "study/precursors.yaml"
    path.write_text(path.read_text() + "\nepocs: 3\n")
    with pytest.raises(
        ConfigurationError, match=r"study/precursors.yaml: unknown key epocs in study.precursors"
    ):
        load(edited)


def test_a_dataset_with_a_wrong_checksum_format_names_the_file(edited):
    path = edited / "dataset/ceder.yaml"
    path.write_text(path.read_text().replace("sha256: ", "sha256: zz", 1))
    with pytest.raises(ConfigurationError, match=r"dataset/ceder.yaml: dataset.ceder.files.0.sha256"):
        load(edited)


def test_a_misspelt_scale_block_of_a_study_is_refused(edited):
    path = edited / "study/precursors.yaml"
    path.write_text(path.read_text().replace("  laptop:", "  lptop:", 1))
    with pytest.raises(ConfigurationError, match=r"precursors.yaml: study.precursors.scales='lptop'"):
        load(edited, "laptop")


def test_a_generated_data_set_stamps_the_paper_whatever_the_scale_is_called():
    grid = "study.precursors.grid=[{dataset: solid_state_generated, split: family, variants: [selector], seeds: 1}]"
    assert load(CONFIG, "smoke")["generated"]
    assert not load(CONFIG, "laptop")["generated"]
    assert load(CONFIG, "laptop", [grid])["generated"]


def test_broken_yaml_names_the_folder(edited):
    (edited / "scale/smoke.yaml").write_text("a: [1\n")
    with pytest.raises(ConfigurationError, match="config"):
        load(edited)


def test_merge_is_deep_and_replaces_lists():
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merge(base, {"a": {"c": [3]}, "e": 5}) == {"a": {"b": 1, "c": [3]}, "d": 4, "e": 5}


def test_a_configuration_is_composed_once_until_something_changes(edited, tmp_path, monkeypatch):
    first = load_once(edited, "smoke", [], tmp_path / "cache")
    assert first == load(edited, "smoke")
    monkeypatch.setattr("retort.configuration._load", lambda *_: pytest.fail("composed again"))
    assert load_once(edited, "smoke", [], tmp_path / "cache") == first
    monkeypatch.undo()
    assert load_once(edited, "smoke", ["resamples=321"], tmp_path / "cache")["resamples"] == 321
    file = edited / "config.yaml"
    file.write_text(file.read_text().replace("seed: 2026", "seed: 5"))
    assert load_once(edited, "smoke", [], tmp_path / "cache")["seed"] == 5


def test_a_block_that_lists_data_sets_and_splits_stands_for_many():
    grid = [{"dataset": ["a", "b"], "split": "s"}, {"name": "c", "dataset": "a", "split": ["x", "y"]}]
    names = [(block["name"], block["dataset"], block["split"]) for block in expand(grid)]
    assert names == [("a", "a", "s"), ("b", "b", "s"), ("c-x", "a", "x"), ("c-y", "a", "y")]
    assert expand([{"dataset": "a", "split": "s"}]) == [{"dataset": "a", "split": "s"}]


def own_dataset(edited, **changed):
    """A user's own data set that joins the study of molecules; returns its YAML's path and that of its table."""
    table = edited.parent / "mine.csv"
    table.write_text("smiles,active\nCCO,1\n")
    block = {
        "title": "Mine",
        "domain": "molecules",
        "description": "Measured here.",
        "reader": "molecule_table",
        "settings": {"file": "mine.csv", "smiles": "smiles", "labels": {"active": "classification"}},
        "files": [{"name": "mine.csv", "local": str(table)}],
        "splits": "molecules",
        "join": "molecules",
        "licence": "ours",
        "citation": [],
    }
    block = {key: value for key, value in (block | changed).items() if value is not None}
    path = edited / "dataset/mine.yaml"
    path.write_text(yaml.safe_dump(block))
    return path, table


def test_an_own_data_set_joins_a_study_without_a_line_there(edited):
    own_dataset(edited)
    config = load(edited)
    block = config["study"]["molecules"]["grid"][-1]
    guests = config["study"]["molecules"]["guests"]
    assert block == {"name": "mine", "title": "Mine", "dataset": "mine", **guests}
    new = [run for run in Plan(config).runs("molecules") if run.dataset == "mine"]
    assert {run.variant for run in new} == set(guests["variants"])
    assert {run.split for run in new} == {guests["split"]} <= set(config["dataset"]["mine"]["splits"])
    # Without the line it is read and checked, and is in no grid.
    own_dataset(edited, join=None)
    config = load(edited)
    assert "mine" in config["dataset"]
    assert all(block["dataset"] != "mine" for block in config["study"]["molecules"]["grid"])


def test_a_local_file_is_measured_each_time_and_missed_before_any_job(edited, tmp_path):
    path, table = own_dataset(edited)
    # The configuration lies in <project>/workflow/config, and the path is one from the project's folder.
    own_dataset(edited, files=[{"name": "mine.csv", "local": f"{edited.parent.name}/{table.name}"}])
    for text in ("smiles,active\nCCO,1\n", "smiles,active\nCCO,1\nCCN,0\n"):
        table.write_text(text)
        config = load_once(edited, "smoke", [], tmp_path / "cache")
        assert config["dataset"]["mine"]["files"] == [
            {
                "name": "mine.csv",
                "local": str(table.resolve()),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "bytes": len(text),
            }
        ]
    table.unlink()
    for loading in (lambda: load(edited), lambda: load_once(edited, "smoke", [], tmp_path / "cache")):
        with pytest.raises(ConfigurationError) as error:
            loading()
        for word in (str(path), "dataset.mine.files", str(table), "is no file", "Hint"):
            assert word in str(error.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"join": "moleculs"}, ["dataset.mine.join='moleculs'", "molecules", "Hint"]),
        ({"join": "precursors"}, ["dataset.mine.join='precursors'", "expected one of molecules"]),
        ({"splits": "moleculs"}, ["dataset.mine.splits='moleculs'", "molecules", "Hint"]),
        (
            {"splits": {"other": {"kind": "published", "group": "id"}}},
            ["study.molecules.grid", ".split='strict'", "other"],
        ),
        ({"title": None}, ["dataset.mine", "title"]),
        ({"files": [{"name": "mine.csv"}]}, ["dataset.mine.files.0"]),
    ],
)
def test_a_mistake_in_an_own_data_set_names_it(edited, changed, words):
    own_dataset(edited, **changed)
    with pytest.raises(ConfigurationError) as error:
        load(edited)
    for word in words:
        assert word in str(error.value)


def test_data_sets_share_splits_by_name(edited):
    shared = split_families(yaml.safe_load((edited / "splits/molecules.yaml").read_text()))
    assert len(shared) == 25
    changed = load(edited, "smoke", ["dataset.bbbp.splits.strict.fractions.train=0.7"])
    assert changed["dataset"]["bbbp"]["splits"]["strict"]["fractions"]["train"] == 0.7
    assert changed["dataset"]["esol"]["splits"] == shared, "an override is of one data set"


def test_bare_words_for_the_classes_reach_the_reader(edited):
    from retort.datasets import molecule_table

    label = "{kind: classification, true: binder, false: none}"
    path, table = own_dataset(edited)
    path.write_text(path.read_text().replace("active: classification", f"active: {label}"))
    table.write_text("smiles,active\nCCO,binder\nCCN,none\n")
    settings = load(edited)["dataset"]["mine"]["settings"]
    assert molecule_table.read(table.parent, settings).rows["active"].to_list() == [True, False]
