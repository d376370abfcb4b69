"""Success at k on a table that can be read by eye."""

import polars as pl
import pytest

from retort.studies.precursors.score import first_hits, score
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
    assert values(scores, "valid") == {f"success@{k}": 1.0 for k in range(1, 11)}
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
