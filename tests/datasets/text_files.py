"""Files of annotated text for tests: small ones in the real formats, and where the mirror's are."""

import json
import os
from pathlib import Path

import polars as pl
import pytest
import yaml

from retort.datasets.download import mirrors_from

CONFIG = Path(__file__).parents[2] / "workflow" / "config" / "dataset"

# Two abstracts as SciERC writes them: numbers of the document's words, the last word of a span included.
ONE = {
    "clusters": [[[0, 1], [7, 7]]],
    "sentences": [["Sparse", "coding", "labels", "images", "."], ["We", "test", "it", "on", "COCO", "."]],
    "ner": [[[0, 1, "Method"], [3, 3, "Material"]], [[7, 7, "Generic"], [9, 9, "Material"]]],
    "relations": [[[0, 1, 3, 3, "USED-FOR"]], [[9, 9, 7, 7, "EVALUATE-FOR"]]],
    "doc_key": "X01-0001",
}
TWO = {
    "clusters": [],
    "sentences": [["Parsing", "is", "hard", "."]],
    "ner": [[[0, 0, "Task"]]],
    "relations": [[]],
    "doc_key": "X01-0002",
}
PARTS = {"train": "train.json", "valid": "dev.json", "test": "test.json"}


def write_lines(path, *records):
    """JSON lines without a line end after the last, as SciERC's."""
    path.write_text("\n".join(json.dumps(one) for one in records), encoding="utf-8")


def scierc(folder, train=(ONE,), valid=(TWO,), test=(TWO | {"doc_key": "X01-0003"},)):
    """The three files of SciERC in a folder."""
    for part, records in (("train", train), ("valid", valid), ("test", test)):
        write_lines(folder / PARTS[part], *records)
    return folder


def mirrored(dataset, tmp_path):
    """A folder with the mirror's files of a data set under the names of its YAML, and the reader's settings."""
    block = yaml.safe_load((CONFIG / f"{dataset}.yaml").read_text(encoding="utf-8"))
    for mirror in mirrors_from(os.environ):
        if all((mirror / file["mirror"]).is_file() for file in block["files"]):
            for file in block["files"]:
                (tmp_path / file["name"]).symlink_to(mirror / file["mirror"])
            return tmp_path, block["settings"]
    pytest.skip(f"no folder of RETORT_MIRRORS holds the files of {dataset}")


def counts(rows):
    """Documents, sentences, words, entities, relations and clusters of each part."""
    return {
        part: (
            len(group),
            group["sentences"].list.len().sum(),
            group["sentences"].explode().list.len().sum(),
            *(group[column].list.len().sum() for column in ("entities", "relations", "clusters")),
        )
        for (part,), group in rows.group_by(pl.col("published_part"), maintain_order=True)
    }
