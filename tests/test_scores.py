"""`retort scores`, on tables of a few rows."""

import csv
import json

import polars as pl
import pytest

from retort.cli import main
from retort.sealed import write_table

SUMMARY = {
    "dataset": "mine",
    "split": "random",
    "part": "test",
    "unit": "percent",
    "n": 3,
    "n_items": 20,
    "low": 1.0,
    "high": 9.0,
    "note": "",
}


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    """A study with two systems, and two metrics of which the second is better where it is higher."""
    rows = [
        SUMMARY | {"variant": "forest", "metric": "r2", "mean": 0.25},
        SUMMARY | {"variant": "net", "metric": "r2", "mean": 0.75},
        SUMMARY | {"variant": "forest", "metric": "mae", "mean": 5.0},
        SUMMARY
        | {"variant": "net", "metric": "mae", "mean": 7.5, "low": None, "high": None, "note": "n too small"},
        SUMMARY | {"variant": "net", "metric": "mae", "mean": 4.0, "part": "valid"},
        SUMMARY | {"variant": "net", "metric": "mae", "mean": 1.0, "dataset": "other"},
    ]
    folder = tmp_path / "data/results/yields"
    write_table(pl.DataFrame(rows), folder / "summary.parquet")
    systems = {"variant": ["forest", "net"], "title": ["random forest", "network"]}
    write_table(pl.DataFrame(systems), folder / "systems.parquet")
    metrics = {"metric": ["mae", "r2"], "better": ["lower", "higher"]}
    write_table(pl.DataFrame(metrics), folder / "metrics.parquet")
    monkeypatch.chdir(tmp_path)


def test_the_best_of_test_comes_first_whichever_way_a_metric_goes(capsys):
    assert main(["scores", "mine"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "yields, mine (random): mae of test in percent, the best first",
        "  random forest         5  [1, 9]",
        "  network             7.5  (n too small)",
        "  also: r2",
    ]
    assert main(["scores", "mine", "--metric", "r2"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["network", "0.75", "[1,", "9]"]


def test_a_table_has_all_scores(tmp_path, capsys):
    assert main(["scores", "mine", "-o", "mine.csv"]) == 0
    with (tmp_path / "mine.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["system"], row["part"], row["metric"]) for row in rows] == [
        ("random forest", "test", "mae"),
        ("network", "test", "mae"),
        ("network", "valid", "mae"),
        ("random forest", "test", "r2"),
        ("network", "test", "r2"),
    ]
    assert (rows[0]["mean"], rows[1]["low"], rows[0]["study"]) == ("5.0", "", "yields")
    capsys.readouterr()
    assert main(["scores", "mine", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["scores"]) == 5


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            ["mein"],
            "nothing in data/results was scored on 'mein', but on mine, other. Hint: did you mean 'mine'?",
        ),
        (["mine", "--metric", "rmse"], "mine has no scores by 'rmse'. Hint: it has mae, r2"),
    ],
)
def test_what_was_not_scored_is_said(asked, words, capsys):
    assert main(["scores", *asked]) == 2
    assert words in capsys.readouterr().err
