"""Gains of loans: arms, multipliers on a control's learning curve, pooling over tasks."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from retort.statistics.components import Level
from retort.statistics.contrasts import Pair, contrasts
from retort.statistics.gains import GAINS_SCHEMA, gains, multiplier, pool
from tests.statistics.results import answered, cells, only

DRAW = np.random.default_rng(5)
LOAN = {
    "title": "embeddings",
    "loan": "taught",
    "fair": "longer",
    "published": "plain",
    "ceiling": "labels",
    "simple": {"*-05": "forest", "*": "boosting"},
    "metric": ["rmse", "mae"],
    "robust": ["trimean"],
}
# By place: labels, and the scale of each system's errors.
CURVE = {"p-05": (50, 2.0), "p-25": (250, 1.0), "p": (1000, 0.5)}


def place(dataset, split, labels, order=0, **given):
    base = {"dataset": dataset, "split": split, "name": f"{dataset}-{split}", "target": None, "protocol": "p"}
    return base | {"labels_train": labels, "rows_train": labels, "order": order} | given


PLACES = pl.DataFrame(
    [place("d", split, labels, order) for order, (split, (labels, _)) in enumerate(CURVE.items())],
    schema_overrides={"target": pl.String},
)


def study(systems=("taught", "longer", "plain", "labels", "forest", "boosting"), dataset="d", better=2.0):
    """Scores and items of three seeds at three shares: `longer` on the curve, `taught` and `labels` better."""
    tables = []
    for split, (_, scale) in CURVE.items():
        noise = DRAW.exponential(size=60)
        answers = {
            name: {
                seed: scale
                * noise
                * DRAW.uniform(0.9, 1.1, 60)
                / (better if name in ("taught", "labels") else 1)
                for seed in range(3 if name not in ("forest", "boosting") else 1)
            }
            for name in systems
        }
        tables.append(answered(answers, ("mae", "trimean"), split=split, dataset=dataset))
    return [pl.concat(each) for each in zip(*tables, strict=True)]


def test_every_arm_at_every_place():
    of = cells(*study())
    table = gains(of, {"lender": LOAN}, PLACES)
    assert table.schema == GAINS_SCHEMA
    here = table.filter(pl.col("dataset").is_not_null())
    assert here.height == 3 * 4 * 2
    fair = only(here, name="d-p-25", arm="fair", robust=False)
    expected = only(contrasts(of, {"f": [Pair("taught", "longer")]}), split="p-25", metric="mae")
    for one, other in (("gain", "gain"), ("low", "gain_low"), ("high", "gain_high"), ("se", "gain_se")):
        assert fair[one] == pytest.approx(expected[other])
    assert [fair[k] for k in ("study", "loan", "title", "variant", "against", "metric", "labels")] == [
        *("s", "lender", "embeddings", "taught", "longer", "mae", 250)
    ]
    assert [fair[k] for k in ("n", "draws", "n_items")] == [3, 1, 60]
    assert fair["gain"] == pytest.approx(np.log(2), abs=0.1)
    robust = only(here, name="d-p-25", arm="fair", robust=True)
    assert (robust["metric"], robust["gain"] != fair["gain"]) == ("trimean", True)
    simple = here.filter(arm="simple", robust=False)
    assert dict(simple.select("split", "variant").iter_rows()) == {
        "p-05": "forest",
        "p-25": "boosting",
        "p": "boosting",
    }
    assert set(simple["against"]) == {"longer"}
    assert set(here.filter(arm="published")["against"]) == {"plain"}
    assert set(here.filter(arm="ceiling")["variant"]) == {"labels"}


def test_p_values_are_corrected_over_places_of_one_arm():
    here = gains(cells(*study(better=1.02)), {"lender": LOAN}, PLACES).filter(
        pl.col("dataset").is_not_null(), arm="fair", robust=False
    )
    smallest = here.sort("p").row(0, named=True)
    assert smallest["p_holm"] == pytest.approx(min(1, 3 * smallest["p"]))


def test_what_a_loan_does_not_have_is_left_out():
    loan = {key: LOAN[key] for key in ("title", "loan", "fair", "metric")} | {"at": ["d-p-*"]}
    table = gains(cells(*study(("taught", "longer", "plain"))), {"lender": loan}, PLACES)
    assert set(table["arm"]) == {"fair"}
    assert set(table.drop_nulls("dataset")["name"]) == {"d-p-05", "d-p-25"}
    # A place where it does not lend is still a point of the curve.
    assert only(table, split="p-25")["multiplier"] == pytest.approx(4, rel=0.3)
    assert gains(cells(*study(("taught",))), {"lender": loan}, PLACES).is_empty()
    assert gains(cells(*study(("taught",))), {}, PLACES).schema == GAINS_SCHEMA


def gained(value, low=None, high=None):
    return Level(value, low, high, None, None, 3, None, "")


def test_multiplier_on_a_power_law():
    curve = [(n, np.log(3 * n**-0.5)) for n in (10, 40, 160, 640)]
    found = multiplier(curve, 40, gained(np.log(2), np.log(1.5), np.log(3)))
    assert found == (pytest.approx(4), pytest.approx(2.25), pytest.approx(9), "")
    loss = multiplier(curve, 160, gained(-np.log(2), -np.log(8), np.log(1.2)))
    assert loss == (pytest.approx(1 / 4), None, pytest.approx(1.44), "")
    assert multiplier(curve, 160, gained(np.log(3))) == (pytest.approx(4), None, None, "at least")
    assert multiplier(curve, 10, gained(-0.1)) == (pytest.approx(1), None, None, "at most")
    assert multiplier(curve, 640, gained(0.0))[0] == pytest.approx(1)


def test_multiplier_on_a_curve_that_rises_for_once():
    curve = [(10, 0.0), (20, 0.3), (40, -1.0)]
    assert multiplier(curve, 10, gained(0.35)).value == pytest.approx(np.exp(np.log(2) * (1 + 0.65 / 1.3)))
    assert multiplier(curve, 10, gained(0.0)).value == pytest.approx(1)


@pytest.mark.parametrize(("curve", "labels"), [([], 10), ([(10, 0.0)], 10), ([(10, 0.0), (20, -1.0)], None)])
def test_no_multiplier_without_a_curve(curve, labels):
    assert multiplier(curve, labels, gained(0.3)) == (None, None, None, "no curve")


def test_pooled_over_tasks():
    tables = [study(dataset=name) for name in ("d", "e", "f")]
    places = pl.concat([PLACES, *(PLACES.with_columns(dataset=pl.lit(name)) for name in ("e", "f"))])
    table = gains(cells(*(pl.concat(t) for t in zip(*tables, strict=True))), {"lender": LOAN}, places)
    for name, at, labels in (("scarcest", "p-05", 50), ("all", "p", 1000)):
        tasks = table.filter(pl.col("dataset").is_not_null(), split=at, arm="fair", robust=False)
        row = only(table.filter(pl.col("dataset").is_null()), name=name, arm="fair", robust=False)
        expected = pool(tasks["gain"].to_list(), tasks["se"].to_list(), tasks["df"].to_list())
        assert [row[k] for k in ("n", "gain", "low", "high", "df")] == [
            *(3, expected.value, expected.low, expected.high, 2)
        ]
        assert (row["variant"], row["labels"], row["multiplier"]) == ("taught", labels, None)
    pooled_simple = only(table.filter(pl.col("dataset").is_null()), name="all", arm="simple", robust=False)
    assert pooled_simple["variant"] == "boosting"


def test_pool_by_hand_and_its_cases():
    y, se = [0.2, 0.5, 0.1, 0.4], [0.05, 0.2, 0.1, 0.05]
    found = pool(y, se, [9] * 4)
    # Heterogeneous, so that Hartung and Knapp's factor is 1 at Paule and Mandel's variance.
    w = np.array(se) ** -2.0
    fixed = w @ y / w.sum()
    assert w @ (np.array(y) - fixed) ** 2 > 3
    assert min(y) < found.value < max(y)
    assert found.se > w.sum() ** -0.5
    half = stats.t.ppf(0.975, 3) * found.se
    assert (found.low, found.high) == (pytest.approx(found.value - half), pytest.approx(found.value + half))
    # Homogeneous: fixed effects, and not narrower than the tasks' own errors allow.
    same = pool([0.3, 0.3, 0.3], [0.1, 0.1, 0.1], [9] * 3)
    assert (same.value, same.se) == (pytest.approx(0.3), pytest.approx(0.1 / 3**0.5))
    assert pool([0.3, 0.5], [0.1, 0.1], [9, 9])[1:5] == (None, None, None, None)
    one = pool([0.3], [0.1], [9])
    assert (one.n, one.se, one.note) == (1, 0.1, "one task")
    assert one.low == pytest.approx(0.3 - stats.t.ppf(0.975, 9) * 0.1)


def test_pooled_intervals_cover():
    inside = []
    for _ in range(1000):
        errors = DRAW.uniform(0.05, 0.2, 6)
        y = 0.3 + 0.1 * DRAW.standard_normal(6) + errors * DRAW.standard_normal(6)
        found = pool(y, errors, [9] * 6)
        inside.append(found.low <= 0.3 <= found.high)
    assert 0.93 < np.mean(inside) < 0.98
