"""The configuration: what composes, and what stops a run before any job, in which words."""

import shutil
from pathlib import Path

import pytest

from retort import plan
from retort.configuration import ConfigurationError, expand, load, load_once, merge

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
        runs = plan.grid(config, study)
        assert len(runs) == len(set(runs)) > 0
        assert block["baseline"] in {run.variant for run in runs}
        assert config["dataset"].keys() >= {run.dataset for run in runs}
        for name in block["figures"] + block["tables"]:
            assert (ROOT / f"src/scripts/{name}.py").exists(), f"{study} lists {name}, which has no script"


def test_overrides_reach_the_runs_settings():
    config = load(CONFIG, "smoke", ["study.precursors.run.training.batch=7", "resamples=123"])
    assert plan.settings(config, "precursors", "selector")["training"]["batch"] == 7
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
        ("smoke", ["study.precursors.figures=[nofig]"], ["figures='nofig'", "precursors_losses"]),
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


def test_ensemble_members_are_shared_by_no_two_replicates():
    config = {
        "study": {
            "s": {
                "grid": [],
                "variants": {
                    "one": {"title": "one"},
                    "many": {
                        "title": "many",
                        "uses": {"members": {"variant": "one", "seeds": 3}, "encoder": "one"},
                    },
                },
            }
        }
    }
    used = [plan.uses(config, plan.RunKey("s", "d", "p", "many", seed)) for seed in (0, 1)]
    assert [key.seed for key in used[0]["members"]] == [0, 1, 2]
    assert [key.seed for key in used[1]["members"]] == [3, 4, 5]
    assert [key.seed for key in used[1]["encoder"]] == [1]
    assert used[0]["encoder"][0].folder == Path("data/runs/s/d/p/one/seed0")


def test_a_configuration_is_composed_once_until_something_changes(edited, tmp_path, monkeypatch):
    first = load_once(edited, "smoke", [], tmp_path / "cache")
    assert first == load(edited, "smoke")
    monkeypatch.setattr("retort.configuration._compose", lambda *_: pytest.fail("composed again"))
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
