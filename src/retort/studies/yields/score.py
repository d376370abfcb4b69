"""Scores of the study: how far predictions (all clipped to 0-100 %) are off, and whether the model knows it."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from retort.runs import Run, StudyPlan
from retort.statistics import influence, uncertainty
from retort.statistics.influence import Estimate
from retort.studies.yields import details as own
from retort.studies.yields.data import PREDICTED, SUCCESS
from retort.studies.yields.judged import Calibration, Interval, Judged, gaussian

INTERVALS = (0.5, 0.9)
MAIN = 0.9  # the level of the intervals that are adjusted
ERROR, AREA, EXPLAINED, GAINED = "absolute_error", "roc_auc", "r2", "inflation"
OF_ERRORS: Mapping[str, Callable[[ArrayLike], Estimate]] = {
    "mae": influence.mean,
    "rmse": influence.root_mean_square,
    "trimean": influence.trimean,
    "iqr": influence.iqr,
}
PERCENT, FRACTION, NATS = "percent", "fraction", "nats"
# These may be below zero, which no fraction is.
SHARE, CORRELATION = "share", "correlation"
SCORES_SCHEMA = {"part": pl.String, "metric": pl.String, "value": pl.Float64, "unit": pl.String}
ITEMS_SCHEMA = {"part": pl.String, "metric": pl.String, "id": pl.String, "value": pl.Float64}
Scores = Iterator[tuple[str, float, str]]


def score(
    predictions: pl.DataFrame, prepared: pl.DataFrame, split: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Metrics of valid and test as `part, metric, value, unit`, and what each test reaction adds to some of them.

    - Of both parts: `mae, rmse, trimean, iqr` of absolute errors in percent, `r2`, `roc_auc` of success (a yield above
      `SUCCESS`, ranked by the mean); where training went by steps also `r2-chosen`, `r2-peeked` (at the step that is
      best on valid, and on test) and `inflation`, by how much the latter exceeds `r2`. What a part cannot give (one
      yield only, one class only) is left out.
    - Of test, where the system has sigmas: `spearman` of |error| and sigma, `nll, crps, miscalibration, coverage-50,
      coverage-90, sharpness` (mean sigma); of each kind of sigma, if it has both, `spearman-aleatoric` and
      `spearman-epistemic`; after one number for all sigmas that the calibration rows of valid gave,
      `nll-recalibrated, miscalibration-recalibrated, coverage-90-recalibrated, width-90-recalibrated`.
    - Of test, always: `nll-constant`, of the mean and spread of the training yields; and, with calibration rows,
      `coverage-90-conformal, width-90-conformal`.

    Items are `absolute_error` and the pseudo-values of `r2`, `roc_auc` and `inflation`, of which these are the means. A
    pre-training run predicts nothing and has no scores.

    Raises:
        ValueError: a predicted row is unknown.
    """
    if predictions.is_empty():
        return pl.DataFrame(schema=SCORES_SCHEMA), pl.DataFrame(schema=ITEMS_SCHEMA)
    parts = {part: Judged.of(predictions, prepared, part) for part in PREDICTED}
    rows, items = [], []
    for part, judged in parts.items():
        for metric, estimate, unit in _estimates(judged):
            rows.append((part, metric, float(estimate.value), unit))
            if part == "test" and metric in (AREA, EXPLAINED, GAINED):
                items.append(_items(judged.ids, metric, estimate.pseudo_values))
    test = parts["test"]
    items.append(_items(test.ids, ERROR, np.abs(test.errors)))
    train = prepared.join(split.filter(part="train"), on="id", how="semi")["yield"].to_numpy()
    calibration = Calibration.of(parts["valid"], len(train))
    rows += [("test", *row) for row in _uncertainty(test, train, calibration)]
    return pl.DataFrame(rows, schema=SCORES_SCHEMA, orient="row"), pl.concat(items)


def _items(ids: list[str], metric: str, values: np.ndarray) -> pl.DataFrame:
    table = pl.DataFrame({"id": ids, "value": values})
    return table.select(pl.lit("test").alias("part"), pl.lit(metric).alias("metric"), "id", "value")


def _estimates(judged: Judged) -> Iterator[tuple[str, Estimate, str]]:
    """`metric, estimate, unit` of what means are judged by."""
    if not len(judged):
        return
    errors = np.abs(judged.errors)
    for metric, of in OF_ERRORS.items():
        yield metric, of(errors), PERCENT
    if np.ptp(judged.truth) > 0:
        plain = influence.r2(judged.mean, judged.truth)
        yield EXPLAINED, plain, SHARE
        if judged.chosen is not None:
            yield "r2-chosen", influence.r2(judged.chosen, judged.truth), SHARE
        if judged.peeked is not None:
            peeked = influence.r2(judged.peeked, judged.truth)
            yield "r2-peeked", peeked, SHARE
            gained = Estimate(peeked.value - plain.value, peeked.influence - plain.influence)
            yield GAINED, gained, SHARE
    works = (judged.truth > SUCCESS).astype(float)
    if 0 < works.sum() < len(works):
        yield AREA, influence.roc_auc(judged.mean, works), FRACTION


def _uncertainty(test: Judged, train: np.ndarray, calibration: Calibration | None) -> Scores:
    """`metric, value, unit` of what is said of the errors, of test; `train` are the training yields."""
    spread = np.full(len(test), max(float(train.std()), 1e-9))
    yield "nll-constant", float(uncertainty.nll(test.truth - train.mean(), spread).mean()), NATS
    if calibration is not None:
        yield from _held(calibration.conformal(test, MAIN), f"{_percent(MAIN)}-conformal")
    if test.sigma is None:
        return
    yield from _rankings(test)
    yield "sharpness", float(test.sigma.mean()), PERCENT
    yield "crps", float(uncertainty.crps(test.errors, test.sigma).mean()), PERCENT
    yield from _calibrated(test, 1.0, "")
    for level in INTERVALS:
        yield next(_held(gaussian(test, level), _percent(level)))
    if calibration is not None and calibration.scale is not None:
        yield from _calibrated(test, calibration.scale, "-recalibrated")
        adjusted = gaussian(test, MAIN, calibration.scale)
        yield from _held(adjusted, f"{_percent(MAIN)}-recalibrated")


def _rankings(test: Judged) -> Scores:
    """How well each sigma ranks the errors; a sigma that is the same for all rows ranks nothing."""
    kinds = {"": test.sigma}
    if test.aleatoric is not None and test.epistemic is not None:
        kinds |= {"-aleatoric": test.aleatoric, "-epistemic": test.epistemic}
    for suffix, sigma in kinds.items():
        if sigma is not None and np.ptp(sigma) > 0 and np.ptp(np.abs(test.errors)) > 0:
            yield f"spearman{suffix}", uncertainty.spearman(test.errors, sigma), CORRELATION


def _calibrated(test: Judged, scale: float, suffix: str) -> Scores:
    assert test.sigma is not None
    sigma = scale * test.sigma
    yield f"nll{suffix}", float(uncertainty.nll(test.errors, sigma).mean()), NATS
    yield f"miscalibration{suffix}", uncertainty.miscalibration_area(test.errors, sigma), FRACTION


def _held(interval: Interval, name: str) -> Scores:
    yield f"coverage-{name}", float(interval.held.mean()), FRACTION
    yield f"width-{name}", float(interval.width.mean()), PERCENT


def _percent(level: float) -> str:
    return f"{level * 100:.0f}"


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`, which need predictions."""
    return own.details(runs, plan)
