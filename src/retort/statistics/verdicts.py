"""The rule by which a published claim is judged: pure functions of estimates, margins and published values.

An estimate is a value with its standard error and degrees of freedom, over `n` replicates. For every verdict that a
kind of claim can have there is one test, and a claim's *tests* are these verdicts, the strongest first, each with
the p of its test. A verdict is reached where its p is at most 5 %, so p is the greater of the two one-sided tails for
an equivalence (its 90 % interval lies inside) and twice the one-sided tail for what a bound of the 95 % interval
decides.

- *value*, *equal*: **reproduced** when the 90 % interval of ours minus the published value lies inside the margin and
  the rounding of the published value (two one-sided tests; Schuirmann 1987, Anderson and Maxwell 2016), **different**
  when the 95 % interval lies outside of them.
- *direction*, *trend*: of an estimate that is positive where the claim holds, with the smallest effect that matters as
  margin: **supported** when the 95 % interval lies above the margin, **supported, small** when it lies above zero,
  **negligible** when the 90 % interval lies between minus and plus the margin, **reversed** when the 95 % interval
  lies below zero.
- *rank*, *mechanism*: several directions at once: they hold when each does (intersection-union), and one that fails is
  enough against them (Bonferroni). So do several equivalences of one *equal*.
- *count*: our number is the published one, or **different**; nothing is estimated.

Otherwise **undecided**: every p grows with the standard error, so that a wider interval can lose a verdict and never
gain one. An estimate without a standard error, or over less than three replicates, is **not judged**; a system without
randomness has one replicate, and the standard error of its mean over test items serves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from retort.statistics.comparison import holm
from retort.statistics.components import CONFIDENCE, FEWEST, t_interval

REPRODUCED = "reproduced"
DIFFERENT = "different"
SUPPORTED = "supported"
SMALL = "supported, small"
NEGLIGIBLE = "negligible"
REVERSED = "reversed"
UNDECIDED = "undecided"
NOT_JUDGED = "not judged"
# The verdicts of tests, in the order of tables: for the claim, against it, neither.
VERDICTS = (REPRODUCED, SUPPORTED, SMALL, NEGLIGIBLE, DIFFERENT, REVERSED, UNDECIDED, NOT_JUDGED)
# Of a claim with one of these nothing that stands on it can be said.
FALLEN = (DIFFERENT, NEGLIGIBLE, REVERSED)

LEVEL = 0.05
LEAST = FEWEST  # replicates

Tests = Mapping[str, float]


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error and degrees of freedom (both None where nothing is known of them).

    `n` counts replicates; `deterministic` says that the system has no randomness, so that one replicate is all there is
    and `se` is over test items alone.
    """

    value: float
    se: float | None
    df: float | None
    n: int
    deterministic: bool = False

    @property
    def judged(self) -> bool:
        """Whether a verdict may stand on it."""
        return self.se is not None and self.df is not None and (self.n >= LEAST or self.deterministic)

    def __neg__(self) -> Estimate:
        return Estimate(-self.value, self.se, self.df, self.n, self.deterministic)

    def minus(self, value: float, *, spread: float = 0.0) -> Estimate:
        """Its distance from a value of standard error `spread`, whose degrees of freedom are taken to be ours."""
        se = None if self.se is None else math.hypot(self.se, spread)
        return Estimate(self.value - value, se, self.df, self.n, self.deterministic)

    def interval(self, level: float = CONFIDENCE) -> tuple[float, float] | tuple[None, None]:
        """The t interval; (None, None) without a standard error."""
        return t_interval(self.value, self.se, self.df, level)


def above(estimate: Estimate, bound: float) -> float:
    """The one-sided p of the hypothesis that the truth is at most `bound`, which a small p refutes."""
    gap = estimate.value - bound
    if not estimate.se:
        return 0.0 if gap > 0 else 0.5 if gap == 0 else 1.0
    return float(stdtr(estimate.df, -gap / estimate.se))


def below(estimate: Estimate, bound: float) -> float:
    """The one-sided p of the hypothesis that the truth is at least `bound`."""
    return above(-estimate, -bound)


def within(estimate: Estimate, margin: float) -> float:
    """The p of two one-sided tests: that the truth is outside of (-margin, margin)."""
    return max(above(estimate, -margin), below(estimate, margin))


def outside(estimate: Estimate, margin: float) -> float:
    """Twice the one-sided p of the hypothesis that the truth is inside of [-margin, margin]."""
    return _double(min(above(estimate, margin), below(estimate, -margin)))


def _double(p: float) -> float:
    return min(1.0, 2 * p)


def distance(
    estimate: Estimate, published: float, *, spread: float | None = None, same_items: bool = False
) -> Estimate:
    """Ours minus a published value.

    Args:
        spread: the standard error of the published value; None where the source gives none.
        same_items: both are of the same test items, whose choice then adds nothing. Without that and without a
            spread the published value is taken to be as uncertain as ours.
    """
    if spread is None:
        spread = 0.0 if same_items else (estimate.se or 0.0)
    return estimate.minus(published, spread=spread)


def equivalence(difference: Estimate, margin: float) -> Tests:
    """Tests of a *value* (of `distance`, with the rounding in the margin) or of an *equal* (of a difference)."""
    return {REPRODUCED: within(difference, margin), DIFFERENT: outside(difference, margin)}


def direction(estimate: Estimate, margin: float) -> Tests:
    """Tests of an estimate that is positive where the claim holds; effects up to `margin` do not matter."""
    return {
        SUPPORTED: _double(above(estimate, margin)),
        SMALL: _double(above(estimate, 0.0)),
        NEGLIGIBLE: within(estimate, margin),
        REVERSED: _double(below(estimate, 0.0)),
    }


def conjunction(parts: Sequence[Tests]) -> Tests:
    """Tests of several directions (*rank*, *mechanism*), or of several equivalences, together."""
    return {
        word: min(1.0, len(parts) * min(part[word] for part in parts))
        if word in FALLEN
        else max(part[word] for part in parts)
        for word in parts[0]
    }


def count(ours: float, published: float, margin: float = 0.0) -> str:
    """The verdict on a number that is counted, not estimated; `margin` as for a value, mostly zero."""
    return REPRODUCED if abs(ours - published) <= margin + 1e-9 * max(1.0, abs(published)) else DIFFERENT


def slope(points: Sequence[tuple[float, Estimate]]) -> Estimate:
    """The weighted least-squares slope of estimates on x, with the standard errors that they have.

    Estimates that share test items or labels vary together, which makes this standard error too large rather than too
    small. Degrees of freedom and replicates are the least of the points'.

    Raises:
        ValueError: less than two points.
    """
    if len(points) < 2:
        raise ValueError(f"{len(points)} points have no slope.")
    estimates = [estimate for _, estimate in points]
    x = np.array([at for at, _ in points])
    y = np.array([estimate.value for estimate in estimates])
    replicates = min(estimate.n for estimate in estimates)
    known = all(estimate.judged and estimate.se for estimate in estimates)
    weights = (
        np.array([1 / (estimate.se or 1.0) ** 2 for estimate in estimates]) if known else np.ones(len(x))
    )
    centred = x - np.average(x, weights=weights)
    spread = float(np.sum(weights * centred**2))
    value = float(np.sum(weights * centred * y)) / spread
    if not known:
        return Estimate(value, None, None, replicates)
    freedom = min(estimate.df or 0.0 for estimate in estimates)
    deterministic = all(estimate.deterministic for estimate in estimates)
    return Estimate(value, spread**-0.5, freedom, replicates, deterministic)


def verdict(tests: Tests | None, level: float = LEVEL) -> str:
    """The strongest verdict whose test is passed; `not judged` where there are none."""
    if tests is None:
        return NOT_JUDGED
    return next((word for word, p in tests.items() if p <= level), UNDECIDED)


def decisive(tests: Tests, level: float = LEVEL) -> str:
    """The verdict whose p is printed: the one that is reached, and of an undecided claim the nearest."""
    reached = verdict(tests, level)
    return min(tests, key=lambda word: tests[word]) if reached == UNDECIDED else reached


def adjusted(family: Sequence[Tests | None]) -> list[Tests | None]:
    """The tests of a family of claims with p values after Holm, verdict by verdict.

    So the chance that anything in the family is wrongly called reproduced (or different, supported, ..) is at most 5 %
    for each of these words. An adjusted p never falls when any p of the family grows. Claims without tests count for
    nothing.
    """
    new: list[dict[str, float] | None] = [None if tests is None else dict(tests) for tests in family]
    for word in dict.fromkeys(word for tests in family if tests for word in tests):
        raised = holm([tests.get(word) if tests else None for tests in family])
        for tests, p in zip(new, raised, strict=True):
            if tests is not None and p is not None:
                tests[word] = p
    return list(new)


def margin_needed(difference: Estimate, level: float = LEVEL) -> float | None:
    """The smallest margin within which an estimate lies by two one-sided tests at this level.

    It is the farther end of the 90 % interval (after Holm, of a wider one); None without a standard error.
    """
    low, high = difference.interval(1 - 2 * level)
    return None if low is None or high is None else max(abs(low), abs(high))
