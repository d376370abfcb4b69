"""Details of runs that are written by hand: intervals of held-out groups, curves, and the noise that is known."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from retort.runs import Place, Run, RunInputs, StudyPlan
from retort.sealed import write_json, write_table
from retort.studies.yields.data import PREDICTIONS_SCHEMA
from retort.studies.yields.details import details
from retort.studies.yields.groups import Folds
from retort.studies.yields.illustrations import illustrate
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


def test_nine_rows_in_ten_of_new_groups_on_average(tmp_path):
    held = []
    for seed in range(40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        made = runs(folder, seed=seed)
        folds = Folds.of(made, plate(seed))
        held.append(folds.intervals()["groups"].held.mean())
    assert 0.87 < np.mean(held) < 0.99


def test_groups_one_by_one(tables):
    table = tables["by_group"]
    assert table.filter(part="test")["group"].to_list() == [f"g{number}" for number in range(20, 25)]
    assert table.filter(part="valid")["group"].n_unique() == TRAINED
    assert (table["n"] == ROWS).all()
    # It predicts 50 everywhere, so it is off by how far the group is from 50.
    assert (table["bias"] + table["mean_yield"]).to_numpy() == pytest.approx(np.full(len(table), 50.0))
    assert table.filter(part="valid")["coverage_groups"].null_count() == TRAINED


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


def test_illustrations_have_their_columns(tmp_path):
    made = runs(tmp_path)
    found = illustrate(made)
    assert {name: dict(table.schema) for name, table in found.items()} == ILLUSTRATIONS
    assert found["parity"]["split"].unique().to_list() == ["test-1-0"]
