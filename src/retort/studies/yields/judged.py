"""What a run says of the rows of one part, beside the truth, and the intervals that follow from it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from retort.statistics.conformal import conformal_quantile
from retort.statistics.uncertainty import half_width, likely_scale
from retort.studies.yields.data import calibrating

# A yield is a share of what could have been made: no prediction and no interval leaves these bounds, in percent.
LOWEST, HIGHEST = 0.0, 100.0
# No assay knows a yield better than this; a smaller sigma (trees that all say 0) counts as this one, in percent.
LEAST_SIGMA = 0.5


def clipped(values: np.ndarray) -> np.ndarray:
    """Within the bounds of a yield."""
    return np.clip(values, LOWEST, HIGHEST)


@dataclass(frozen=True)
class Judged:
    """Predictions of the M rows of one part, sorted by id, and their yields; all in percent.

    Attributes:
        truth: (M,) as measured: a few are above 100.
        mean, chosen, peeked: (M,) clipped to what a yield can be; the last two None where nothing is trained by steps.
        aleatoric, epistemic: (M,) standard deviations, None where the system has none.
    """

    ids: list[str]
    truth: np.ndarray
    mean: np.ndarray
    aleatoric: np.ndarray | None
    epistemic: np.ndarray | None
    chosen: np.ndarray | None
    peeked: np.ndarray | None

    @classmethod
    def of(cls, predictions: pl.DataFrame, prepared: pl.DataFrame, part: str) -> "Judged":
        """Those of a part.

        Raises:
            ValueError: a row of the predictions is not in the prepared table.
        """
        table = (
            predictions.filter(part=part).join(prepared.select("id", "yield"), on="id", how="left").sort("id")
        )
        if table["yield"].null_count():
            lost = table.filter(pl.col("yield").is_null())["id"][0]
            raise ValueError(
                f"{lost!r} is predicted, but no row of the data set. Hint: run the variant again."
            )

        def column(name: str) -> np.ndarray | None:
            return table[name].to_numpy() if table[name].null_count() == 0 else None

        def bounded(name: str) -> np.ndarray | None:
            values = column(name)
            return None if values is None else clipped(values)

        return cls(
            ids=table["id"].to_list(),
            truth=table["yield"].to_numpy(),
            mean=clipped(table["mean"].to_numpy()),
            aleatoric=column("aleatoric"),
            epistemic=column("epistemic"),
            chosen=bounded("chosen"),
            peeked=bounded("peeked"),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, chosen: np.ndarray) -> "Judged":
        """Some of the rows."""
        kept = {name: value for name, value in vars(self).items() if name in self.__dataclass_fields__}
        ids = [self.ids[row] for row in chosen]
        arrays = {name: value[chosen] for name, value in kept.items() if isinstance(value, np.ndarray)}
        return Judged(**kept | arrays | {"ids": ids})

    @property
    def errors(self) -> np.ndarray:
        """(M,) measured less predicted."""
        return self.truth - self.mean

    @cached_property
    def sigma(self) -> np.ndarray | None:
        """(M,) the total standard deviation, at least `LEAST_SIGMA`; None where the system has neither kind."""
        kinds = [kind for kind in (self.aleatoric, self.epistemic) if kind is not None]
        if not kinds:
            return None
        return np.maximum(np.sqrt(np.sum(np.square(kinds), axis=0)), LEAST_SIGMA)

    @property
    def unit_sigma(self) -> np.ndarray:
        """(M,) `sigma`, or ones where there is none: what a conformal score is divided by."""
        return np.ones(len(self)) if self.sigma is None else self.sigma

    def interval(self, half: np.ndarray) -> "Interval":
        """From `half` below to `half` above the mean."""
        return Interval.of(self.truth, self.mean - half, self.mean + half)


@dataclass(frozen=True)
class Interval:
    """Intervals of M rows within the bounds of a yield.

    Attributes:
        held: (M,) bool, whether the yield lies inside; one above 100 counts as 100.
        width: (M,) in percent.
    """

    held: np.ndarray
    width: np.ndarray

    @classmethod
    def of(cls, truth: np.ndarray, low: np.ndarray, high: np.ndarray) -> "Interval":
        """From lower and upper ends (M,), which may be infinite."""
        low, high, truth = clipped(low), clipped(high), clipped(truth)
        return cls((low <= truth) & (truth <= high), high - low)


@dataclass(frozen=True)
class Calibration:
    """What calibration rows of valid say of a system's sigmas.

    Attributes:
        scale: by which all sigmas are multiplied; None without sigmas.
        rows: the calibration rows.
    """

    rows: Judged
    scale: float | None

    @classmethod
    def of(cls, valid: Judged, train_rows: int) -> "Calibration | None":
        """From the rows of valid that `data.calibrating` takes; None where it takes none."""
        rows = valid.rows(calibrating(valid.ids, train_rows))
        if not len(rows):
            return None
        return cls(rows, None if rows.sigma is None else likely_scale(rows.errors, rows.sigma))

    def conformal(self, judged: Judged, level: float) -> Interval:
        """Split-conformal intervals; the score is |error|, in units of sigma where there is one."""
        scores = np.abs(self.rows.errors) / self.rows.unit_sigma
        return judged.interval(conformal_quantile(scores, level) * judged.unit_sigma)


def gaussian(judged: Judged, level: float, scale: float = 1.0) -> Interval:
    """The central intervals of normal distributions with `scale` times the sigmas of a system that has some."""
    if judged.sigma is None:
        raise ValueError("a system without sigmas has no normal intervals.")
    return judged.interval(scale * half_width(level) * judged.sigma)
