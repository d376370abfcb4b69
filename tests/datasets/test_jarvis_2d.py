"""The two-dimensional materials with their vectors."""

import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from retort.datasets import jarvis_2d
from retort.datasets.errors import SchemaError

from .discovery_files import SALT, of_yaml, published

CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset"


def write(folder, rows=("mp-1,NaCl,-2.0,5.0",), cifs=("mp-1",), vectors=1):
    for part in ("train", "test"):
        here = [row.replace("mp-", "mp-9") if part == "test" else row for row in rows]
        (folder / f"{part}_data.csv").write_text("\n".join(["id,composition,eform,egap", *here]) + "\n")
        np.save(
            folder / f"{part}_embeddings.npy",
            np.arange(vectors * 1536, dtype=np.float32).reshape(vectors, 1536),
        )
        with zipfile.ZipFile(folder / f"{part}_structures.zip", "w") as archive:
            for name in cifs:
                name = name.replace("mp-", "mp-9") if part == "test" else name
                archive.writestr(f"{name}.cif", SALT.to(fmt="cif"))
    return folder


def test_rows_have_both_vectors(tmp_path):
    rows = jarvis_2d.read(write(tmp_path), {}).rows
    assert rows["id"].to_list() == ["2d-mp-1", "2d-mp-91"]
    assert rows.select("formula", "sites", "energy", "gap").row(0) == ("NaCl", 2, -2.0, 5.0)
    assert rows["matbert_formula"][0].to_list() == list(range(768))
    assert rows["matbert_text"][0].to_list() == list(range(768, 1536))
    assert rows.schema["matbert_text"] == pl.List(pl.Float32)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("mp-2,NaCl,-2.0,5.0", "there is no mp-2.cif"),
        ("mp-1,NaCl,high,5.0", "could not convert"),
        ("mp-1,NaCl,nan,5.0", "a label is no finite number"),
    ],
)
def test_bad_rows_are_kept_with_their_reason(tmp_path, row, reason):
    folder = write(tmp_path)
    (folder / "train_data.csv").write_text(f"id,composition,eform,egap\n{row}\n")
    read = jarvis_2d.read(folder, {})
    assert read.rows["id"].to_list() == ["2d-mp-91"]
    assert read.rejects["file"].to_list() == ["train_data.csv"]
    assert reason in read.rejects["reason"][0]


def test_one_vector_for_each_row(tmp_path):
    with pytest.raises(SchemaError, match=r"has shape \(2, 1536\), expected \(1, 1536\)"):
        jarvis_2d.read(write(tmp_path, vectors=2), {})


def test_the_published_counts(tmp_path):
    block = yaml.safe_load((CONFIG / "jarvis_2d.yaml").read_text())
    read = jarvis_2d.read(published(tmp_path, of_yaml(block)), {})
    assert (len(read.rows), len(read.rejects)) == (300, 0)
    text = np.array(read.rows["matbert_text"].to_list())
    unit = text / np.linalg.norm(text, axis=1, keepdims=True)
    pairs = (unit @ unit.T)[np.triu_indices(300, 1)]
    assert pairs.mean() == pytest.approx(0.935, abs=0.002)
