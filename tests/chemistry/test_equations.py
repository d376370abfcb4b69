"""Equations that one can balance on paper."""

import pytest

from retort.chemistry.equations import balance, write


def test_barium_titanate():
    found = balance(["BaCO3", "TiO2"], "BaTiO3", ["CO2", "O2"])
    assert found == pytest.approx({"BaCO3": -1, "TiO2": -1, "BaTiO3": 1, "CO2": 1})
    assert write(found) == "BaCO3 + TiO2 -> BaTiO3 + CO2"


def test_lithium_cobalt_oxide_takes_up_oxygen():
    found = balance(["Li2CO3", "Co3O4"], "LiCoO2", ["CO2", "O2"])
    expected = {"Li2CO3": -1 / 2, "Co3O4": -1 / 3, "LiCoO2": 1, "CO2": 1 / 2, "O2": -1 / 12}
    assert found == pytest.approx(expected)
    assert write(found) == "0.5 Li2CO3 + 0.333333 Co3O4 + 0.0833333 O2 -> LiCoO2 + 0.5 CO2"


def test_what_has_no_single_equation_is_refused():
    assert balance(["BaCO3", "TiO2"], "BaZrO3", ["CO2"]) is None  # no zirconium
    assert balance(["BaCO3", "TiO2"], "BaTiO3", []) is None  # nowhere for the carbon
    assert balance(["BaCO3", "BaO", "TiO2"], "BaTiO3", ["CO2"]) is None  # any mixture would do
    assert balance(["BaO", "TiO2", "SrO"], "BaTiO3", []) is None  # strontium is not consumed
