"""Ions, charge balance, polymorphs, and Ewald energies against Madelung constants from the literature."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from retort.chemistry import decoration
from retort.chemistry.decoration import Decorated, labels, pattern, polymorphs
from retort.chemistry.ions import ANIONS, CATIONS, radius
from retort.chemistry.structure_types import STRUCTURE_TYPES

COULOMB = 14.399645  # e^2 / (4 pi epsilon_0) in eV Å
BY_NAME = {prototype.name: prototype for prototype in STRUCTURE_TYPES}


@pytest.fixture(scope="module")
def compositions():
    return decoration.compositions()


@pytest.mark.parametrize(
    ("ion", "coordination", "convention", "value"),
    [
        (("Na", 1), 6, "coordination", 1.16),
        (("Na", 1), 12, "coordination", 1.53),
        (("Na", 1), 12, "sixfold", 1.16),
        (("O", -2), 6, "coordination", 1.26),
        (("O", -2), 2, "coordination", 1.21),
        (("Fe", 3), 6, "coordination", 0.785),  # high spin; low spin is 0.69
        (("Cl", -1), 4, "coordination", 1.67),  # six-fold is all there is
        (("Mo", 6), 8, "coordination", 0.87),  # seven-fold is the nearest
    ],
)
def test_radii_are_shannons(ion, coordination, convention, value):
    assert radius(*ion, coordination, convention) == pytest.approx(value)


def test_unknown_ions_and_conventions_are_refused():
    with pytest.raises(ValueError, match=r"no radius of Na with charge \+3"):
        radius("Na", 3, 6, "coordination")
    with pytest.raises(ValueError, match="choose one of coordination, sixfold"):
        radius("Na", 1, 6, "bragg")


def test_every_ion_has_a_radius():
    for symbol, charges in (CATIONS | ANIONS).items():
        for charge in charges:
            assert 0.1 < radius(symbol, charge, 6, "coordination") < 2.5


def test_compositions_are_neutral_and_occur_once(compositions):
    assert len(compositions) > 1_000
    formulas = [
        tuple((symbol, amount) for (symbol, _), amount in composition) for composition in compositions
    ]
    assert len(set(formulas)) == len(formulas)
    for composition in compositions[::7]:
        assert sum(charge * amount for (_, charge), amount in composition) == 0
        assert len({symbol for (symbol, _), _ in composition}) == len(composition)


def test_polymorphs_of_strontium_titanate():
    composition = ((("O", -2), 3), (("Sr", 2), 1), (("Ti", 4), 1))
    assert pattern(composition) == ((1, 1), (3,))
    found = Counter(decorated.prototype.name for decorated in polymorphs(composition))
    # Either cation may take either place.
    assert found == {"perovskite": 2, "hexagonal perovskite": 2, "ilmenite": 2}


def test_polymorphs_keep_the_amounts(compositions):
    for composition in compositions[::97]:
        for decorated in polymorphs(composition):
            counts = Counter(decorated.symbols)
            for (symbol, charge), amount in composition:
                assert counts[symbol] * composition[0][1] == counts[composition[0][0][0]] * amount
                assert charge in decorated.charges
            assert decorated.charges.sum() == 0


@pytest.mark.parametrize(
    ("name", "charges", "nearest", "madelung"),
    [
        ("rock salt", (1, -1), 1 / 2, 1.747565),
        ("caesium chloride", (1, -1), np.sqrt(3) / 2, 1.762675),
        ("zinc blende", (1, -1), np.sqrt(3) / 4, 1.638055),
        ("wurtzite", (1, -1), np.sqrt(3 / 8), 1.641322),
        ("fluorite", (2, -1), np.sqrt(3) / 4, 5.038785),  # per formula unit, in units of e^2 / r
    ],
)
def test_ewald_energies_are_madelungs(name, charges, nearest, madelung):
    prototype = BY_NAME[name]
    ions = dict(
        zip(("A", "X"), (("Ca" if charges[0] == 2 else "Na", charges[0]), ("F", charges[1])), strict=True)
    )
    decorated = Decorated(prototype, ions)
    energy, difference = labels(decorated, 5 * prototype.lattice, prototype.positions)
    units = len(prototype.positions) / sum(prototype.counts.values())
    per_unit = energy * len(prototype.positions) / units
    assert per_unit == pytest.approx(-madelung * COULOMB / (5 * nearest), rel=1e-5)
    if len(set(map(abs, charges))) == 1:  # E = q^2 (V_cation - V_anion) / 2 per pair
        assert difference == pytest.approx(2 * madelung * COULOMB / (5 * nearest), rel=1e-5)


@pytest.mark.parametrize("name", ["spinel", "ilmenite", "matlockite"])
def test_labels_scale_with_the_inverse_length_and_ignore_where_the_origin_is(name, compositions):
    prototype = BY_NAME[name]
    composition = next(
        composition
        for composition in compositions
        if name in {decorated.prototype.name for decorated in polymorphs(composition)}
    )
    decorated = next(found for found in polymorphs(composition) if found.prototype.name == name)
    small = labels(decorated, 5 * prototype.lattice, prototype.positions)
    large = labels(decorated, 7.5 * prototype.lattice, prototype.positions + np.array([0.1, 0.2, 0.3]))
    assert small == pytest.approx([1.5 * value for value in large], rel=1e-5)
    assert small[0] < 0 < small[1]


def test_shrinking_ions_lower_the_energy():
    decorated = [
        Decorated(BY_NAME["rock salt"], {"A": (ion, 1), "X": ("F", -1)}) for ion in ("Cs", "K", "Na", "Li")
    ]
    energies = [
        labels(
            one,
            one.prototype.scale(one.radii("coordination")) * one.prototype.lattice,
            one.prototype.positions,
        )[0]
        for one in decorated
    ]
    assert all(after < before for before, after in pairwise(energies))
