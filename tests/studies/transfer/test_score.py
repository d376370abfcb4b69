"""Metrics against hand counts and closed forms."""

import numpy as np
import polars as pl
import pytest

from retort.studies.transfer.score import score
from retort.studies.transfer.similarity import knn_overlap, linear_cka

PREPARED = pl.DataFrame({"id": list("abcdef"), "composition": ["X", "X", "Y", "Y", "Z", "W"]})
SPLIT = pl.DataFrame({"id": list("abcdef"), "part": ["train", "test", "unlabelled", "test", "test", "valid"]})


def told(**columns):
    base = {
        "id": ["b", "d", "e", "f"],
        "part": ["test", "test", "test", "valid"],
        "composition": ["X", "Y", "Z", "W"],
        "property": ["band_gap"] * 4,
        "value": [0.0, 1.0, 2.0, 3.0],
        "prediction": [0.5, 1.5, 4.0, 3.0],
        "sigma": [1.0, 1.0, 1.0, 1.0],
    }
    return pl.DataFrame(base | columns)


def values(scores, part="test"):
    return dict(scores.filter(part=part).select("metric", "value").iter_rows())


def test_errors_by_hand():
    scores, items = score(told(), PREPARED, SPLIT)
    found = values(scores)
    assert found["mae"] == pytest.approx(1.0)
    assert found["rmse"] == pytest.approx(np.sqrt((0.25 + 0.25 + 4) / 3))
    # The quartiles of 0.5, 0.5 and 2 are 0.5, 0.5 and 1.25.
    assert found["trimean"] == pytest.approx((0.5 + 2 * 0.5 + 1.25) / 4)
    assert found["iqr"] == pytest.approx(0.75)
    # X is in train, Y among the rows without label: only Z is unseen.
    assert found["mae-unseen"] == pytest.approx(2.0)
    assert found["mae-metals"] == pytest.approx(0.5)
    assert found["mae-nonmetals"] == pytest.approx(1.25)
    assert values(scores, "valid")["mae"] == 0
    assert items.sort("id")["value"].to_list() == [0.5, 0.5, 2.0]
    assert set(items["part"]) == {"test"}
    assert scores.filter(metric="mae")["unit"].to_list() == ["eV", "eV"]


def test_the_unit_of_a_users_property_is_that_of_its_table():
    own = PREPARED.with_columns(bulk_unit=pl.lit("GPa"))
    scores, _ = score(told(property=["bulk"] * 4), own, SPLIT)
    in_it = scores.filter(pl.col("metric").is_in(["mae", "rmse", "trimean", "iqr", "mae-unseen"]))
    assert in_it["unit"].unique().to_list() == ["GPa"]


def test_metals_only_where_there_is_a_gap_and_sigma_only_where_it_is_given():
    scores, _ = score(
        told(property=["formation_energy"] * 4, sigma=pl.Series([None] * 4, dtype=pl.Float64)),
        PREPARED,
        SPLIT,
    )
    assert set(scores["metric"]) == {"mae", "mae-unseen", "rmse", "trimean", "iqr"}
    assert set(scores["unit"]) == {"eV/atom"}


def test_step_one_alone_has_no_scores():
    scores, items = score(told(prediction=[float("nan")] * 4), PREPARED, SPLIT)
    assert scores.is_empty()
    assert items.is_empty()


def test_cka_ignores_rotation_and_scale_and_knows_strangers():
    draw = np.random.default_rng(1)
    one = draw.normal(size=(300, 6))
    turn, _ = np.linalg.qr(draw.normal(size=(6, 6)))
    assert linear_cka(one, 3 * one @ turn + 5) == pytest.approx(1)
    assert linear_cka(one, draw.normal(size=(300, 6))) < 0.1
    # Against the form with Gram matrices.
    other = one[:, :3] + 0.5 * draw.normal(size=(300, 3))
    center = np.eye(300) - 1 / 300
    gram = [center @ (x @ x.T) @ center for x in (one, other)]
    expected = (gram[0] * gram[1]).sum() / np.sqrt((gram[0] ** 2).sum() * (gram[1] ** 2).sum())
    assert linear_cka(one, other) == pytest.approx(expected)


def test_neighbours_agree_fully_with_oneself_and_by_chance_with_noise():
    draw = np.random.default_rng(2)
    one = draw.normal(size=(400, 5))
    assert knn_overlap(one, 2 * one + 1) == 1
    assert knn_overlap(one, draw.normal(size=(400, 5))) == pytest.approx(10 / 399, abs=0.02)
