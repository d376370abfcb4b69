"""The sentences about generated crystals."""

import numpy as np
import pytest

from retort.chemistry.descriptions import masked
from retort.chemistry.structure_types import STRUCTURE_TYPES
from retort.chemistry.template_text import describe

FACES = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2


def test_rock_salt():
    assert describe("rock salt", 5.64 * FACES, np.array([11, 17])) == (
        "NaCl is rock salt structured and crystallizes in the 225 space group. "
        "Na(1) is bonded in an octahedral geometry to six Cl(1) atoms. The shortest Na(1)-Cl(1) bond length is 2.82 Å. "
        "Cl(1) is bonded in an octahedral geometry to six Na(1) atoms. The shortest Cl(1)-Na(1) bond length is 2.82 Å."
    )


@pytest.mark.parametrize("kind", STRUCTURE_TYPES, ids=lambda kind: kind.name)
def test_every_type_has_a_text_that_can_be_masked(kind):
    numbers = {letter: (11, 22, 14, 8)[place] for place, letter in enumerate(kind.roles)} | {"X": 8, "Y": 17}
    text = describe(kind.name, 5 * kind.lattice, np.array([numbers[letter] for letter in kind.letters]))
    assert text.startswith(tuple("NTSCO"))
    assert kind.name in text
    other = {letter: {11: 19, 22: 40, 14: 32, 8: 16, 17: 35}[number] for letter, number in numbers.items()}
    same = describe(kind.name, 5 * kind.lattice, np.array([other[letter] for letter in kind.letters]))
    assert text != same
    if "sodium" not in kind.name and "potassium" not in kind.name:
        assert masked(text) == masked(same)


def test_what_is_no_type_is_refused():
    with pytest.raises(ValueError, match="'garnet' is unknown"):
        describe("garnet", np.eye(3), np.array([1]))
    with pytest.raises(ValueError, match="rock salt has 2 sites, the crystal 3"):
        describe("rock salt", np.eye(3), np.array([1, 1, 1]))
