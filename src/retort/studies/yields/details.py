"""The study's statistics that need predictions of all runs of a place together."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from retort.runs import Run, StudyPlan
from retort.sealed import read_json, read_table
from retort.statistics import influence
from retort.statistics.components import one_way
from retort.statistics.uncertainty import LEFT_OUT, LEVELS, observed_coverage, sparsification, spearman
from retort.studies.yields import patents
from retort.studies.yields.data import PREDICTED
from retort.studies.yields.groups import Folds, mean_of_tests
from retort.studies.yields.judged import Calibration, Judged
from retort.studies.yields.tables import DETAILS

PREDICTED_SIGMA, RECALIBRATED_SIGMA = "predicted", "recalibrated"
TOTAL, ALEATORIC, EPISTEMIC, ORACLE, RANDOM = "total", "aleatoric", "epistemic", "oracle", "random"
RANDOM_FEATURES = "forest-random"
TRUE_MEAN, TRUE_SD = "true_mean", "true_sd"
TENTHS = 10
HIGH = 80.0  # a yield above it, in percent, is high
# What the history calls R2 at an evaluation, by the part that it is of.
ALONG = {"valid_r2": "valid", "test_r2": "test"}
Rows = Iterator[tuple]


@dataclass(frozen=True)
class Seen:
    """A run, what it says of valid and test, and by what its calibration rows multiply its sigmas (None without)."""

    run: Run
    valid: Judged
    test: Judged
    scale: float | None

    @classmethod
    def of(cls, run: Run, prepared: pl.DataFrame) -> "Seen":
        predictions, parts = run.read("predictions"), read_table(run.inputs.split)["part"]
        valid, test = (Judged.of(predictions, prepared, part) for part in PREDICTED)
        calibration = Calibration.of(valid, int((parts == "train").sum()))
        return cls(run, valid, test, None if calibration is None else calibration.scale)


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`; pre-training runs have no part in them, nor have runs in that of patents.

    What is averaged over runs has each run's own statistic averaged, so that a curve is that of one model.
    """
    found: dict[str, list[tuple]] = {name: [] for name in DETAILS}
    places: dict[tuple[str, str, str], list[Run]] = {}
    tests: dict[str, dict[str, dict[str, Folds]]] = {}  # by data set, variant and split
    for run in runs:
        if run.settings["method"] != "pretrain":
            places.setdefault((run.dataset, plan.place(run).split, run.variant), []).append(run)
    for place, here in sorted(places.items()):
        prepared = read_table(here[0].inputs.prepared)
        found["epochs"] += [(*place, *row) for row in _epochs(here)]
        judged = [Seen.of(run, prepared) for run in here]
        for name, rows in (
            ("calibration", _calibration(judged)),
            ("sparsification", _sparsification(judged)),
            ("sigma_by_part", _sigma_by_part(judged)),
            ("by_noise", _by_noise(judged, prepared)),
            ("high_yields", _high_yields(judged)),
            ("experts", _experts(here)),
        ):
            found[name] += [(*place, *row) for row in rows]
        if here[0].variant == RANDOM_FEATURES:
            found["random_spread"] += [(*place, *row) for row in _random_spread(judged)]
        folds = Folds.of(here, prepared)
        if folds is not None:
            found["group_conformal"] += [(*place, *row) for row in folds.summary()]
            if folds.varied:
                tests.setdefault(place[0], {}).setdefault(place[2], {})[place[1]] = folds
    found["mean_of_tests"] += _mean_of_tests(tests)
    found["patents"] += patents.levels(patents.lent(runs))
    return {name: pl.DataFrame(rows, schema=DETAILS[name], orient="row") for name, rows in found.items()}


def kinds(judged: Judged) -> dict[str, np.ndarray]:
    """The sigmas of a system by name: `total`, and the two that it is made of where there are both."""
    if judged.sigma is None:
        return {}
    found = {TOTAL: judged.sigma}
    if judged.aleatoric is not None and judged.epistemic is not None:
        found |= {ALEATORIC: judged.aleatoric, EPISTEMIC: judged.epistemic}
    return found


def _mean_of_tests(tests: dict[str, dict[str, dict[str, Folds]]]) -> Rows:
    """`dataset, variant, part` and a level, of systems that were run on all tests of a data set."""
    for dataset, systems in tests.items():
        most = max(map(len, systems.values()))
        for variant, here in systems.items():
            if len(here) == most:
                yield from ((dataset, variant, *row) for row in mean_of_tests(list(here.values())))


def _calibration(seen: list[Seen]) -> Rows:
    """`sigmas, level, observed, runs`."""
    curves: dict[str, list[np.ndarray]] = {}
    for each in seen:
        if each.test.sigma is not None:
            scales = {PREDICTED_SIGMA: 1.0, RECALIBRATED_SIGMA: each.scale}
            for name, scale in scales.items():
                if scale is not None:
                    curve = observed_coverage(each.test.errors, scale * each.test.sigma)
                    curves.setdefault(name, []).append(curve)
    for name, some in curves.items():
        for level, observed in zip(LEVELS, np.mean(some, axis=0), strict=True):
            yield name, float(level), float(observed), len(some)


def _sparsification(seen: list[Seen]) -> Rows:
    """`order, left_out, mae, runs`; nothing of a system without sigmas, or with one for all rows."""
    curves: dict[str, list[np.ndarray]] = {}
    for each in seen:
        sigmas = kinds(each.test)
        if not sigmas or np.ptp(sigmas[TOTAL]) == 0:
            continue
        size = np.abs(each.test.errors)
        for order, doubt in (sigmas | {ORACLE: size, RANDOM: np.zeros(len(size))}).items():
            curves.setdefault(order, []).append(sparsification(size, doubt))
    for order, some in curves.items():
        for left_out, mae in zip(LEFT_OUT, np.mean(some, axis=0), strict=True):
            yield order, float(left_out), float(mae), len(some)


def _sigma_by_part(seen: list[Seen]) -> Rows:
    """`seed, part, kind, sigma, rmse`."""
    for each in seen:
        for part, judged in zip(PREDICTED, (each.valid, each.test), strict=True):
            rmse = float(np.sqrt(np.mean(judged.errors**2))) if len(judged) else None
            for kind, sigma in kinds(judged).items():
                if len(judged):
                    yield each.run.seed, part, kind, float(sigma.mean()), rmse


def _epochs(runs: list[Run]) -> Rows:
    """`part, step, mean, sd, runs`, of runs that were evaluated at the same steps."""
    history = pl.concat([run.read("history").with_columns(run=pl.lit(run.seed)) for run in runs])
    curves = (
        history.filter(pl.col("term").is_in(list(ALONG)))
        .with_columns(part=pl.col("term").replace_strict(ALONG, return_dtype=pl.String))
        .group_by("part", "step")
        .agg(mean=pl.col("value").mean(), sd=pl.col("value").std(), runs=pl.len().cast(pl.Int64))
        .sort("part", "step")
    )
    yield from curves.select("part", "step", "mean", "sd", "runs").iter_rows()


def _random_spread(seen: list[Seen]) -> Rows:
    """`draw, seed, r2, mae`."""
    for each in seen:
        r2 = float(influence.r2(each.test.mean, each.test.truth).value)
        yield each.run.split, each.run.seed, r2, float(np.abs(each.test.errors).mean())


def _high_yields(seen: list[Seen]) -> Rows:
    """`quantity, value, low, high, se, df, n` of errors of all and of high yields, of runs whose test has such."""
    pairs = []
    for each in seen:
        size, high = np.abs(each.test.errors), each.test.truth > HIGH
        if high.any() and size[high].any():
            pairs.append((size.mean(), size[high].mean()))
    if pairs:
        whole, high = np.array(pairs).T
        for quantity, values in (("all", whole), ("high", high), ("gain", np.log(high / whole))):
            found = one_way(values)
            yield quantity, found.value, found.low, found.high, found.se, found.df, found.n


def _experts(runs: list[Run]) -> Rows:
    """`mixture, rank, share, runs` of networks with experts."""
    used = [
        np.sort(shares, axis=1)[:, ::-1]
        for run in runs
        if run.settings["method"] == "network"
        and (shares := read_json(run.folder / "run.json")["facts"].get("experts"))
    ]
    for mixture, shares in enumerate(np.mean(used, axis=0).tolist() if used else []):
        for rank, share in enumerate(shares):
            yield mixture, rank, share, len(used)


def _by_noise(seen: list[Seen], prepared: pl.DataFrame) -> Rows:
    """`kind, tenth, true_sd, sigma, distance, spearman, runs`, where the data set says what its noise is."""
    if not {TRUE_MEAN, TRUE_SD} <= set(prepared.columns):
        return
    truths = {row[0]: row[1:] for row in prepared.select("id", TRUE_MEAN, TRUE_SD).iter_rows()}
    curves: dict[str, list[np.ndarray]] = {}
    for each in seen:
        true_mean, true_sd = np.array([truths[name] for name in each.test.ids]).T
        order = np.array_split(np.argsort(true_sd, kind="stable"), TENTHS)
        for kind, sigma in kinds(each.test).items():
            if np.ptp(sigma) == 0:
                continue
            ranked = spearman(true_sd, sigma)
            curves.setdefault(kind, []).append(
                np.array(
                    [
                        (
                            true_sd[rows].mean(),
                            sigma[rows].mean(),
                            np.abs(each.test.mean - true_mean)[rows].mean(),
                            ranked,
                        )
                        for rows in order
                    ]
                )
            )
    for kind, some in curves.items():
        for tenth, row in enumerate(np.mean(some, axis=0).tolist()):
            yield kind, tenth, *row, len(some)
