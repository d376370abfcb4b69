"""Judge the judge: how often intervals cover the truth, and how often the rule of the claims is wrong.

Replicates and test items are simulated with a known truth, in the shapes of three studies (`DESIGNS`), and pushed
through the very functions that make the paper's intervals and verdicts. The standard deviations are near those of
laptop runs at few labels, where a draw of the labels is a replicate; from study to study more of the variance of a
mean is the replicates': about a fifth, a half and four fifths with as many replicates as the study has (5, 3 and 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import ndtri

from retort.statistics import verdicts
from retort.statistics.components import Level, two_way
from retort.statistics.gains import PRACTICAL
from retort.statistics.influence import mean, roc_auc

REPLICATES = (3, 5, 10)
CASES = 2000
LEVELS = (0.9, 0.95)
# Where the truth lies, in margins from the published value, or from zero.
TRUTHS = {"value": (0.0, 0.5, 1.0, 1.5, 2.0), "direction": (-1.0, 0.0, 1.0, 2.0)}
COVERAGE = "coverage"

OPERATING_SCHEMA = {
    **dict.fromkeys(["design", "title"], pl.String),
    **dict.fromkeys(["n", "n_items"], pl.Int64),
    "share": pl.Float64,
    "kind": pl.String,
    **dict.fromkeys(["margin", "truth"], pl.Float64),
    "verdict": pl.String,
    "rate": pl.Float64,
    "wrong": pl.Boolean,
    "cases": pl.Int64,
}


class Design(NamedTuple):
    """A study's shape.

    Attributes:
        simulate: pseudo-values (k, N), less their truth, from a random generator, k and N.
        n_items: N.
        spread: standard deviation of one replicate's value, whatever its items.
        margins: of a claim of a value, and of one of a direction.
    """

    title: str
    simulate: Callable[[np.random.Generator, int, int], np.ndarray]
    n_items: int
    spread: float
    margins: tuple[float, float]


# Success of 81 %: most items are solved by every replicate or by none, so that four fifths of the variance of single
# answers are the items'.
_SUCCESS, _ITEMS, _DRAWS = 0.81, 4.6, 0.13


def successes(draw: np.random.Generator, k: int, n: int) -> np.ndarray:
    """Answers right or wrong, each by a latent normal of replicate, item and chance; less the true success."""
    total = np.sqrt(1 + _ITEMS**2 + _DRAWS**2)
    latent = ndtri(_SUCCESS) * total + _DRAWS * draw.standard_normal((k, 1))
    latent = latent + _ITEMS * draw.standard_normal(n) + draw.standard_normal((k, n))
    return (latent > 0) - _SUCCESS


def gains_of_errors(draw: np.random.Generator, k: int, n: int) -> np.ndarray:
    """The gain of one system over another that is as good: ln of two mean log-normal errors, truth 0."""
    items = 0.75 * draw.standard_normal(n)
    logs = []
    for _ in range(2):
        errors = items + 0.45 * draw.standard_normal(n) + 0.35 * draw.standard_normal((k, n))
        estimate = mean(np.exp(errors + 0.035 * draw.standard_normal((k, 1))))
        centre = estimate.value[:, None]
        logs.append(np.log(centre) + estimate.influence / centre)
    return logs[0] - logs[1]


def rankings(draw: np.random.Generator, k: int, n: int) -> np.ndarray:
    """The difference of two areas under the ROC curve, 0.79 both, by DeLong's pseudo-values; truth 0."""
    labels = (np.arange(n) < round(0.4 * n)).astype(float)
    items = 0.7 * draw.standard_normal(n)
    areas = []
    for _ in range(2):
        apart = np.sqrt(2) * ndtri(0.79) + 0.28 * draw.standard_normal((k, 1))
        scores = apart * labels + items + np.sqrt(1 - 0.7**2) * draw.standard_normal((k, n))
        areas.append(np.stack([roc_auc(row, labels).pseudo_values for row in scores]))
    return areas[0] - areas[1]


DESIGNS = {
    "precursors": Design("success of recipes", successes, 2697, 0.0073, (0.015, 0.01)),
    "transfer": Design("gain in absolute error", gains_of_errors, 1189, 0.0495, (0.10, PRACTICAL)),
    "molecules": Design("difference of ROC-AUC", rankings, 150, 0.0795, (0.02, 0.02)),
}


def operate(*, seed: int, cases: int = CASES) -> pl.DataFrame:
    """Coverage and verdicts of every design with every number of replicates (OPERATING_SCHEMA).

    Rows of the kind `coverage` have the share of the intervals at the level `truth` that hold the truth. The others
    have how often claims with this truth (in margins) got a verdict, and whether that verdict is then wrong. `share` is
    the replicates' part of the variance of the mean.
    """
    rows = []
    for number, (name, design) in enumerate(DESIGNS.items()):
        for k in REPLICATES:
            draw = np.random.default_rng([seed, number, k])
            levels = [two_way(design.simulate(draw, k, design.n_items)) for _ in range(cases)]
            share = design.spread**2 / k / float(np.var([level.value for level in levels]))
            here = {"design": name, "title": design.title, "n": k, "n_items": design.n_items, "share": share}
            rows += [
                here | row | {"cases": cases} for row in (*_coverage(levels), *_verdicts(levels, design))
            ]
    return pl.DataFrame(rows, schema=OPERATING_SCHEMA)


def _coverage(levels: list[Level]) -> Iterator[dict]:
    for at in LEVELS:
        ends = [level.interval(at) for level in levels]
        inside = np.mean([low is not None and high is not None and low <= 0 <= high for low, high in ends])
        yield {"kind": COVERAGE, "truth": at, "rate": float(inside), "wrong": False}


def _verdicts(levels: list[Level], design: Design) -> Iterator[dict]:
    """How often each verdict is given; an estimate is as far from its truth wherever that lies."""
    rules = {"value": verdicts.equivalence, "direction": verdicts.direction}
    for (kind, truths), margin in zip(TRUTHS.items(), design.margins, strict=True):
        for truth in truths:
            found = [
                verdicts.verdict(
                    rules[kind](
                        verdicts.Estimate(level.value + truth * margin, level.se, level.df, level.n), margin
                    )
                )
                for level in levels
            ]
            for verdict in sorted(set(found)):
                yield {
                    "kind": kind,
                    "margin": margin,
                    "truth": truth,
                    "verdict": verdict,
                    "rate": found.count(verdict) / len(found),
                    "wrong": wrong(verdict, truth),
                }


def wrong(verdict: str, truth: float) -> bool:
    """Whether a verdict is false where the truth is so many margins from the published value, or from zero."""
    false = {
        verdicts.REPRODUCED: abs(truth) >= 1,
        verdicts.DIFFERENT: abs(truth) <= 1,
        verdicts.SUPPORTED: truth <= 1,
        verdicts.SMALL: truth <= 0,
        verdicts.NEGLIGIBLE: abs(truth) >= 1,
        verdicts.REVERSED: truth >= 0,
    }
    return false.get(verdict, False)
