"""Details of runs that are written by hand: intervals of groups, curves, known noise, and what is only lent."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from retort.datasets.views import quoted_yields
from retort.runs import Place, Run, RunInputs, StudyPlan
from retort.sealed import write_json, write_table
from retort.studies.yields import patents
from retort.studies.yields.data import PREDICTIONS_SCHEMA
from retort.studies.yields.details import Seen, _high_yields, details
from retort.studies.yields.groups import Folds, mean_of_tests
from retort.studies.yields.illustrations import illustrate
from retort.studies.yields.judged import Judged
from retort.studies.yields.tables import DETAILS, ILLUSTRATIONS
from retort.training.run import HISTORY_SCHEMA

FOLDS, ROWS, TRAINED, TESTED = 5, 30, 20, 5  # rows of a group; groups of training, and of test
SPREAD, NOISE = 15.0, 3.0  # of groups, and of rows within one


def plate(seed: int) -> pl.DataFrame:
    """Yields around 50 that are off by so much for a whole group, and by a little for each row."""
    draw = np.random.default_rng(seed)
    groups = np.repeat([f"g{number:02d}" for number in range(TRAINED + TESTED)], ROWS)
    shift = np.repeat(draw.normal(0, SPREAD, TRAINED + TESTED), ROWS)
    values = 50 + shift + draw.normal(0, NOISE, len(groups))
    ids = [f"r-{row:04d}" for row in range(len(groups))]
    columns = {"id": ids, "yield": values, "additive": groups}
    truth = {"true_mean": 50 + shift, "true_sd": draw.uniform(1, 10, len(groups))}
    return pl.DataFrame(columns | truth)


def runs(folder: Path, seed: int = 0, group: str = "additive", variant: str = "boosting") -> list[Run]:
    """Five folds of a system that predicts 50 everywhere, with a sigma that knows the noise and not the groups."""
    table = plate(seed)
    write_table(table, folder / "prepared.parquet")
    numbers = table["additive"].str.slice(1).cast(pl.Int64)
    made = []
    for fold in range(FOLDS):
        part = (
            pl.select(
                pl.when(numbers >= TRAINED)
                .then(pl.lit("test"))
                .when(numbers % FOLDS == fold)
                .then(pl.lit("valid"))
                .otherwise(pl.lit("train"))
            )
            .to_series()
            .alias("part")
        )
        split = folder / f"test-1-{fold}.parquet"
        write_table(table.select("id", part), split)
        write_json({"group": group}, split.with_suffix(".manifest.json"))
        asked = table.select("id", part).filter(pl.col("part") != "train")
        nothing = pl.lit(None, pl.Float64)
        predictions = asked.with_columns(
            mean=pl.lit(50.0), aleatoric=table["true_sd"].gather(asked["id"].str.slice(2).cast(pl.Int64)),
            epistemic=nothing, chosen=nothing, peeked=nothing,
        ).select(PREDICTIONS_SCHEMA.keys())  # fmt: skip
        run = folder / variant / str(fold)
        run.mkdir(parents=True)
        write_table(predictions, run / "predictions.parquet")
        curve = [(step, "valid", f"{each}_r2", step / 10) for each in ("valid", "test") for step in (0, 5)]
        write_table(pl.DataFrame(curve, schema=HISTORY_SCHEMA, orient="row"), run / "history.parquet")
        write_json(
            {"facts": {"experts": [[0.1, 0.6, 0.3], [0.5, 0.2, 0.3]] if fold else [[0.4, 0.2, 0.4]] * 2}},
            run / "run.json",
        )
        inputs = RunInputs(folder / "prepared.parquet", split)
        name = f"test-1-{fold}"
        made.append(Run("yields", "plates", name, variant, fold, run, inputs, {"method": variant}))
    return made


def plan(made: list[Run]) -> StudyPlan:
    splits = tuple(run.split for run in made)
    place = Place("plates", "test-1", splits, "plates-1", "yield", "test-1", 1.0, True)
    return StudyPlan("boosting", {}, (place,))


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    made = runs(tmp_path_factory.mktemp("runs"))
    return details(made, plan(made))


def test_tables_have_their_columns(tables):
    assert {name: dict(table.schema) for name, table in tables.items()} == DETAILS
    assert tables["random_spread"].is_empty()
    assert (tables["calibration"]["split"] == "test-1").all()


def test_groups_are_held_where_the_noise_of_rows_is_not_enough(tables):
    found = {row["interval"]: row for row in tables["group_conformal"].iter_rows(named=True)}
    assert found["normal"]["coverage"] < 0.5
    assert found["groups"]["coverage"] > found["normal"]["coverage"]
    assert found["groups"]["width"] > found["normal"]["width"]
    assert found["groups"]["groups"] == TRAINED
    assert found["groups"]["test_groups"] == TESTED
    assert found["groups"]["runs"] == FOLDS
    assert found["groups"]["lowest"] <= found["groups"]["coverage"]


def test_the_mean_of_tests_is_that_of_runs_and_of_tests(tmp_path):
    for seed in (0, 1):
        (tmp_path / str(seed)).mkdir()
    both = [Folds.of(runs(tmp_path / str(seed), seed=seed), plate(seed)) for seed in (0, 1)]
    rows = {row[0]: row[1:] for row in mean_of_tests(both)}
    for part, judged in (("valid", "valids"), ("test", "tests")):
        each = [
            np.mean([1 - np.mean(one.errors**2) / one.truth.var() for one in getattr(folds, judged)])
            for folds in both
        ]
        value, low, high, *_, count = rows[part]
        assert value == pytest.approx(np.mean(each))
        assert low < value < high
        assert count == 2


def test_nine_rows_in_ten_of_new_groups_on_average(tmp_path):
    held = []
    for seed in range(40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        made = runs(folder, seed=seed)
        folds = Folds.of(made, plate(seed))
        held.append(folds.intervals()["groups"].held.mean())
    assert 0.87 < np.mean(held) < 0.99


def test_what_are_no_folds_of_groups(tmp_path):
    for name in ("rows", "once"):
        (tmp_path / name).mkdir()
    assert Folds.of(runs(tmp_path / "rows", group="id"), plate(0)) is None
    made = runs(tmp_path / "once")
    assert Folds.of(made[:1], plate(0)) is None
    assert Folds.of([made[0], made[0]], plate(0)) is None


def test_curves(tables):
    curve = tables["calibration"].filter(sigmas="predicted").sort("level")
    assert (curve["observed"].diff().drop_nulls() >= 0).all()
    assert curve["runs"].unique().to_list() == [FOLDS]
    dropped = tables["sparsification"].pivot(on="order", index="left_out", values="mae").sort("left_out")
    assert set(dropped.columns) == {"left_out", "total", "oracle", "random"}
    assert (dropped["oracle"] <= dropped["total"] + 1e-9).all()
    assert dropped["random"].to_numpy() == pytest.approx(np.full(len(dropped), dropped["random"][0]))


def test_sigmas_against_the_true_noise(tables):
    rows = tables["by_noise"].sort("tenth")
    assert rows["kind"].unique().to_list() == ["total"]
    assert len(rows) == 10
    assert rows["sigma"].to_numpy() == pytest.approx(rows["true_sd"].to_numpy())
    assert rows["spearman"].to_numpy() == pytest.approx(np.ones(10))


def test_training_along_its_steps(tables):
    rows = tables["epochs"].sort("part", "step")
    assert rows["mean"].to_list() == pytest.approx([0, 0.5, 0, 0.5])
    assert rows["runs"].unique().to_list() == [FOLDS]
    assert rows["sd"].to_list() == pytest.approx([0] * 4)


def test_sigma_by_part(tables):
    rows = tables["sigma_by_part"]
    assert len(rows) == 2 * FOLDS
    assert (rows["sigma"] < rows["rmse"]).all()


def test_random_forests_are_listed_draw_by_draw_and_pretraining_is_left_out(tmp_path):
    made = runs(tmp_path, variant="forest-random")
    found = details(made, plan(made))["random_spread"]
    assert found["draw"].to_list() == [run.split for run in made]
    assert (found["r2"] <= 0).all()
    made = runs(tmp_path, variant="pretrain")
    assert all(table.is_empty() for table in details(made, plan(made)).values())


def test_errors_of_high_yields_are_held_against_all():
    def seen(truth, mean):
        test = Judged([str(row) for row in range(len(truth))], np.array(truth), np.array(mean), *[None] * 4)
        return Seen(None, test, test, None)

    one, other = (seen([90.0, 30.0, 40.0], [90.0 - off, 29.0, 41.0]) for off in (16.0, 10.0))
    none = seen([80.0, 30.0], [70.0, 20.0])  # 80 is not above 80
    assert not list(_high_yields([none]))
    rows = {row[0]: row[1:] for row in _high_yields([one, other, none])}
    gain = (np.log(16 / 6) + np.log(10 / 4)) / 2
    assert {name: row[0] for name, row in rows.items()} == pytest.approx({"all": 5, "high": 13, "gain": gain})
    assert rows["gain"][1:] == (None, None, None, None, 2)
    *_, (_, value, low, high, se, df, n) = _high_yields([one, other, other])
    assert (df, n) == (2, 3)
    assert low < value < high
    assert se > 0


def test_experts_are_ranked_in_each_run_before_they_are_averaged(tables, tmp_path):
    assert tables["experts"].is_empty()
    made = [replace(run, settings={"method": "network"}) for run in runs(tmp_path)]
    rows = details(made, plan(made))["experts"]
    assert rows.filter(mixture=0)["share"].to_list() == pytest.approx([0.56, 0.32, 0.12])
    assert rows["runs"].unique().to_list() == [FOLDS]


def lending(folder: Path) -> tuple[list[Run], pl.DataFrame]:
    """Runs beside which yields of patents are lent, and these."""
    draw = np.random.default_rng(0)
    gram, below = draw.normal(70, 15, 4000), draw.normal(55, 20, 5000)
    measured = np.concatenate([gram, below]).clip(0, 100)
    table = pl.DataFrame(
        {
            "scale": ["gram"] * len(gram) + ["sub-gram"] * len(below),
            "yield": measured,
            "predicted": (measured + draw.normal(0, 10, len(measured))).clip(0, 100),
        }
    )
    quoted_yields.build(table, folder / "lent")
    made = [
        replace(run, inputs=replace(run.inputs, features={patents.VIEW: folder / "lent"}))
        for run in runs(folder)
    ]
    return made, table


def test_yields_of_patents_are_described_and_compared(tmp_path):
    made, table = lending(tmp_path)
    found = details(made, plan(made))["patents"]
    rows = {(row["scale"], row["quantity"]): row for row in found.to_dicts()}
    sides = [table.filter(scale=scale)["yield"].to_numpy() for scale in patents.SCALES]
    welch = stats.ttest_ind(*sides, equal_var=False).confidence_interval()
    row = rows["difference", "measured"]
    assert row["value"] == pytest.approx(sides[0].mean() - sides[1].mean())
    # The degrees of freedom are those of heavy or light tails: all but the same of so many.
    assert (row["low"], row["high"]) == pytest.approx(welch, abs=0.01)
    assert row["n"] == len(table)
    assert 0.5 < rows["gram", "r2"]["value"] < rows["sub-gram", "r2"]["value"] < 1
    assert rows["gram", "r2"]["low"] < rows["gram", "r2"]["value"] < rows["gram", "r2"]["high"]


def test_illustrations_have_their_columns(tmp_path):
    made, _ = lending(tmp_path)
    found = illustrate(made)
    assert {name: dict(table.schema) for name, table in found.items()} == ILLUSTRATIONS
    sums = found["histograms"].group_by("scale", "kind").agg(pl.col("share").sum())
    assert sums["share"].to_list() == pytest.approx([1.0] * 4)
    assert found["histograms"]["high"].max() == 100
    assert illustrate([])["histograms"].is_empty()
