"""Intervals: coverage, seeds, and the samples that have none."""

import warnings

import numpy as np
import pytest
import scipy.stats

from retort.statistics import bootstrap
from retort.statistics.bootstrap import interval, interval_over_items, paired_over_items


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_equals_scipy():
    sample = np.random.default_rng(3).normal(size=30)
    expected = scipy.stats.bootstrap(
        (sample,), np.mean, method="BCa", n_resamples=999, rng=np.random.default_rng(5)
    ).confidence_interval
    ours = interval(sample, np.mean, seed=5, resamples=999)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high))
    assert ours.point == pytest.approx(sample.mean())
    assert ours.note == ""


def test_same_seed_same_interval():
    sample = np.random.default_rng(3).normal(size=8)
    assert interval(sample, seed=1, resamples=500) == interval(sample, seed=1, resamples=500)
    assert interval(sample, seed=1, resamples=500) != interval(sample, seed=2, resamples=500)


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([0.4], "n too small"),
        ([0.4, 0.6], "n too small"),
        ([0.4] * 5, "constant"),
        ([0.1 + 0.2, 0.3, 0.3], "constant"),
    ],
)
def test_no_made_up_interval(values, note):
    result = interval(values, np.mean, seed=0)
    assert result.point == pytest.approx(np.mean(values))
    assert result[1:] == (None, None, note)


def test_discrete_samples_never_give_nan():
    generator = np.random.default_rng(11)
    notes = set()
    for _ in range(60):
        result = interval(
            generator.integers(0, 2, size=int(generator.integers(3, 12))), seed=0, resamples=300
        )
        notes.add(result.note)
        assert (result.low is None) == (result.high is None)
        assert result.low is None or (
            np.isfinite([result.low, result.high]).all() and result.low < result.high
        )
    assert notes - {"", "percentile", "degenerate", "constant"} == set()


def test_an_outlier_that_no_resample_shows_is_degenerate():
    assert interval([0.0] * 200 + [1.0], seed=0, resamples=300)[1:] == (None, None, "degenerate")


def test_coverage_of_the_trimean_and_of_the_mean():
    generator = np.random.default_rng(0)
    samples = generator.normal(loc=2.0, size=(150, 20))
    for statistic in (bootstrap.trimean, np.mean):
        intervals = [interval(sample, statistic, seed=0, resamples=400) for sample in samples]
        covered = np.mean([one.low <= 2.0 <= one.high for one in intervals])
        assert 0.86 <= covered <= 0.99  # nominal 0.95; standard error of 150 trials 0.02


def test_large_samples_use_percentiles():
    sample = np.random.default_rng(0).random(bootstrap.LARGEST_FOR_BCA + 1)
    result = interval_over_items(sample, seed=0)
    assert result.note == "percentile"
    assert result.high - result.low == pytest.approx(2 * 1.96 * sample.std() / len(sample) ** 0.5, rel=0.1)


def test_pairing_removes_what_items_share():
    generator = np.random.default_rng(0)
    easy = generator.random(400)
    ours, theirs = easy + 0.02 + 0.01 * generator.normal(size=400), easy
    paired = paired_over_items(ours, theirs, seed=0)
    alone = interval_over_items(ours, seed=0)
    assert paired.low < 0.02 < paired.high
    assert paired.high - paired.low < 0.2 * (alone.high - alone.low)


def test_awkward_input():
    with pytest.raises(ValueError, match="same items"):
        paired_over_items([1, 2, 3], [1, 2], seed=0)
    with pytest.raises(ValueError, match="empty"):
        interval([], seed=0)
    with pytest.raises(ValueError, match="nan"):
        interval([1, 2, np.nan], seed=0)
