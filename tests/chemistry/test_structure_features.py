"""Geometry without elements: known crystals, and what must not matter."""

import numpy as np
import pytest

from retort.chemistry.crystal import Crystal
from retort.chemistry.structure_features import NAMES, features

FACES = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
ROCK_SALT = Crystal(5.64 * FACES, np.array([11, 17]), np.array([[0, 0, 0], [0.5, 0.5, 0.5]]))
COPPER = Crystal(3.61 * FACES, np.array([29]), np.zeros((1, 3)))


def named(crystal):
    return dict(zip(NAMES, features(crystal).tolist(), strict=True))


def test_there_are_82_and_each_has_a_name():
    assert len(NAMES) == len(set(NAMES)) == 82
    assert features(ROCK_SALT).shape == (82,)
    assert features(ROCK_SALT).dtype == np.float32
    assert np.isfinite(features(COPPER)).all()


def test_copper_is_twelve_equal_bonds():
    copper = named(COPPER)
    assert copper["volume per atom"] == pytest.approx(3.61**3 / 4, rel=1e-5)
    assert copper["mean shortest bond"] == pytest.approx(2 ** (1 / 6), rel=1e-5)  # (a / √2) / (a³ / 4)^(1/3)
    assert copper["mean shortest over longest bond"] == pytest.approx(1, abs=1e-5)
    assert copper["mean bonds within 1.1 of the shortest"] == 12
    assert copper["mean bonds to the same element"] == 1
    # Steinhardt, Nelson and Ronchetti (1983), table I: face-centred cubic.
    assert copper["mean q4"] == pytest.approx(0.19094, abs=1e-4)
    assert copper["mean q6"] == pytest.approx(0.57452, abs=1e-4)
    assert copper["mean q2"] == pytest.approx(0, abs=1e-3)


def test_rock_salt_has_six_near_bonds_to_the_other_element():
    salt = named(ROCK_SALT)
    assert salt["elements"] == 2
    assert salt["entropy of the fractions"] == pytest.approx(np.log(2))
    assert salt["mean bonds within 1.2 of the shortest"] == 6
    assert salt["mean near bonds to the same element"] == 0
    assert salt["mean near q4"] == pytest.approx(
        0.76376, abs=1e-4
    )  # octahedron, the same table: simple cubic
    assert salt["deviation of shortest bond"] == pytest.approx(0, abs=1e-6)


def test_rotation_order_origin_and_other_elements_change_nothing():
    angle = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    turned = Crystal(ROCK_SALT.lattice @ angle, np.array([17, 11]), (ROCK_SALT.positions[::-1] + 0.3) % 1)
    others = Crystal(ROCK_SALT.lattice, np.array([3, 9]), ROCK_SALT.positions)
    for crystal in (turned, others):
        assert features(crystal) == pytest.approx(features(ROCK_SALT), abs=1e-4)


def test_a_larger_cell_changes_the_cell_alone():
    doubled = Crystal(
        ROCK_SALT.lattice * [[2], [1], [1]],
        np.array([11, 11, 17, 17]),
        np.array([[0, 0, 0], [0.5, 0, 0], [0.25, 0.5, 0.5], [0.75, 0.5, 0.5]]),
    )
    assert features(doubled)[10:] == pytest.approx(features(ROCK_SALT)[10:], abs=1e-4)
    assert named(doubled)["sites"] == 4
