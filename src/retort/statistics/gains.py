"""What borrowing is worth: the gain of each loan at each place, how many labels it stands for, and over all tasks.

For an error E that a perfect system has at zero, the gain of a system over another is g = ln E_other - ln E_system,
pair by pair. A loan has up to four *arms*, all as gains, so that up is good:

- `fair`: the loan over its fair control, which had everything but what the lender knows; `published`: over the control
  of the publication;
- `ceiling`: the lender's labels handed over, over the fair control; `simple`: the best simple baseline over it.

The **label multiplier** m = n'/n says how many labels n' the control needs for the error that the other system has with
n. It is read from the control's own learning curve: its errors at all shares of the labels of one protocol and target,
with straight lines between the points on logarithmic axes. Nothing is said beyond the curve but that m is at least, or
at most, what its end allows.

Gains of several tasks (data set, protocol and target) are pooled with random effects: between-task variance after Paule
and Mandel (J. Res. NBS 87, 377, 1982), intervals after Hartung and Knapp (Stat. Med. 20, 3875, 2001), never narrower
than with the variances that the tasks have by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.optimize import brentq

from retort.statistics.cells import Cells, Question
from retort.statistics.components import TOO_SMALL, Level
from retort.statistics.contrasts import gain, with_holm

PART = "test"
# The practical size of a gain, as of the margins of directions: a twentieth of the error.
PRACTICAL = 0.05
# What each arm compares: the part that a variant plays in the loan, and against which other part.
ARMS = {
    "fair": ("loan", "fair"),
    "published": ("loan", "published"),
    "ceiling": ("ceiling", "fair"),
    "simple": ("simple", "fair"),
}
SCARCEST, ALL = "scarcest", "all"
AT_LEAST, AT_MOST, NO_CURVE = "at least", "at most", "no curve"

GAINS_SCHEMA = {
    **dict.fromkeys(["study", "loan", "title", "dataset", "split", "name"], pl.String),
    "labels": pl.Int64,
    **dict.fromkeys(["arm", "variant", "against", "metric"], pl.String),
    "robust": pl.Boolean,
    **dict.fromkeys(["n", "draws", "n_items"], pl.Int64),
    **dict.fromkeys(["gain", "low", "high", "se", "df", "p", "p_holm"], pl.Float64),
    **dict.fromkeys(["multiplier", "multiplier_low", "multiplier_high"], pl.Float64),
    **dict.fromkeys(["multiplier_note", "note"], pl.String),
}
_FAMILY = ("study", "loan", "arm", "robust")


class Multiplier(NamedTuple):
    """A label multiplier; an end beyond the learning curve is None, and `note` says where the value is a bound."""

    value: float | None
    low: float | None
    high: float | None
    note: str


def gains(cells: Cells, loans: Mapping[str, Mapping], places: pl.DataFrame) -> pl.DataFrame:
    """Every arm of every loan at every place that has both its systems, and pooled over tasks (GAINS_SCHEMA).

    Args:
        loans: by name, as the study's YAML has them: `title`; the variants `loan, fair` and perhaps `published,
            ceiling, simple`, each a name or a mapping from patterns of places to names, the first that fits counting;
            `at`, patterns of places (all, where it is left out); `metric` and perhaps `robust`, lists of which the
            first that both systems have counts.
        places: the table of places.

    `labels` are those of the training part of the first draw, or its rows where the data set is its own label. `n`
    counts pairs and `draws` the draws among them. `p_holm` is corrected over the places of one arm of one loan. The
    multiplier is that of the system `against`. Rows without a data set are pooled: their `name` is `scarcest` (the
    place of each task with the fewest labels, of tasks with several) or `all` (the one with the most), `labels` is the
    least and the most of all tasks', `n` counts tasks, and two have no interval.
    """
    table = (
        places.with_columns(pl.coalesce("labels_train", "rows_train").alias("labels"))
        .sort("order")
        .to_dicts()
    )
    rows = []
    for name, loan in loans.items():
        rows += _of_loan(cells, name, loan, table)
    found = pl.DataFrame(rows, schema={key: kind for key, kind in GAINS_SCHEMA.items() if key != "p_holm"})
    # What is pooled is no further place.
    apart = [
        with_holm(found.filter(pl.col("dataset").is_null() == pooled), _FAMILY) for pooled in (False, True)
    ]
    return pl.concat(apart).select(*GAINS_SCHEMA)


def _of_loan(cells: Cells, name: str, loan: Mapping, places: Sequence[Mapping]) -> list[dict]:
    rows: list[dict] = []
    for robust in (False, True):
        metrics = loan.get("robust" if robust else "metric", [])
        for arm in ARMS:
            # Of each place that has both systems; the curve of a control takes all places, whether they lend or not.
            measured = list(_measured(cells, loan, arm, metrics, places))
            of_arm = []
            for place, question, variant, against in measured:
                if not _fits(place, loan.get("at")):
                    continue
                pair = gain(cells, question, variant, against)
                if pair is None:
                    continue
                found = pair.level()
                curve = _curve(cells, loan, arm, place, question, places)
                of_arm.append(
                    (
                        place,
                        _row(question.study, name, loan, arm, robust, found)
                        | {
                            "dataset": place["dataset"],
                            "split": place["split"],
                            "name": place["name"],
                            "labels": place["labels"],
                            "variant": variant,
                            "against": against,
                            "metric": question.metric,
                            "draws": len(set(pair.cell.splits)),
                        }
                        | _multiplied(multiplier(curve, place["labels"], found)),
                    )
                )
            rows += [row for _, row in of_arm]
            rows += list(_pooled(of_arm))
    return rows


def _measured(
    cells: Cells, loan: Mapping, arm: str, metrics: Sequence[str], places: Sequence[Mapping]
) -> Iterator[tuple[Mapping, Question, str, str]]:
    """Each place where both systems of an arm have one of the metrics, with the question and the two systems."""
    for place in places:
        variant, against = (_played(loan.get(part), place) for part in ARMS[arm])
        if variant is None or against is None or variant == against:
            continue
        question = _question(cells, place, metrics, (variant, against))
        if question is not None:
            yield place, question, variant, against


def _question(
    cells: Cells, place: Mapping, metrics: Sequence[str], variants: Sequence[str]
) -> Question | None:
    """The first of the metrics that all these systems have at a place."""
    here = (place["dataset"], place["split"], PART)
    for metric in metrics:
        for question, systems in cells.of.items():
            if (*question[1:4], question.metric) == (*here, metric) and systems.keys() >= set(variants):
                return question
    return None


def _played(part: str | Mapping[str, str] | None, place: Mapping) -> str | None:
    """The variant that plays a part at a place."""
    if part is None or isinstance(part, str):
        return part
    return next((variant for pattern, variant in part.items() if _fits(place, [pattern])), None)


def _fits(place: Mapping, patterns: Sequence[str] | None) -> bool:
    return patterns is None or any(fnmatchcase(place["name"] or "", pattern) for pattern in patterns)


def _curve(
    cells: Cells, loan: Mapping, arm: str, here: Mapping, question: Question, places: Sequence[Mapping]
) -> list[tuple[int, float]]:
    """The learning curve that goes through a place: labels and mean log error of the control at each of its points."""
    points = {}
    for place in places:
        control = _played(loan.get(ARMS[arm][1]), place)
        there = question._replace(split=place["split"])
        if control is None or _task(place) != _task(here) or control not in cells.of.get(there, {}):
            continue
        errors = cells.log_error(there, cells.of[there][control])
        if errors is not None and place["labels"]:
            points[place["labels"]] = errors.mean
    return sorted(points.items())


def _task(place: Mapping) -> tuple:
    return place["dataset"], place["protocol"], place["target"]


def multiplier(curve: Sequence[tuple[int, float]], labels: int | None, gained: Level) -> Multiplier:
    """How many times `labels` the control would need for the error that is gone, on its curve of (labels, log error).

    Going from its own point towards more labels (for a loss, towards fewer), the first place where the curve reaches
    that error counts, so that a curve that rises for once does no harm.
    """
    if labels is None or len(curve) < 2 or labels not in dict(curve):
        return Multiplier(None, None, None, NO_CURVE)
    x = np.log([n for n, _ in curve]) - np.log(labels)
    y = np.array([error for _, error in curve])
    at = [n for n, _ in curve].index(labels)

    def reach(gain: float | None) -> tuple[float | None, str]:
        if gain is None:
            return None, ""
        up = gain >= 0
        path = range(at, len(x)) if up else range(at, -1, -1)
        wanted, before = y[at] - gain, at
        for after in path:
            if y[after] <= wanted if up else y[after] >= wanted:
                part = 0.0 if y[after] == y[before] else (wanted - y[before]) / (y[after] - y[before])
                return float(np.exp(x[before] + part * (x[after] - x[before]))), ""
            before = after
        return float(np.exp(x[path[-1]])), AT_LEAST if up else AT_MOST

    value, note = reach(gained.value)
    low, high = (found if not beyond else None for found, beyond in map(reach, (gained.low, gained.high)))
    return Multiplier(value, low, high, note)


def _multiplied(found: Multiplier) -> dict:
    return {
        "multiplier": found.value,
        "multiplier_low": found.low,
        "multiplier_high": found.high,
        "multiplier_note": found.note,
    }


def _row(study: str, name: str, loan: Mapping, arm: str, robust: bool, found: Level) -> dict:
    return {
        "study": study,
        "loan": name,
        "title": loan["title"],
        "arm": arm,
        "robust": robust,
        "n": found.n,
        "n_items": found.n_items,
        "gain": found.value,
        "low": found.low,
        "high": found.high,
        "se": found.se,
        "df": found.df,
        "p": found.p,
        "note": found.note,
    }


def _pooled(rows: Sequence[tuple[Mapping, Mapping]]) -> Iterator[dict]:
    """The rows of one arm over all tasks, where labels are scarcest and with all of them."""
    tasks: dict[tuple, list[Mapping]] = {}
    for place, row in rows:
        tasks.setdefault(_task(place), []).append(row)
    by_labels = [sorted(task, key=lambda row: row["labels"] or 0) for task in tasks.values()]
    ends = {SCARCEST: [task[0] for task in by_labels if len(task) > 1], ALL: [task[-1] for task in by_labels]}
    for name, chosen in ends.items():
        sure = [row for row in chosen if row["se"]]
        if not sure:
            continue
        found = pool([row["gain"] for row in sure], [row["se"] for row in sure], [row["df"] for row in sure])
        first = sure[0]
        yield {
            **{key: first[key] for key in ("study", "loan", "title", "arm", "robust")},
            "name": name,
            "labels": (min if name == SCARCEST else max)(row["labels"] or 0 for row in sure) or None,
            **{
                key: first[key] if len({row[key] for row in sure}) == 1 else None
                for key in ("variant", "against", "metric")
            },
            **{"n": found.n, "gain": found.value, "low": found.low, "high": found.high},
            **{"se": found.se, "df": found.df, "p": found.p, "note": found.note},
        }


def pool(values: Sequence[float], errors: Sequence[float], freedom: Sequence[float]) -> Level:
    """The mean of tasks with random effects, with the interval of Hartung and Knapp; of one task the task itself.

    Args:
        values, errors, freedom: of each task its gain, its standard error (above zero) and degrees of freedom.

    Two tasks have a mean and no interval.
    """
    y, v = np.asarray(values, float), np.asarray(errors, float) ** 2
    k = len(y)
    if k == 1:
        alone = Level(float(y[0]), None, None, float(errors[0]), float(freedom[0]), 1, None, "one task")
        low, high = alone.interval()
        return alone._replace(low=low, high=high)

    def heterogeneity(between: float) -> float:
        w = 1 / (v + between)
        return float(w @ (y - w @ y / w.sum()) ** 2)

    between = 0.0
    if heterogeneity(0.0) > k - 1:
        # The sum of squares falls with the variance between, and is below k - 1 at k times what all of y spans.
        between = float(brentq(lambda t: heterogeneity(t) - (k - 1), 0.0, k * float(np.ptp(y)) ** 2))
    w = 1 / (v + between)
    mean = float(w @ y / w.sum())
    if k == 2:
        return Level(mean, None, None, None, None, k, None, TOO_SMALL)
    se = float(np.sqrt(max(1.0, heterogeneity(between) / (k - 1)) / w.sum()))
    pooled = Level(mean, None, None, se, float(k - 1), k, None, "")
    low, high = pooled.interval()
    return pooled._replace(low=low, high=high)
