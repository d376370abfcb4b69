"""Documents read as they were prepared, and the table that runs leave behind."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from retort.sealed import read_table, write_table
from retort.studies.scitext.data import PREDICTIONS, Annotations, Span, losses, predictions, read
from tests.studies.scitext.documents import table, three


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    documents = [replace(each, id=f"{each.id}-{copy}") for copy in range(2) for each in three()]
    write_table(table(documents), tmp_path / "prepared.parquet")
    split = pl.DataFrame(
        {
            # In another order than the table: documents are found by id.
            "id": [each.id for each in reversed(documents)],
            "part": ["test", "excluded", "valid", "unlabelled", "test", "train"],
        }
    )
    write_table(split, tmp_path / "split.parquet")
    return tmp_path / "prepared.parquet", tmp_path / "split.parquet"


def test_documents_come_back_with_their_parts(files):
    documents = read(*files)
    assert [each.id for each in documents.every] == ["alpha-0", "beta-0", "alpha-1", "gamma-1"]
    assert [each.id for each in documents.predicted] == ["alpha-1", "beta-0", "gamma-1"]
    (train,) = documents.of("train")
    expected = three()[0]
    assert train == replace(expected, id="alpha-0", gold=train.gold)
    assert list(train.gold.entities) == list(expected.gold.entities)
    assert list(train.gold.relations) == list(expected.gold.relations)
    assert train.gold.clusters == expected.gold.clusters
    assert train.bounds == [Span(0, 8), Span(8, 13), Span(13, 21)]
    assert train.words[14] == "model"
    assert len(train.words) == 21
    assert documents.entity_types == ["Generic", "Material", "Method", "Task"]
    assert documents.relation_types == ["Compare", "Used-for"]


def test_a_split_without_training_documents_is_named(files):
    split = read_table(files[1]).with_columns(part=pl.lit("test"))
    write_table(split, files[1])
    with pytest.raises(ValueError, match=r"split.parquet: no document .* Hint"):
        read(*files)


def test_predictions_can_be_read_again(tmp_path):
    documents = [replace(each, part="test") for each in three()]
    said = [replace(each.gold, pairs=each.gold.relations) for each in documents]
    written = predictions(documents, said, "relations")
    assert dict(written.schema) == PREDICTIONS
    write_table(written, tmp_path / "predictions.parquet")
    rows = list(read_table(tmp_path / "predictions.parquet").iter_rows(named=True))
    for row, expected in zip(rows, said, strict=True):
        back = Annotations.of(row)
        assert list(back.entities) == list(expected.entities)
        assert list(back.pairs) == list(expected.pairs)
        assert [list(cluster) for cluster in back.clusters] == list(expected.clusters)
    assert rows[2]["entities"] == []
    assert rows[2]["clusters"] == []
    assert rows[2]["loss"] is None


@pytest.mark.parametrize(("target", "count"), [("entity", 3), ("entities", 2)])
def test_a_wrong_target_or_count_is_named(target, count):
    with pytest.raises(
        ValueError, match=f"{count} predictions of 3 documents for the target '{target}'.*Hint"
    ):
        predictions(three(), [Annotations()] * count, target)


def test_losses_have_the_same_schema():
    row = {"id": "a", "part": "test", "domain": "science", "loss": 3.5, "hidden": 2, "unigram": 13.0}
    written = losses([row])
    assert dict(written.schema) == PREDICTIONS
    assert written.select(list(row)).row(0, named=True) == row
    assert written["entities"][0] is None
