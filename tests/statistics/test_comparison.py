"""Holm's correction."""

import pytest

from retort.statistics.comparison import holm


def test_holm_by_hand():
    # sorted .01 .02 .03 .04 times 4 3 2 1 = .04 .06 .06 .04, made non-decreasing
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.6]) == pytest.approx([1.0, 1.0])
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


def test_holm_skips_what_was_not_tested():
    assert holm([None, 0.02, None, 0.5]) == [None, pytest.approx(0.04), None, pytest.approx(0.5)]
    assert holm([None]) == [None]


def test_holm_refuses_nonsense():
    with pytest.raises(ValueError, match=r"0\.\.1"):
        holm([0.5, 1.5])
    with pytest.raises(ValueError, match=r"0\.\.1"):
        holm([0.5, float("nan")])
