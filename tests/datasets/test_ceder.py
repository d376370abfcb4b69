"""The published reactions: awkward rows by hand, and the published counts where the file is at hand."""

import json
import os
from pathlib import Path

import polars as pl
import pytest
import yaml

from retort.datasets import ceder
from retort.datasets.download import mirrors_from
from retort.datasets.errors import LeakageError, SchemaError
from retort.datasets.reactions import SCHEMA
from retort.datasets.splits import manifest, split

PRECURSORS = {
    "0": ["SrCO3"],
    "1": ["TiO2"],
    "2": ["La(NO3)3.6H2O"],
    "3": ["La(NO3)3"],
    "4": ["PH6NO4"],
    "5": ["Sr?"],
}
HEADER = "target,precursor_ids,doi,year,type"


def table(folder, *lines):
    (folder / "ceder_split.csv").write_text("\n".join((HEADER, *lines)) + "\n")
    (folder / "ceder_precursor_id.json").write_text(json.dumps(PRECURSORS))
    return folder


def test_rows_keys_names_and_weights(tmp_path):
    rows = ceder.read(
        table(
            tmp_path,
            'SrTiO3,"1,0",10.1/a,2001,train',
            'Sr0.5La0.5TiO3,"2,1,0",10.1/a,2001,train',
            'Sr0.6La0.4TiO3,"3,0,1",10.1/a,2001,train',
            'SrTiO3,"0,1",10.1/a,2001,train',
            'SrTiO3,"0,1",10.1/b,2016,val',
            'Sr3P2O8,"0,4",10.1/c,2018,test',
        ),
        {},
    ).rows
    assert dict(rows.schema) == SCHEMA
    assert rows["id"].to_list() == [f"ceder-00000{i}" for i in range(6)]
    assert rows["target_key"][0] == "O0.6000 Sr0.2000 Ti0.2000"
    # The hydrate and the dry nitrate are one precursor, so rows 1 and 2 are one recipe expanded twice.
    assert rows["precursors"].to_list()[1:3] == [["La(NO3)3", "SrCO3", "TiO2"]] * 2
    assert rows["precursors"].to_list()[5] == ["NH4H2PO4", "SrCO3"]
    assert rows["weight"].to_list() == [1, 0.5, 0.5, 1, 1, 1]
    assert rows["published_part"].to_list() == ["train"] * 4 + ["valid", "test"]
    assert rows["chemical_system"].to_list()[1] == "La-O-Sr-Ti"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('SrXx3,"0,1",10.1/a,2001,train', "unknown element 'Xx'"),
        (',"0,1",10.1/a,2001,train', "no target"),
        ('SrTiO3,"0,99",10.1/a,2001,train', "unknown precursor id 99"),
        ("SrTiO3,,10.1/a,2001,train", "no precursors"),
        ('SrTiO3,"0,1,0",10.1/a,2001,train', "two precursors of one composition"),
        ('La2Sr2O5,"2,3,0",10.1/a,2001,train', "two precursors of one composition"),
        ('SrZrO3,"0,1",10.1/a,2001,train', "do not bring every element of the target: no Zr"),
        ('HfLaNO2,"0,1",10.1/a,2001,train', "do not bring every element of the target: no N, La, Hf"),
        ('SrTiO3,"5,1",10.1/a,2001,train', "unexpected '?'"),
        ('SrTiO3,"0,1",,2001,train', "no doi"),
        ('SrTiO3,"0,1",10.1/a,soon,train', "year soon is no number"),
        ('SrTiO3,"0,1",10.1/a,2001,exam', "type exam is none of"),
    ],
)
def test_bad_rows_are_kept_as_rejects_with_their_reason(tmp_path, line, reason):
    good = 'SrTiO3,"0,1",10.1/z,2001,train'
    prepared = ceder.read(table(tmp_path, good, line, good), {})
    assert prepared.rows["id"].to_list() == ["ceder-000000", "ceder-000002"]
    assert prepared.rejects.select("file", "row").rows() == [("ceder_split.csv", 1)]
    assert reason in prepared.rejects["reason"][0]
    assert " <- " in prepared.rejects["value"][0]


def test_one_composition_written_twice_has_one_name(tmp_path):
    lines = [f'NaTiO2,"{i},1",10.1/{i},2001,train' for i in "78"]
    table(tmp_path, *lines)
    formulas = PRECURSORS | {"7": ["Na4.2O2.28"], "8": ["Na2.1O1.14"]}
    (tmp_path / "ceder_precursor_id.json").write_text(json.dumps(formulas))
    assert ceder.read(tmp_path, {}).rows["precursors"].to_list() == [["Na2.1O1.14", "TiO2"]] * 2


def test_oxygen_and_hydrogen_need_no_source(tmp_path):
    assert ceder.read(table(tmp_path, 'SrTiHO3,"0,1",10.1/a,2001,train'), {}).rejects.is_empty()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (HEADER + "\n", "no rows"),
        ("target,doi,year,type\nSrTiO3,a,2001,train\n", "no column 'precursor_ids'"),
        (None, "does not exist"),
    ],
)
def test_an_unusable_file_is_named(tmp_path, content, said):
    table(tmp_path)
    path = tmp_path / "ceder_split.csv"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(SchemaError, match=said) as caught:
        ceder.read(tmp_path, {})
    assert str(path) in str(caught.value)
    assert "Hint:" in str(caught.value)


def test_a_damaged_precursor_table_is_named(tmp_path):
    table(tmp_path, 'SrTiO3,"0,1",10.1/a,2001,train')
    (tmp_path / "ceder_precursor_id.json").write_text('{"0": ["SrCO3", "SrO"]}')
    with pytest.raises(SchemaError, match="expected a list of one formula"):
        ceder.read(tmp_path, {})


@pytest.fixture(scope="module")
def published():
    for mirror in mirrors_from(os.environ):
        if (mirror / "reactions" / "ceder_split.csv").is_file():
            return ceder.read(mirror / "reactions", {})
    pytest.skip("no folder of RETORT_MIRRORS holds reactions/ceder_split.csv")


def test_the_published_counts(published):
    rows = published.rows
    assert published.rejects.is_empty()
    counted = {
        part: (len(group), group["target_key"].n_unique(), group["weight"].sum())
        for (part,), group in rows.group_by("published_part")
    }
    assert {part: count[:2] for part, count in counted.items()} == {
        "train": (44_736, 24_594),
        "valid": (2_254, 1_939),
        "test": (2_934, 2_697),
    }
    assert counted["train"][2] == pytest.approx(30_259)
    assert rows["doi"].n_unique() == 24_304
    assert (rows["year"].min(), rows["year"].max()) == (1979, 2020)
    sizes = rows["precursors"].list.len().value_counts().sort("precursors")["count"].to_list()
    assert sizes == [16_320, 20_369, 10_729, 2_506]


def test_one_name_per_precursor(published):
    # 1,037 ids, nine of which are hydrates of others or the same salt written twice.
    assert published.rows["precursors"].explode().n_unique() == 1_028


def test_the_published_split(published):
    path = Path(__file__).parents[2] / "workflow" / "config" / "dataset" / "ceder.yaml"
    settings = yaml.safe_load(path.read_text())["splits"]["published"]
    parts = split(published.rows, settings, seed=0)
    report = manifest(published.rows, parts, settings)
    assert report["leakage"] == 0
    assert report["targets_shared_with_train"] == {"valid": 0, "test": 2}
    assert report["sha256"] == "e7f554b1d9b334262654d3d89d0f71e23a1ead97883f3259b9e82b962e95a2b6"
    assert parts.equals(published.rows.select("id", part=pl.col("published_part")))
    with pytest.raises(LeakageError, match="2 groups"):
        manifest(published.rows, parts, {**settings, "group": "target_key"})
