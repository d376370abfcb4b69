"""Tables of several bands of columns, by hand."""

import pytest

from retort.report.stacked import stacked


def test_stacked_by_hand():
    groups = [{"a": ["1 & ", "2 & "], "b": ["3 & ", "4 & "], "c": ["5 & ", "6 & "]}, {"d": ["7 & ", "8 & "]}]
    columns, rules = stacked("S", ["x", "y"], groups, rules=[1], across=2)
    labels = ["x", "y", r"\midrule S", r"\midrule x", "y", r"\midrule S", r"\midrule x", "y"]
    assert columns[0].cells == labels
    assert [column.header for column in columns] == ["S", "a", "b"]
    assert columns[1].cells[3:5] == ["5 & ", "6 & "]
    assert columns[2].cells[6:] == [" & ", " & "]
    assert rules == [1, 4, 7]
    with pytest.raises(ValueError, match="1 cells for 2 labels"):
        stacked("S", ["x", "y"], [{"a": ["1 & "]}])
