"""How often near targets are of one family."""

import numpy as np
import pytest

from retort.studies.precursors import illustrations
from retort.studies.precursors.illustrations import agreement


def test_agreement_by_hand(monkeypatch):
    angles = np.deg2rad([0, 10, 90, 101])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    # All three others are looked at: one of them is of the same family.
    assert agreement(vectors, ["a", "a", "b", "b"]) == pytest.approx(1 / 3)
    assert agreement(vectors, ["a", "a", "b", "a"]) == pytest.approx((2 / 3 * 3 + 0) / 4)
    monkeypatch.setattr(illustrations, "NEIGHBOURS", 1)
    assert agreement(vectors, ["a", "a", "b", "b"]) == 1
    assert agreement(vectors, ["a", "a", "b", "a"]) == 0.5
