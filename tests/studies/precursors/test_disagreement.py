"""How often papers agree on a target, counted by hand."""

import polars as pl
import pytest

from retort.studies.precursors.disagreement import ALL, COLUMNS, ONE, agreement

ROWS = [
    # X: two papers name AB, a third AC and AB. Y: two that disagree. Z: one paper, twice.
    ("X", ["A", "B"], "1", "train"),
    ("X", ["B", "A"], "2", "test"),
    ("X", ["A", "C"], "3", "test"),
    ("X", ["A", "B"], "3", "test"),
    ("Y", ["A"], "4", "test"),
    ("Y", ["B"], "5", "test"),
    ("Z", ["A"], "6", "test"),
    ("Z", ["B"], "6", "test"),
    ("Z", ["A"], None, "test"),
]


def tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    names = [f"r{number}" for number in range(len(ROWS))]
    prepared = pl.DataFrame(
        [(name, *row[:3]) for name, row in zip(names, ROWS, strict=True)],
        schema=["id", "target_key", "precursors", "doi"],
        orient="row",
    )
    return prepared, pl.DataFrame({"id": names, "part": [row[3] for row in ROWS]})


def test_chances_by_hand():
    found = agreement(*tables())
    assert tuple(found.columns) == COLUMNS
    value = {row[:3]: row[3] for row in found.select("part", "guess", "k", "value").iter_rows()}
    # Of X, one of 1, 2 always names the other and 3; one of the two sets of 3 names theirs.
    pairs = (1 + 1 + 1 + 1 + 0.5 + 0.5) / 6
    assert value["all", ONE, 1] == pytest.approx(pairs / 2)
    # The others' most reported set is AB for each of the three papers on X.
    assert value["all", ALL, 1] == value["all", ALL, 5] == pytest.approx(1 / 2)
    # In the test part X has papers 2 and 3: the first guess for 2 is AB, before AC of the same count.
    assert value["test", ONE, 1] == pytest.approx((1 + 0.5) / 2 / 2)
    assert value["test", ALL, 1] == pytest.approx(1 / 2)
    counted = {row[:1]: row[1:] for row in found.select("part", "n", "papers").unique().iter_rows()}
    assert counted == {("all",): (2, 5), ("test",): (2, 4)}


def test_without_two_papers_on_one_target_there_is_nothing_to_say():
    prepared, split = tables()
    assert agreement(prepared.filter(target_key="Z"), split).is_empty()
