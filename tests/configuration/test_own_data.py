"""A data set of one's own: a few lines of YAML and a file on this machine."""

import hashlib

import pytest
import yaml

from retort.configuration import ConfigurationError, load, load_once
from retort.plan import Plan


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


def test_it_may_be_split_in_another_way_than_the_guests_are(edited):
    own_dataset(edited, join={"study": "molecules", "split": "random"})
    blocks = [block for block in load(edited)["study"]["molecules"]["grid"] if block["dataset"] == "mine"]
    assert [block["split"] for block in blocks] == [f"random-{draw}" for draw in range(5)]
    assert {block["name"] for block in blocks} == {"mine"}, "draws of one family are one place"


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
        ({"join": "precursors"}, ["dataset.mine.join='precursors'", "domain 'reactions', not 'molecules'"]),
        ({"join": "discovery"}, ["dataset.mine.join='discovery'", "expected one of molecules, precursors"]),
        ({"join": {"study": "molecules", "splits": "strict"}}, ["splits in dataset.mine.join", "Hint"]),
        (
            {"join": {"study": "molecules", "split": "stict"}},
            ["study.molecules.grid", ".split='stict'", "did you mean 'strict'"],
        ),
        ({"splits": "moleculs"}, ["dataset.mine.splits='moleculs'", "molecules", "Hint"]),
        (
            {"splits": {"other": {"kind": "published", "group": "id"}}},
            ["study.molecules.grid", ".split='strict'", "other"],
        ),
        ({"title": None}, ["dataset.mine has no title", "Hint: title: What the paper calls it."]),
        ({"licence": None}, ["dataset.mine has no licence", "Hint: licence: Licence of the data"]),
        (
            {"files": [{"name": "mine.csv"}]},
            ["dataset.mine.files.0 has name, expected either", "or name, local. Hint"],
        ),
        ({"citation": ["tox21#2"]}, ["dataset.mine.citation='tox21#2' is no citation key", "Hint"]),
        ({"citation": ["tox 21"]}, ["dataset.mine.citation='tox 21' is no citation key", "Hint"]),
        ({"files": [{"name": "..", "local": "x.csv"}]}, ["files.0.name='..'", "without a folder"]),
        ({"files": [{"name": "a/b", "local": "x.csv"}]}, ["files.0.name='a/b'", "without a folder"]),
        ({"splits": {"my own": {"kind": "random", "group": "id"}}}, ["'my own'", "letters, digits"]),
    ],
)
def test_a_mistake_in_an_own_data_set_names_it(edited, changed, words):
    own_dataset(edited, **changed)
    with pytest.raises(ConfigurationError) as error:
        load(edited)
    for word in words:
        assert word in str(error.value)


MOLECULES = {"file": "mine.csv", "smiles": "smiles", "labels": {"active": "classification"}}
FORMULAS = {"file": "mine.csv", "formula": "f", "labels": {"bulk": {"column": "K", "unit": "GPa"}}}
YIELDS = {"file": "mine.csv", "components": {"halide": "X", "amine": "N"}, "product": "P", "yield": "Y"}


@pytest.mark.parametrize(
    ("reader", "settings", "words"),
    [
        (
            "molecule_table",
            MOLECULES | {"seperator": ";"},
            ["unknown key seperator", "did you mean 'separator'"],
        ),
        ("molecule_table", {"file": "mine.csv", "smiles": "smiles"}, ["settings has no labels"]),
        ("molecule_table", MOLECULES | {"labels": ["active"]}, ["settings.labels=['active']", "type object"]),
        ("molecule_table", MOLECULES | {"labels": {"a": "regresion"}}, ["settings.labels.a='regresion'"]),
        ("molecule_table", MOLECULES | {"parts": {}}, ["expected either file or parts"]),
        ("yield_table", YIELDS | {"scale": "100"}, ["settings.scale='100'", "type number"]),
        ("yield_table", YIELDS | {"components": ["X", "N"]}, ["settings.components=", "{halide: Halide"]),
        ("formula_table", FORMULAS | {"labels": ["K"]}, ["settings.labels=['K']", "{column: .., unit: ..}"]),
        ("synthesis_table", {"file": "mine.csv", "target": "T", "precursors": "P"}, ["a list of columns"]),
        ("annotated_documents", {}, ["settings has no key, expected either file or parts"]),
    ],
)
def test_a_mistake_in_what_a_reader_is_given_is_told_before_any_job(edited, reader, settings, words):
    path, _ = own_dataset(edited, reader=reader, settings=settings, join=None, splits=None)
    with pytest.raises(ConfigurationError) as error:
        load(edited)
    for word in (f"{path}: ", "dataset.mine.settings", "Hint: ", *words):
        assert word in str(error.value)


def test_what_readers_may_be_given_is_no_mistake(edited):
    """A list of columns, other words for the parts, and classes by words of one's own."""
    labels = {"active": {"column": "a", "kind": "classification", True: "ja", False: "nein"}}
    own_dataset(edited, settings=MOLECULES | {"labels": labels, "separator": "\t"})
    syntheses = {"file": "mine.csv", "target": "T", "precursors": ["A", "B"], "columns": ["fold"]}
    part = {"column": "fold", "train": ["0", "1"], "valid": "2", "test": "3"}
    own_dataset(edited, reader="synthesis_table", settings=syntheses | {"part": part}, join=None, splits=None)
    load(edited)


def test_a_mistake_in_a_block_is_one_short_line(edited):
    """What is missing is said without the block that lacks it."""
    own_dataset(edited, licence=None)
    with pytest.raises(ConfigurationError) as error:
        load(edited)
    assert "Measured here" not in str(error.value)
    assert str(error.value).count("\n") == 0
    own_dataset(edited, licence=None, license="ours")
    with pytest.raises(ConfigurationError, match=r"licen[cs]e"):
        load(edited)


def test_a_mirror_path_stays_below_its_mirror(edited):
    path = edited / "dataset/ceder.yaml"
    path.write_text(path.read_text().replace("mirror: ", "mirror: ../", 1))
    with pytest.raises(ConfigurationError, match=r"ceder.yaml: dataset.ceder.files.0.mirror='\.\./"):
        load(edited)


def test_bare_words_for_the_classes_reach_the_reader(edited):
    from retort.datasets import molecule_table

    label = "{kind: classification, true: binder, false: none}"
    path, table = own_dataset(edited)
    path.write_text(path.read_text().replace("active: classification", f"active: {label}"))
    table.write_text("smiles,active\nCCO,binder\nCCN,none\n")
    settings = load(edited)["dataset"]["mine"]["settings"]
    assert molecule_table.read(table.parent, settings).rows["active"].to_list() == [True, False]


@pytest.mark.parametrize(
    ("name", "proposed"), [("my data", "my_data"), ("1st", "set_1st"), ("a.b", "a_b"), ("naïve", "na_ve")]
)
def test_a_name_that_paths_cannot_bear_is_refused_with_another(edited, name, proposed):
    path, _ = own_dataset(edited)
    path.rename(path.with_stem(name))
    with pytest.raises(
        ConfigurationError, match=rf"dataset/{name}.yaml: '{name}' is no name, .*{proposed}.yaml"
    ):
        load(edited)
