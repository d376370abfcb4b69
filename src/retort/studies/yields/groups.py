"""Intervals for groups that nothing was trained on, calibrated on groups that runs left out of their training.

The draws of a split with `folds` share one test part, of groups (additives) that training has not. Each run leaves out
other groups of the rest, to choose and calibrate by; together they leave out every group once. So for each such group
there is a model that never saw it, and how far that was off says how far the models will be off in test. Intervals are
CV+ with groups as what is exchangeable (`retort.statistics.conformal.cross_intervals`), which promises a coverage of
1 - 2 alpha less what few folds cost (Barber et al. 2021: 68 % for 90 % intervals by five folds of 17 groups), and
mostly gives more; a score is |error|, in units of sigma where there is one.
The other intervals are adjusted by rows of left-out groups, too, but row by row and with the few groups of one run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from retort.runs import Run
from retort.sealed import read_json, read_table
from retort.statistics import influence
from retort.statistics.components import Level, one_way, two_way
from retort.statistics.conformal import cross_intervals
from retort.statistics.independent import combined
from retort.studies.yields.judged import Calibration, Interval, Judged, gaussian

LEVEL = 0.9
NORMAL, RECALIBRATED, ROWS, GROUPS = "normal", "recalibrated", "rows", "groups"


@dataclass(frozen=True)
class Folds:
    """F runs of one system that share a test part, and each left out other groups.

    Attributes:
        tests: by run, of the same M rows.
        valids: by run, of the rows that it left out.
        calibrations: by run, what its own calibration rows say; None where it has none.
        group_of: the group of each row, by id.
    """

    tests: list[Judged]
    valids: list[Judged]
    calibrations: list[Calibration | None]
    group_of: dict[str, str]

    @classmethod
    def of(cls, runs: list[Run], prepared: pl.DataFrame) -> "Folds | None":
        """From runs of one variant on the draws of one split; None where these are no folds of whole groups."""
        if len(runs) < 2 or len({run.split for run in runs}) < len(runs):
            return None
        groups = {_group_column(run) for run in runs}
        (column,) = groups if len(groups) == 1 else (None,)
        if column is None or column == "id" or column not in prepared.columns:
            return None
        tests, valids, calibrations = [], [], []
        for run in runs:
            predictions = run.read("predictions")
            train_rows = int((read_table(run.inputs.split)["part"] == "train").sum())
            tests.append(Judged.of(predictions, prepared, "test"))
            valids.append(Judged.of(predictions, prepared, "valid"))
            calibrations.append(Calibration.of(valids[-1], train_rows))
        group_of = dict(prepared.select("id", pl.col(column).cast(pl.String)).iter_rows())
        folds = cls(tests, valids, calibrations, group_of)
        left_out = [set(folds.groups(valid.ids)) for valid in valids]
        if any(test.ids != tests[0].ids for test in tests) or sum(map(len, left_out)) > len(
            set().union(*left_out)
        ):
            return None
        return folds

    def groups(self, ids: list[str]) -> np.ndarray:
        """(N,) the group of each of these rows."""
        return np.array([self.group_of[name] for name in ids])

    @property
    def mean(self) -> np.ndarray:
        """(M,) the mean over runs of what they predict of test."""
        return np.mean([test.mean for test in self.tests], axis=0)

    def intervals(self) -> dict[str, Interval]:
        """Of test, by the names above: those of each run side by side, but one set of `groups` for all runs."""
        each: dict[str, list[Interval]] = {}
        for test, calibration in zip(self.tests, self.calibrations, strict=True):
            if test.sigma is not None:
                each.setdefault(NORMAL, []).append(gaussian(test, LEVEL))
            if calibration is not None:
                each.setdefault(ROWS, []).append(calibration.conformal(test, LEVEL))
                if calibration.scale is not None:
                    each.setdefault(RECALIBRATED, []).append(gaussian(test, LEVEL, calibration.scale))
        found = {
            name: Interval(np.stack([one.held for one in some]), np.stack([one.width for one in some]))
            for name, some in each.items()
        }
        low, high = cross_intervals(
            np.stack([test.mean for test in self.tests]),
            np.stack([test.unit_sigma for test in self.tests]),
            np.concatenate([np.abs(valid.errors) / valid.unit_sigma for valid in self.valids]),
            np.repeat(np.arange(len(self.valids)), [len(valid) for valid in self.valids]),
            np.concatenate([self.groups(valid.ids) for valid in self.valids]),
            LEVEL,
        )
        groups = Interval.of(self.tests[0].truth, low, high)
        return found | {GROUPS: Interval(groups.held[None], groups.width[None])}

    def summary(self) -> Iterator[tuple]:
        """The rows of `group_conformal` after the place."""
        truth, groups = self.tests[0].truth, self.groups(self.tests[0].ids)
        names = np.unique(groups)
        left_out = len(set().union(*(self.groups(valid.ids) for valid in self.valids)))
        r2 = float(influence.r2(self.mean, truth).value) if np.ptp(truth) > 0 else None
        rmse = float(np.sqrt(np.mean((truth - self.mean) ** 2)))
        for name, interval in self.intervals().items():
            lowest = min(float(interval.held[:, groups == group].mean()) for group in names)
            coverage, width = float(interval.held.mean()), float(interval.width.mean())
            yield name, coverage, lowest, width, left_out, len(names), len(self.tests), r2, rmse

    @property
    def varied(self) -> bool:
        """Whether there is something to be explained in test and in what each run left out."""
        return all(np.ptp(each.truth) > 0 for each in (*self.valids, *self.tests))

    def explained(self) -> dict[str, Level]:
        """R2 of a run, mean over runs: on `valid`, the groups that it left out, and on `test`, which all runs share."""
        valid = [influence.r2(each.mean, each.truth).value for each in self.valids]
        test = [influence.r2(each.mean, each.truth).pseudo_values for each in self.tests]
        return {"valid": one_way(valid), "test": two_way(np.stack(test))}


def mean_of_tests(tests: Sequence[Folds]) -> Iterator[tuple]:
    """`part, value, low, high, se, df, n`: the mean R2 over n test parts of one system, which count as independent."""
    levels = [folds.explained() for folds in tests]
    for part in ("valid", "test"):
        each = [level[part] for level in levels]
        found = combined(
            [1 / len(each)] * len(each),
            [level.value for level in each],
            [level.se for level in each],
            [level.df for level in each],
        )
        yield part, found.value, found.low, found.high, found.se, found.df, found.n


def _group_column(run: Run) -> str | None:
    """The one column that the split of a run keeps whole, as its manifest says."""
    group = read_json(run.inputs.split.with_suffix(".manifest.json"))["group"]
    return group if isinstance(group, str) else None
