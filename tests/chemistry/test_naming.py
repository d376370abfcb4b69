"""Names that a chemist would accept."""

import pytest

from retort.chemistry.composition import key, parse
from retort.chemistry.naming import CONVENTIONAL, pretty


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("PH6NO4", "NH4H2PO4"),
        ("PH9(NO2)2", "(NH4)2HPO4"),
        ("H4NCl", "NH4Cl"),
        ("VH4NO3", "NH4VO3"),
        ("B(HO)3", "H3BO3"),
        ("LiHO", "LiOH"),
        ("Al(HO)3", "Al(OH)3"),
        ("CaCO3", "CaCO3"),
        ("Li2CO3", "Li2CO3"),
        ("Fe(NO3)3", "Fe(NO3)3"),
        ("ZnH6(CO)4", "Zn(CH3COO)2"),
        ("Fe(CO2)2", "FeC2O4"),
        ("NaCO2", "Na2C2O4"),
        ("Fe(CO2)3", "Fe2(C2O4)3"),
        ("Mg5H2(C2O7)2", "Mg5(CO3)4(OH)2"),
        ("CaPHO4", "CaHPO4"),
        ("LiP(HO2)2", "LiH2PO4"),
        ("Na4P2O7", "Na4P2O7"),
        ("Na2O2", "Na2O2"),
        ("BaO2", "BaO2"),
        ("O3Fe2", "Fe2O3"),
        ("H12C6O2", "C3H6O"),
        ("MnO1.839", "MnO1.839"),
        ("BiClO", "BiOCl"),
    ],
)
def test_names(printed, name):
    assert pretty(printed) == name
    assert key(parse(name)) == key(parse(printed))


def test_a_name_is_its_own_name():
    assert [pretty(name) for name in CONVENTIONAL] == CONVENTIONAL
