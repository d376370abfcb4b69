"""What a data set has, counted by hand."""

from dataclasses import replace

import numpy as np
import polars as pl
from safetensors.numpy import save_file

from retort.datasets.prepared import REJECT_SCHEMA
from retort.runs import Run, RunInputs
from retort.sealed import read_table, write_table
from retort.studies.scitext.counts import counts
from retort.studies.scitext.tables import DETAILS
from tests.studies.scitext.judged import PARTS, corpus, run


def test_annotated_documents_are_counted_by_part(tmp_path):
    inputs = corpus(tmp_path)
    # A split with fewer training documents, which is not what the data set has.
    fewer = replace(inputs, split=tmp_path / "entities-n2.parquet")
    write_table(read_table(inputs.split).filter(pl.col("id") >= "d04"), fewer.split)
    runs = [run(tmp_path, each, each.split.stem, 0) for each in (fewer, inputs)]
    table = pl.DataFrame(counts(runs), schema=DETAILS["counts"], orient="row")
    test = dict(table.filter(part="test").select("quantity", "n").iter_rows())
    n = PARTS["test"]
    assert test == {
        "documents": n,
        "sentences": 2 * n,
        "words": 19 * n,
        "entities": 5 * n,
        "nested entities": 2 * n,
        "entities wider than 8": n,
        "relations": 3 * n,
        "symmetric relations": 2 * n,
        "clusters": 2 * n,
        "mentions": 4 * n,
    }
    every = dict(table.filter(part="all").select("quantity", "n").iter_rows())
    assert every["words"] == 19 * sum(PARTS.values())
    assert every["rejects"] == 3
    assert every["rejected: no words"] == 2
    assert (table["value"] == table["n"]).all()


def test_a_corpus_is_counted_by_domain_with_its_pieces(tmp_path):
    rows = [
        ("a", "general", "one two three", "train", 5),
        ("b", "science", "one two", "train", 3),
        ("c", "science", "one", "test", 2),
        ("d", "science", "left out", "excluded", 100),
    ]
    table = pl.DataFrame(rows, schema=["id", "domain", "text", "part", "pieces"], orient="row")
    inputs = RunInputs(tmp_path / "corpora.parquet", tmp_path / "all.parquet", {"word_pieces": tmp_path})
    write_table(table.select("id", "domain", "text"), inputs.prepared)
    write_table(pl.DataFrame(schema=dict(REJECT_SCHEMA)), inputs.prepared.with_suffix(".rejects.parquet"))
    write_table(table.select("id", "part"), inputs.split)
    save_file({"offsets": np.array([0, 5, 8, 10, 110])}, tmp_path / "pieces.safetensors")
    lm = Run("scitext", "corpora", "all", "lm-general", 0, tmp_path, inputs, {"method": "pretrain"})
    found = pl.DataFrame(counts([lm]), schema=DETAILS["counts"], orient="row")
    every = dict(found.filter(part="all").select("quantity", "n").iter_rows())
    assert every == {
        "documents": 3,
        "words": 6,
        "documents of general": 1,
        "words of general": 3,
        "pieces of general": 5,
        "documents of science": 2,
        "words of science": 3,
        "pieces of science": 5,
        "rejects": 0,
    }
    train = dict(found.filter(part="train").select("quantity", "n").iter_rows())
    assert train["pieces of science"] == 3
