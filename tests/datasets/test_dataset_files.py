"""The data set files under workflow/config and their schema."""

import copy
import importlib
from pathlib import Path

import jsonschema
import pytest
import yaml

from retort.datasets import rebuild

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = yaml.safe_load((WORKFLOW / "schemas" / "dataset.schema.yaml").read_text())
SPLITS = yaml.safe_load((WORKFLOW / "schemas" / "splits.schema.yaml").read_text())
DATASETS = {
    path.stem: yaml.safe_load(path.read_text()) for path in (WORKFLOW / "config" / "dataset").glob("*.yaml")
}
for block in DATASETS.values():
    if isinstance(block.get("splits"), str):  # shared with others
        block["splits"] = yaml.safe_load((WORKFLOW / "config/splits" / f"{block['splits']}.yaml").read_text())


def validate(block):
    jsonschema.Draft202012Validator(SCHEMA).validate(block)
    if "splits" in block:
        jsonschema.Draft202012Validator(SPLITS).validate(block["splits"])


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_the_yaml_is_valid_and_its_reader_exists(name):
    block = DATASETS[name]
    validate(block)
    reader = importlib.import_module(f"retort.datasets.{block['reader']}")
    assert callable(reader.read)
    if "generator" in block:
        assert callable(importlib.import_module(f"retort.datasets.{block['generator']['module']}").generate)


@pytest.mark.parametrize(
    "damage",
    [
        lambda block: block.update(colour="red"),
        lambda block: block.pop("licence"),
        lambda block: block.update(domain="alchemy"),
        lambda block: block["files"][0].pop("sha256"),
        lambda block: block["files"][0].update(sha256="abc"),
        lambda block: block["files"][0].update(mirror="/absolute"),
        lambda block: block["files"][0].update(url="ftp://host/file"),
        lambda block: block["files"][0].update(bytes=0),
        lambda block: block["splits"]["published"].update(kind="random"),
        lambda block: block["splits"]["published"].pop("group"),
        lambda block: block["splits"]["published"].update(kind="family"),
        lambda block: block.update(generator={"module": "ceder", "seed": 0, "settings": {}}),
        lambda block: block.pop("files"),
    ],
)
def test_a_damaged_block_is_refused(damage):
    block = copy.deepcopy(DATASETS["ceder"])
    damage(block)
    with pytest.raises(jsonschema.ValidationError):
        validate(block)


@pytest.mark.parametrize("name", sorted(name for name in DATASETS if "files" in DATASETS[name]))
def test_every_rebuilt_file_has_a_function_that_makes_it(name):
    for file in DATASETS[name]["files"]:
        if "rebuild" in file:
            assert callable(getattr(rebuild, file["rebuild"]["by"]))


@pytest.mark.parametrize(
    "damage",
    [
        lambda made: made.pop("by"),
        lambda made: made.update(by="magic"),
        lambda made: made.update(sha256="abc"),
        lambda made: made.pop("bytes"),
        lambda made: made.update(colour="red"),
    ],
)
def test_a_damaged_rebuild_is_refused(damage):
    block = copy.deepcopy(DATASETS["jarvis"])
    damage(block["files"][0]["rebuild"])
    with pytest.raises(jsonschema.ValidationError):
        validate(block)


def test_two_data_sets_declare_the_same_file_the_same_way():
    files = {}
    for block in DATASETS.values():
        for file in block.get("files", ()):
            assert files.setdefault(file["mirror"], file) == file
