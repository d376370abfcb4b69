"""What programs read: which table is missing is said by name, paths have defaults, and labels are counted."""

from pathlib import Path

import polars as pl
import pytest

from retort.report.results import Results, commonest, figure_arguments, in_blocks
from retort.sealed import write_table


def test_what_is_missing_is_named(tmp_path, capsys):
    with pytest.raises(FileNotFoundError, match=r"scores\.parquet.*snakemake results"):
        _ = Results(tmp_path, "precursors").scores
    with pytest.raises(SystemExit):
        figure_arguments("precursors_map.py", "precursors", ["--results", str(tmp_path / "no")])
    assert "not a folder" in capsys.readouterr().err


def test_default_paths(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/results/precursors").mkdir(parents=True)
    results, path = figure_arguments("src/scripts/precursors_map.py", "precursors", [])
    assert results.folder == Path("data/results/precursors")
    assert path == Path("src/tex/figures/precursors_map.pdf")


def test_blocks_keep_what_ran_and_rules_go_where_they_start():
    blocks = (("a", "b"), ("c",), ("d", "e"))
    assert in_blocks(blocks, {"e": 1, "b": 2, "d": 3, "other": 4}) == (["b", "d", "e"], [0, 1])
    assert in_blocks(blocks, ["c", "a", "b", "d", "a"]) == (["a", "b", "c", "d"], [0, 2, 3])
    assert in_blocks(blocks, pl.Series(["c"])) == (["c"], [0])
    assert in_blocks(blocks, []) == in_blocks([], ["a"]) == ([], [])


def test_the_commonest_value_is_shown_where_the_preferred_one_is_not_there():
    assert commonest(["b", "c", "c", "a"], "a") == "a"
    assert commonest(["b", "c", "c", "a"], "d") == "c"
    assert commonest(pl.Series(["b", "a", "b", "a", "c"]), "d") == "a"  # of equals the first by name
    assert commonest([], "d") == ""


@pytest.fixture
def few_labels(tmp_path) -> Results:
    """A place with all labels, the same one with fewer, and two that are other ones."""
    rows = {
        "name": ["all", None, "other split", "other data"],
        "dataset": ["one", "one", "one", "two"],
        "split": ["random", "random-05", "strict", "random"],
        "protocol": ["random", "random", "strict", "random"],
        "rows_train": [80, 80, 70, 60],
        "labels_train": [None, 4, None, 50],
    }
    write_table(pl.DataFrame(rows), tmp_path / "places.parquet")
    return Results(tmp_path, "study")


def test_labels_of_a_place_are_its_rows_unless_some_are_withheld(few_labels):
    assert [few_labels.labels(name) for name in ("all", "other split", "other data")] == [80, 70, 50]
    assert few_labels.labels(few_labels.places.row(1, named=True)) == 4
    assert few_labels.labels("nowhere") is None


def test_places_that_differ_in_labels_alone_are_counted_together(few_labels):
    assert few_labels.label_counts("all").rows() == [("one", "random", 80), ("one", "random-05", 4)]
    assert few_labels.label_counts("other data").rows() == [("two", "random", 50)]
    nowhere = few_labels.label_counts("nowhere")
    assert nowhere.is_empty()
    assert nowhere.columns == ["dataset", "split", "labels"]


def test_the_main_place_is_the_studys_own_though_a_guest_has_more_scores(tmp_path):
    places = {"dataset": ["mine", "own", "own"], "split": ["family", "published", "few"], "order": [2, 0, 1]}
    places["splits"] = [["family-0", "family-1"], ["published"], ["few-0", "few-1"]]
    write_table(pl.DataFrame(places), tmp_path / "places.parquet")
    scores = {
        "dataset": ["own", "own", "own", "mine", "mine", "mine", "mine"],
        "split": ["few-0", "published", "few-1", "family-0", "family-1", "family-0", "family-1"],
    }
    write_table(pl.DataFrame(scores), tmp_path / "scores.parquet")
    place = Results(tmp_path, "study").main_place()
    assert (place["dataset"], place["split"]) == ("own", "few"), "of its splits that of most scores"


def test_items_are_found_in_one_file_or_in_one_for_each_quantity(tmp_path):
    write_table(
        pl.DataFrame({"metric": ["mae", "n"], "items": ["absolute_error", None]}),
        tmp_path / "metrics.parquet",
    )
    errors = pl.DataFrame({"metric": ["absolute_error"], "id": ["a"], "value": [1.5]})
    write_table(errors, tmp_path / "items" / "one-random.parquet")
    write_table(errors, tmp_path / "items" / "two-random-absolute_error.parquet")
    results = Results(tmp_path, "study")
    for dataset in ("one", "two"):
        assert results.items({"dataset": dataset, "split": "random"}).equals(errors)
    with pytest.raises(FileNotFoundError, match=r"items/three-random\.parquet"):
        results.items({"dataset": "three", "split": "random"})


def test_a_pair_is_two_cells_where_it_is_compared_and_empty_ones_elsewhere(few_labels):
    row = {
        "dataset": "one",
        "split": "random",
        "part": "test",
        "metric": "f1",
        "variant": "a",
        "against": "b",
    }
    numbers = {"difference": 0.125, "low": 0.0625, "high": 0.1875}
    valid = {"part": "valid", "difference": 0.5}
    families = [row | numbers | {"family": name} for name in ("control", "claims")]
    write_table(
        pl.DataFrame([row | numbers | valid | {"family": "control"}, *families]),
        few_labels.folder / "contrasts.parquet",
    )
    named = {
        "metric": "f1",
        "label": "F1",
        "unit": "fraction",
        "better": "higher",
        "digits": 1,
        "percent": True,
    }
    write_table(pl.DataFrame([named]), few_labels.folder / "metrics.parquet")
    write_table(
        few_labels.places.with_columns(splits=pl.lit([], pl.List(pl.String))),
        few_labels.folder / "places.parquet",
    )
    results = Results(few_labels.folder, "study")
    assert results.compared("all", "a", "b", "f1")["difference"] == 0.125
    value, interval = results.difference("all", "a", "b", "f1").split(" & ")
    assert value == "$+$12.5"
    assert r"\ci{$+$6.2}{$+$18.8}" in interval
    assert results.compared("all", "b", "a", "f1") is None
    assert (
        results.difference("other data", "a", "b", "f1")
        == results.difference("nowhere", "a", "b", "f1")
        == " & "
    )


def test_above_a_column_stands_how_many_documents_train(few_labels):
    assert (
        few_labels.heading("other split", "entities", "abstracts") == r"\shortstack{entities\\70 abstracts}"
    )
