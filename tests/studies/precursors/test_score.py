"""Success at k on a table that can be read by eye."""

import polars as pl
import pytest

from retort.studies.precursors.score import first_hits, novelty, score
from retort.studies.precursors.train import PREDICTIONS_SCHEMA


@pytest.fixture
def prepared() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e", "f"],
            "target_key": ["X", "X", "Y", "Z", "X", "W"],
            "precursors": [["P", "Q"], ["P", "R"], ["S", "T"], ["S", "U"], ["P", "Z"], ["S"]],
        }
    )


@pytest.fixture
def split() -> pl.DataFrame:
    parts = ["test", "test", "test", "test", "train", "valid"]
    return pl.DataFrame({"id": ["a", "b", "c", "d", "e", "f"], "part": parts})


def predictions(*proposals: tuple[str, str, int, list[str]]) -> pl.DataFrame:
    table = pl.DataFrame(proposals, schema=["part", "target_key", "rank", "precursors"], orient="row")
    return table.select(
        *(pl.col(name) if name in table.columns else pl.lit(None).alias(name) for name in PREDICTIONS_SCHEMA)
    ).cast(PREDICTIONS_SCHEMA)


def values(table: pl.DataFrame, part: str) -> dict[str, float]:
    return dict(table.filter(part=part).select("metric", "value").rows())


def test_hits_are_counted_per_target_and_part(prepared, split):
    made = predictions(
        ("test", "X", 1, ["P", "Z"]),  # reported in train only: no hit
        ("test", "X", 2, ["R", "P"]),  # the second of two reported sets, in another order
        ("test", "X", 3, ["P", "Q"]),
        ("test", "Y", 1, ["S"]),  # a subset
        ("test", "Y", 2, ["S", "T", "U"]),  # a superset; then nothing more, so Y stays unsolved
        ("valid", "W", 1, ["S"]),
        # Z has no proposal at all and counts as unsolved
    )
    scores, items = score(made, prepared, split)
    test = values(scores, "test")
    assert test["success@1"] == 0
    assert test["success@2"] == pytest.approx(1 / 3)
    assert test["success@10"] == pytest.approx(1 / 3)
    # W of `valid` needs S, which train has never seen.
    assert values(scores, "valid") == {f"success@{k}": 1.0 for k in range(1, 11)} | {
        "success@5-unseen-precursor": 1.0
    }
    assert set(scores["unit"]) == {"fraction"}
    five = items.filter(part="test", metric="success@5").select("id", "value").rows()
    assert dict(five) == {"X": 1.0, "Y": 0.0, "Z": 0.0}
    one = items.filter(part="test", metric="success@1").select("id", "value").rows()
    assert dict(one) == {"X": 0.0, "Y": 0.0, "Z": 0.0}
    assert first_hits(made, prepared, split).filter(target_key="X")["rank"].to_list() == [2]


def test_success_never_falls_with_more_attempts_and_items_agree_with_scores(prepared, split):
    made = predictions(("test", "Y", 7, ["T", "S"]), ("test", "Z", 1, ["S", "U"]))
    scores, items = score(made, prepared, split)
    curve = [values(scores, "test")[f"success@{k}"] for k in range(1, 11)]
    assert curve == pytest.approx([1 / 3] * 6 + [2 / 3] * 4)
    assert items.filter(part="test", metric="success@5")["value"].mean() == curve[4]


def test_a_target_is_as_new_as_the_least_new_of_its_sets():
    rows = [
        ("a", "X", ["P", "Q"], "train"),
        ("b", "Y", ["R", "S"], "unlabelled"),
        ("c", "A", ["Q", "P"], "test"),  # the very set, of another target and in another order
        ("d", "B", ["P", "R"], "test"),  # known precursors, not together
        ("e", "C", ["P", "T"], "test"),  # T is unknown
        ("f", "D", ["T"], "test"),
        ("g", "D", ["R", "S"], "test"),  # withheld, but of the training part
        ("h", "B", ["P", "T"], "valid"),
    ]
    prepared = pl.DataFrame(
        [row[:3] for row in rows], schema=["id", "target_key", "precursors"], orient="row"
    )
    split = pl.DataFrame([(row[0], row[3]) for row in rows], schema=["id", "part"], orient="row")
    assert novelty(prepared, split).rows() == [
        ("test", "A", "known-set"),
        ("test", "B", "new-set"),
        ("test", "C", "unseen-precursor"),
        ("test", "D", "known-set"),
        ("valid", "B", "unseen-precursor"),
    ]
    made = predictions(("test", "A", 2, ["P", "Q"]), ("test", "D", 6, ["R", "S"]), ("valid", "B", 1, ["P"]))
    scores, items = score(made, prepared, split)
    assert set(first_hits(made, prepared, split)["target_key"]) == {"A", "B", "C", "D"}, (
        "Y is nobody's question"
    )
    test = values(scores, "test")
    assert test["success@5"] == 0.25
    assert test["success@5-known-set"] == 0.5
    assert test["success@5-new-set"] == 0
    assert test["success@5-unseen-precursor"] == 0
    known = items.filter(part="test", metric="success@5-known-set").select("id", "value").rows()
    assert dict(known) == {"A": 1.0, "D": 0.0}
    assert "success@5-known-set" not in values(scores, "valid")
