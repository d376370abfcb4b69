"""Anions of compounds that a chemist would name."""

import pytest

from retort.chemistry.anions import anion


@pytest.mark.parametrize(
    ("elements", "name"),
    [
        ("Pb Te", "Te"),
        ("Bi Cu Se O", "O"),
        ("Cu Ga Te", "Te"),
        ("Mg Sb", "Sb"),
        ("Co Sb", "Sb"),
        ("Fe V Al", "Fe"),
    ],
)
def test_anions(elements, name):
    assert anion(elements.split()) == name
    assert anion(reversed(elements.split())) == name
