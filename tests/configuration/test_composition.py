"""What composes, and what stops a run before any job, in which words."""

import shutil

import pytest

from retort.configuration import ConfigurationError, load, load_once, merge
from retort.plan import Plan

from ..flips import flipped
from .conftest import CONFIG, ROOT


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
    config = load(CONFIG, "smoke", ["study.precursors.run.training.batch=7", "seed=123"])
    settings = Plan(config).run("precursors", "solid_state_generated", "family", "selector", 0).settings
    assert settings["training"]["batch"] == 7
    assert config["seed"] == 123


@pytest.mark.parametrize(
    ("scale", "overrides", "words"),
    [
        (
            "smoke",
            ["study.precursors.run.trainin.steps=3"],
            ["study.precursors.run has no key 'trainin'", "did you mean 'training'?"],
        ),
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
    (kept,) = (tmp_path / "cache").iterdir()
    next(flipped(kept, times=1))
    assert load_once(edited, "smoke", [], tmp_path / "cache") == first
    assert load_once(edited, "smoke", ["seed=321"], tmp_path / "cache")["seed"] == 321
    file = edited / "config.yaml"
    file.write_text(file.read_text().replace("seed: 2026", "seed: 5"))
    assert load_once(edited, "smoke", [], tmp_path / "cache")["seed"] == 5


@pytest.mark.parametrize(
    "file",
    ["study/precursors.yaml", "dataset/bbbp.yaml", "splits/molecules.yaml", "published/zhu2023teacher.yaml"],
)
@pytest.mark.parametrize(
    ("text", "found"), [("", "is empty"), ("# nothing\n", "is empty"), ("- a\n", "holds a list")]
)
def test_a_file_without_keys_is_named(edited, file, text, found):
    (edited / file).write_text(text)
    with pytest.raises(ConfigurationError, match=rf"{file} {found}, expected lines .*Hint"):
        load(edited)


def test_a_study_may_have_no_numbers_and_no_claims(edited):
    (edited / "numbers/precursors.yaml").write_text("")
    shutil.rmtree(edited / "claims")
    (edited / "acknowledged.yaml").write_text("")  # what was accepted is of claims
    config = load(edited)
    assert config["study"]["precursors"]["numbers"] == {}
    assert config["claims"] == []
