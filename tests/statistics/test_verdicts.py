"""The rule by which claims are judged: by hand, and its properties."""

import math

import numpy as np
import pytest
from scipy import stats

from retort.statistics.verdicts import (
    DIFFERENT,
    NEGLIGIBLE,
    NOT_JUDGED,
    REPRODUCED,
    REVERSED,
    SMALL,
    SUPPORTED,
    UNDECIDED,
    Estimate,
    adjusted,
    conjunction,
    count,
    decisive,
    direction,
    distance,
    equivalence,
    margin_needed,
    slope,
    verdict,
)


def at(value, se=0.01, df=8.0, n=9):
    return Estimate(value, se, df, n)


def test_a_value_is_reproduced_by_its_90_percent_interval_and_different_by_its_95():
    # paper.md 5.4: 82 % published, ours 81.3, margin 1.5 points and half a point of rounding.
    ours = distance(Estimate(0.813, 0.0062, 8.0, 9), 0.82, same_items=True)
    assert verdict(equivalence(ours, 0.015 + 0.005)) == REPRODUCED
    low, high = ours.interval(0.90)
    assert margin_needed(ours) == pytest.approx(max(-low, high))
    for margin, word in [(margin_needed(ours) * 1.001, REPRODUCED), (margin_needed(ours) * 0.999, UNDECIDED)]:
        assert verdict(equivalence(ours, margin)) == word
    # The edge of "different" is that of the 95 % interval.
    reach = stats.t.ppf(0.975, 8) * 0.0062
    for gap, word in [(1.001, DIFFERENT), (0.999, UNDECIDED)]:
        assert verdict(equivalence(at(0.02 + gap * reach, 0.0062), 0.02)) == word


def test_without_a_spread_a_published_value_is_as_uncertain_as_ours():
    ours = at(0.5)
    assert distance(ours, 0.5).se == pytest.approx(0.01 * math.sqrt(2))
    assert distance(ours, 0.5, same_items=True).se == 0.01
    assert distance(ours, 0.5, spread=0.02).se == pytest.approx(math.hypot(0.01, 0.02))


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (0.08, SUPPORTED),
        (0.06, SMALL),
        (0.03, SMALL),
        (0.02, NEGLIGIBLE),
        (-0.02, NEGLIGIBLE),
        (-0.04, REVERSED),
    ],
)
def test_a_direction_has_four_verdicts(value, word):
    assert verdict(direction(at(value), 0.05)) == word


def test_a_direction_with_a_wide_interval_is_undecided_and_never_negligible():
    assert verdict(direction(at(0.0, 0.1), 0.05)) == UNDECIDED
    assert decisive(direction(at(0.1, 0.1), 0.05)) == SMALL


def test_below_three_replicates_nothing_is_judged_unless_there_is_nothing_random():
    assert Estimate(1.0, 0.1, 5.0, 3).judged
    assert not Estimate(1.0, 0.1, 5.0, 2).judged
    assert Estimate(1.0, 0.1, 500.0, 1, deterministic=True).judged
    assert not Estimate(1.0, None, None, 9).judged
    assert verdict(None) == NOT_JUDGED
    assert distance(Estimate(1.0, None, None, 2), 0.5).interval() == (None, None)


def test_counts_are_equal_or_not():
    assert count(2254, 2254) == REPRODUCED
    assert count(2697, 2654) == DIFFERENT
    assert count(0.3 - 0.1, 0.2) == REPRODUCED


def test_a_conjunction_holds_when_all_hold_and_one_is_enough_against_it():
    strong, weak, wrong = (direction(at(value), 0.05) for value in (0.2, 0.06, -0.2))
    assert verdict(conjunction([strong, strong])) == SUPPORTED
    assert verdict(conjunction([strong, weak])) == SMALL
    assert verdict(conjunction([strong, wrong])) == REVERSED
    assert verdict(conjunction([strong, direction(at(0.0, 0.1), 0.05)])) == UNDECIDED
    assert conjunction([wrong] * 3)[REVERSED] == pytest.approx(3 * wrong[REVERSED])
    assert list(conjunction([strong, weak])) == list(strong)  # the order of verdicts is that of the tests


def test_several_equivalences_hold_when_all_do_and_one_is_enough_against_them():
    same, near, far, vague = (
        equivalence(at(*given), 0.05) for given in [(0.0,), (-0.02,), (-0.2,), (0, 0.1)]
    )
    assert verdict(conjunction([same, near])) == REPRODUCED
    assert conjunction([same, near])[REPRODUCED] == near[REPRODUCED]
    assert verdict(conjunction([same, far])) == DIFFERENT
    assert verdict(conjunction([same, vague])) == UNDECIDED
    assert conjunction([same, far, far])[DIFFERENT] == pytest.approx(3 * far[DIFFERENT])


def test_holm_counts_verdict_by_verdict():
    family = [{REPRODUCED: 0.01, DIFFERENT: 1.0}, None, {SUPPORTED: 0.02}, {REPRODUCED: 0.04, DIFFERENT: 1.0}]
    first, nothing, alone, second = adjusted(family)
    assert nothing is None
    assert alone == {SUPPORTED: 0.02}
    assert (first[REPRODUCED], second[REPRODUCED]) == pytest.approx((0.02, 0.04))


def test_the_slope_is_that_of_weighted_least_squares():
    x, y, se = np.array([0.0, 1.0, 3.0]), np.array([0.5, 0.4, 0.1]), np.array([0.1, 0.02, 0.05])
    found = slope([(a, Estimate(b, c, 4.0 + a, 5)) for a, b, c in zip(x, y, se, strict=True)])
    design = np.stack([np.ones(3), x], axis=1) / se[:, None]
    covariance = np.linalg.inv(design.T @ design)
    assert found.value == pytest.approx((covariance @ design.T @ (y / se))[1])
    assert (found.se, found.df, found.n) == (pytest.approx(covariance[1, 1] ** 0.5), 4.0, 5)
    unknown = slope([(0.0, at(1.0)), (1.0, Estimate(0.0, None, None, 2))])
    assert unknown.value == -1.0
    assert not unknown.judged
    with pytest.raises(ValueError, match="no slope"):
        slope([(0.0, at(1.0))])


def test_a_wider_interval_never_gains_a_verdict():
    """Over random claims: no p falls when a standard error grows or degrees of freedom shrink, alone or in a family."""
    random = np.random.default_rng(12)
    for _ in range(400):
        value, margin = random.normal(0, 0.1), random.uniform(0, 0.15)
        se, df = random.lognormal(-4, 1), random.uniform(1.5, 60)
        narrow = Estimate(value, se, df, 5)
        wide = Estimate(value, se * random.uniform(1, 4), df * random.uniform(0.3, 1), 5)
        pairs = [(rule(narrow, margin), rule(wide, margin)) for rule in (equivalence, direction)]
        for index, rule in enumerate((equivalence, direction)):
            other = rule(at(random.normal(0, 0.1)), margin)
            pairs.append((conjunction([pairs[index][0], other]), conjunction([pairs[index][1], other])))
        rest = [
            rule(at(random.normal(0, 0.1)), margin) for rule in (equivalence, direction) for _ in range(3)
        ]
        for before, after in pairs:
            in_family = [adjusted([tests, *rest]) for tests in (before, after)]
            for old, new in [(before, after), *zip(*in_family, strict=True)]:
                # A test that is not passed may move; what was not shown stays unshown.
                shown = [{word for word, p in tests.items() if p <= 0.05} for tests in (old, new)]
                assert shown[1] <= shown[0], (value, margin, se, df)
            assert margin_needed(narrow) <= margin_needed(wide)


def test_the_rule_has_no_side():
    for value in (0.3, 0.06, 0.0, -0.06):
        forward, backward = direction(at(value), 0.05), direction(at(-value), 0.05)
        assert forward[SMALL] == pytest.approx(backward[REVERSED])
        assert forward[NEGLIGIBLE] == pytest.approx(backward[NEGLIGIBLE])


def test_an_estimate_without_noise_is_decided_by_its_point():
    for value, word in [(0.06, SUPPORTED), (0.05, SMALL), (0.0, NEGLIGIBLE), (-0.06, REVERSED)]:
        assert verdict(direction(at(value, 0.0), 0.05)) == word
