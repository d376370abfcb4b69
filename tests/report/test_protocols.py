"""Places of the strict protocol, and the numbers around a table of them, from small tables."""

import polars as pl
import pytest

from retort.report.metrics import Metric
from retort.report.protocols import below, gain, main_metric, sizes, strict
from retort.report.results import Results
from retort.sealed import write_table

PLACES = (
    # dataset, split, name, title, protocol, share, order, rows_test
    ("zinc", "corpus", "corpus", "ZINC", "corpus", 1.0, 0, None),
    ("esol", "strict", "esol", "ESOL (log mol/L)", "strict", 1.0, 1, 111),
    ("bbbp", "strict", "bbbp", "BBBP", "strict", 1.0, 2, 193),
    ("bbbp", "strict-10-0", "bbbp-strict-10-0", "BBBP", "strict", 0.1, 3, 193),
    ("bbbp", "scaffold", "bbbp-scaffold", "BBBP", "scaffold", 1.0, 4, 204),
    ("muv", "strict", "muv", "MUV", "strict", 1.0, 5, 90),
)
PLACES_COLUMNS = ["dataset", "split", "name", "title", "protocol", "share", "order", "rows_test"]


@pytest.fixture
def results(tmp_path):
    """Scores at all places but MUV; GIN and the forest, with two and three seeds."""
    places = pl.DataFrame(PLACES, schema=PLACES_COLUMNS, orient="row")
    write_table(places.with_columns(splits=pl.concat_list("split")), tmp_path / "places.parquet")
    rows = [
        (dataset, split, variant, "test", "rmse" if dataset == "esol" else "roc_auc", n)
        for dataset, split, *_ in PLACES[1:5]
        for variant, n in (("gin", 2), ("forest", 3))
    ]
    summary = pl.DataFrame(rows, schema=["dataset", "split", "variant", "part", "metric", "n"], orient="row")
    write_table(summary, tmp_path / "summary.parquet")
    write_table(summary.drop("n"), tmp_path / "scores.parquet")
    compared = {
        "family": ["baseline", "control", "baseline"],
        "dataset": ["bbbp", "bbbp", "esol"],
        "difference": [-0.012, -0.012, None],
        "low": [-0.03, -0.03, None],
        "high": [0.01, 0.01, None],
    }
    names = {"split": "strict", "variant": "gin", "against": "forest", "part": "test"}
    compared = pl.DataFrame(compared).with_columns(
        metric=pl.when(pl.col("dataset") == "esol").then(pl.lit("rmse")).otherwise(pl.lit("roc_auc")),
        **{key: pl.lit(value) for key, value in names.items()},
    )
    write_table(compared, tmp_path / "contrasts.parquet")
    metrics = {
        "metric": ["roc_auc", "rmse"],
        "label": ["ROC-AUC", "RMSE"],
        "unit": ["fraction", "target"],
        "better": ["higher", "lower"],
        "digits": [1, 2],
        "percent": [True, False],
    }
    write_table(pl.DataFrame(metrics), tmp_path / "metrics.parquet")
    return Results(tmp_path, "molecules")


def measure_at(results: Results, place: str) -> Metric:
    return main_metric(results, results.at(results.scores, place))


def test_strict_places_have_all_labels_and_scores_in_the_order_of_the_grid(results):
    assert strict(results) == ["esol", "bbbp"]


def test_numbers_are_measured_by_their_error(results):
    assert [measure_at(results, name).name for name in ("esol", "bbbp")] == ["rmse", "roc_auc"]


def test_sizes_are_those_of_the_plan(results):
    assert sizes(results, ["esol", "bbbp"], ["gin", "forest"]) == [
        "Seeds: 2 to 3. Test molecules: ESOL 111, BBBP 193."
    ]
    assert sizes(results, ["bbbp"], ["gin"]) == ["Seeds: 2. Test molecules: BBBP 193."]
    assert sizes(results, [], ["gin"]) == []


def test_a_gain_is_looked_up_over_test_molecules(results):
    found = gain(results, "bbbp", "gin", "forest", measure_at(results, "bbbp"))
    assert found == ("$-$1.2", r"{\scriptsize \ci{$-$3.0}{$+$1.0}}")
    assert below(found) == r"{\scriptsize $-$1.2} & {\scriptsize \ci{$-$3.0}{$+$1.0}}"


def test_what_was_not_compared_is_empty(results):
    assert gain(results, "esol", "gin", "forest", measure_at(results, "esol")) == ("", "")
    assert below(("", "")) == " & "
