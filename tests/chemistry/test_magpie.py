"""Magpie features against values worked out by hand."""

import numpy as np
import pytest

from retort.chemistry import magpie


def feature(features, name):
    return features[:, magpie.NAMES.index(name)]


def test_iron_oxide_by_hand():
    features = magpie.features(np.array([[0.4, 0.6]]), ["Fe", "O"])
    assert features.shape == (1, 132)
    assert features.dtype == np.float32
    # Z: 26 and 8, mean 0.4*26 + 0.6*8 = 15.2, deviation 0.4*10.8 + 0.6*7.2 = 8.64, most abundant O.
    expected = {"minimum": 8, "maximum": 26, "range": 18, "mean": 15.2, "average_deviation": 8.64, "mode": 8}
    for statistic, value in expected.items():
        assert feature(features, f"{statistic} number") == pytest.approx(value, rel=1e-6)
    assert feature(features, "mean electronegativity") == pytest.approx(0.4 * 1.83 + 0.6 * 3.44, rel=1e-6)
    assert feature(features, "maximum d_valence") == 6  # Fe [Ar] 3d6 4s2
    assert feature(features, "maximum d_unfilled") == 4
    assert feature(features, "maximum p_unfilled") == 2  # O 2p4
    assert feature(features, "mean valence") == pytest.approx(0.4 * 8 + 0.6 * 6, rel=1e-6)


@pytest.mark.parametrize(
    ("element", "s", "p", "d", "f"),
    [
        ("H", 1, 0, 0, 0),
        ("Na", 1, 0, 0, 0),
        ("Ga", 2, 1, 10, 0),
        ("Nd", 2, 0, 0, 4),
        ("W", 2, 0, 4, 14),
        ("Ne", 2, 6, 0, 0),
    ],
)
def test_valence_shells(element, s, p, d, f):
    values = dict(zip(magpie.PROPERTIES, magpie.table([element])[0], strict=True))
    assert [values[f"{shell}_valence"] for shell in "spdf"] == [s, p, d, f]
    unfilled = [
        full - count if count else 0 for count, full in zip((s, p, d, f), (2, 6, 10, 14), strict=True)
    ]
    assert [values[f"{shell}_unfilled"] for shell in "spdf"] == unfilled


def test_missing_values_become_the_mean_of_the_known_ones():
    column = magpie.PROPERTIES.index("electronegativity")
    known, filled = magpie.known()[:, column], magpie.filled()[:, column]
    assert np.flatnonzero(np.isnan(known)).tolist() == [1, 9, 17]  # He, Ne, Ar
    assert filled[1] == pytest.approx(np.nanmean(known))
    assert np.isfinite(magpie.filled()).all()


def test_the_mode_takes_the_smaller_value_on_a_tie():
    features = magpie.features(np.array([[0.5, 0.5]]), ["Na", "Cl"])
    assert feature(features, "mode number") == 11


def test_neither_the_order_of_columns_nor_absent_elements_matter():
    one = magpie.features(np.array([[0.2, 0.2, 0.6], [0, 1, 0]]), ["Ca", "Ti", "O"])
    other = magpie.features(np.array([[0.6, 0, 0.2, 0.2], [0, 0, 1, 0]]), ["O", "Xe", "Ti", "Ca"])
    np.testing.assert_allclose(one, other, rtol=1e-6)
    with pytest.raises(ValueError, match="one column per element"):
        magpie.features(np.ones((2, 3)), ["Ca", "Ti"])
