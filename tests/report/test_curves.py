"""Which ticks of a logarithmic axis bear a number."""

from retort.report.curves import apart


def test_ticks_that_would_run_into_each_other_bear_no_number():
    assert apart([10, 15, 30, 100], 2.0) == {15, 30, 100}
    assert apart([10, 15, 30, 100], 4.0) == {15, 100}
    assert apart([], 2.0) == set()
