"""Formulas worked out by hand."""

import numpy as np
import pytest

from retort.chemistry.composition import (
    SYMBOLS,
    FormulaError,
    chemical_system,
    element_bits,
    element_order,
    fraction_matrix,
    integers,
    key,
    parse,
)


@pytest.mark.parametrize(
    ("formula", "amounts"),
    [
        ("LiCoO2", {"Li": 1, "Co": 1, "O": 2}),
        ("Co", {"Co": 1}),
        ("CO", {"C": 1, "O": 1}),
        ("Ca5(PO4)3OH", {"Ca": 5, "P": 3, "O": 13, "H": 1}),
        ("Ni4[Fe(CN)6]3", {"Ni": 4, "Fe": 3, "C": 18, "N": 18}),
        ("La0.7Sr0.3MnO3", {"La": 0.7, "Sr": 0.3, "Mn": 1, "O": 3}),
        ("Li.5O", {"Li": 0.5, "O": 1}),
        ("(La0.5Sr0.5)2NiO4", {"La": 1, "Sr": 1, "Ni": 1, "O": 4}),
        ("CH3COOH", {"C": 2, "H": 4, "O": 2}),
        ("CuSO4·5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CuSO4.5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}),
        ("CuSO4*H2O", {"Cu": 1, "S": 1, "O": 5, "H": 2}),
        ("CaSO4·0.5H2O", {"Ca": 1, "S": 1, "O": 4.5, "H": 1}),
        ("CaSO4.0.5H2O", {"Ca": 1, "S": 1, "O": 4.5, "H": 1}),
        ("La(NO3)3.6H2O", {"La": 1, "N": 3, "O": 15, "H": 12}),
        ("(MgCO3)4.Mg(OH)2.5H2O", {"Mg": 5, "C": 4, "O": 19, "H": 12}),
        ("2Fe2O3·FeO", {"Fe": 5, "O": 7}),
        ("Fe0.5H2O", {"Fe": 0.5, "H": 2, "O": 1}),
        ("Co3O4.24", {"Co": 3, "O": 4.24}),
        ("Al(NO3)3.9", {"Al": 1, "N": 3.9, "O": 11.7}),
        ("O0Fe2", {"Fe": 2}),
    ],
)
def test_parse(formula, amounts):
    assert parse(formula) == pytest.approx(amounts)


@pytest.mark.parametrize(
    ("formula", "position", "said"),
    [
        ("", 0, "no formula"),
        ("Xx2O", 0, "unknown element 'Xx'"),
        ("LiZz", 2, "unknown element 'Zz'"),
        ("Fe2(SO4", 3, "'(' is never closed"),
        ("Fe)2", 2, "')' closes no bracket"),
        ("(Fe]2", 3, "']' closes no bracket"),
        ("Fe()2", 2, "the bracket is empty"),
        ("Fe2O3-x", 5, "unexpected '-'"),
        ("fe2", 0, "unexpected 'f'"),
        ("LiMO2", 2, "unknown element 'M'"),
        ("CuSO4·", 6, "a part of the formula is empty"),
        ("O0", 0, "no element has an amount above zero"),
    ],
)
def test_a_bad_formula_is_named_with_its_place(formula, position, said):
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    assert caught.value.position == position
    for part in (repr(formula), said, "Hint:"):
        assert part in str(caught.value)


def test_water_of_hydration_is_dropped_on_request_only():
    dry = {"Cu": 1, "S": 1, "O": 4}
    assert parse("CuSO4·5H2O", drop_water=True) == dry == parse("CuSO4.5H2O", drop_water=True)
    assert parse("H2O", drop_water=True) == {"H": 2, "O": 1}
    assert parse("Mg(OH)2", drop_water=True) == parse("Mg(OH)2")


def test_key_by_hand():
    assert key(parse("CaTiO3")) == "Ca0.2000 O0.6000 Ti0.2000"
    assert key(parse("La0.7Sr0.3MnO3")) == "La0.1400 Mn0.2000 O0.6000 Sr0.0600"
    assert key({"Fe": 1, "O": 2}) == "Fe0.3333 O0.6667"


def test_key_knows_neither_order_nor_scale():
    assert key(parse("Na0.3333Nb0.3333O1")) == key(parse("NaNbO3")) == key(parse("O6Nb2Na2"))
    assert key(parse("Sr3Ti2O7")) != key(parse("SrTiO3"))


def test_key_leaves_out_what_rounds_to_nothing():
    assert key({"Pb": 1, "C": 60, "I": 0.002}) == key({"Pb": 1, "C": 60})


def test_key_ties_fall_as_in_single_precision():
    # 1/32 = 0.03125 and 3/32 = 0.09375 are exact, so rint sends both to the even digit.
    assert key({"Eu": 1, "O": 31}) == "Eu0.0312 O0.9688"
    assert key({"Eu": 3, "O": 29}) == "Eu0.0938 O0.9062"


def test_element_order_is_by_electronegativity_then_symbol():
    assert element_order(["O", "Ti", "F", "K", "Cs", "Co", "Fe", "O"]) == [
        "Cs",
        "K",
        "Ti",
        "Fe",
        "Co",
        "O",
        "F",
    ]
    assert element_order(["Pd", "Ru", "Ir", "Os", "H"]) == ["H", "Ir", "Os", "Pd", "Ru"]  # all 2.20
    assert element_order(["Ar", "F"]) == ["F", "Ar"]


def test_fraction_matrix():
    matrix = fraction_matrix([parse("Fe2O3"), parse("LiO"), {"Fe": 4}], ["Li", "Fe", "O"])
    np.testing.assert_allclose(matrix, [[0, 0.4, 0.6], [0.5, 0, 0.5], [0, 1, 0]], rtol=1e-6)
    assert matrix.dtype == np.float32
    with pytest.raises(ValueError, match="elements Co have no column"):
        fraction_matrix([parse("CoO")], ["Li", "O"])


def test_element_bits_tell_what_is_missing():
    target, carbonate, oxide = element_bits([parse("SrTiO3"), parse("SrCO3"), parse("TiO2")])
    assert (target & ~(carbonate | oxide)).tolist() == [0, 0]
    assert (target & ~oxide).tolist() == [1 << 37, 0]  # strontium, Z = 38
    assert element_bits([["H"], ["Sm"], ["Eu"], ["Og"]]).tolist() == [
        [1, 0],
        [1 << 61, 0],
        [0, 1],
        [0, 1 << 55],
    ]
    assert (element_bits([SYMBOLS]) >= 0).all()


def test_integers_and_chemical_system():
    assert integers(parse("H4N2CO")) == {"H": 4, "N": 2, "C": 1, "O": 1}
    assert integers(parse("Na2O2")) == {"Na": 1, "O": 1}
    assert integers({"O": 1.14, "Na": 2}) is None
    assert chemical_system(parse("LiCoO2")) == "Co-Li-O"
