"""The shape of tables of reactions, and the products of couplings."""

import pytest

from retort.chemistry.components import PALLADACYCLE, PALLADIUM_ACETATE, component, flat
from retort.chemistry.couplings import aminated
from retort.chemistry.molecules import MoleculeError, canonical, parse
from retort.datasets.errors import SchemaError
from retort.datasets.reaction_yields import SCHEMA, Record, reject, table


def record(
    row=0, percent=50.0, components=(("halide", "c1ccccc1Br"), ("amine", "NC")), products=("CNc1ccccc1",)
):
    return Record("f.csv", row, percent, components, products)


def test_components_are_canonical_and_empty_ones_left_out():
    components = [("halide", "c1ccccc1Br"), ("amine", "NC"), ("ligand", ""), ("base", "[Na+].[O-]C(C)(C)C")]
    row = table("x", [record(components=components)], {}).rows.row(0, named=True)
    assert row == {
        "id": "x-0000",
        "yield": 50.0,
        "reactants": ["Brc1ccccc1", "CN", "CC(C)(C)[O-].[Na+]"],
        "roles": ["halide", "amine", "base"],
        "products": ["CNc1ccccc1"],
        "reaction": "Brc1ccccc1.CN.CC(C)(C)[O-].[Na+]>>CNc1ccccc1",
        "substrates": "Brc1ccccc1.CN",
        "repeated": False,
    }
    assert list(row) == list(SCHEMA)


def test_a_reaction_that_was_there_before_is_repeated_in_whatever_order():
    swapped = (("amine", "CN"), ("halide", "Brc1ccccc1"))
    other = (("halide", "Brc1ccccc1"), ("amine", "CCN"))
    rows = table("x", [record(), record(1, 10.0, swapped), record(2, 10.0, other)], {}).rows
    assert rows["repeated"].to_list() == [False, True, False]


def test_what_is_no_molecule_is_rejected_and_the_ids_of_the_others_stay():
    bad = record(7, components=(("halide", "c1ccccc1Br"), ("amine", "N(C)(C)(C)C")))
    prepared = table("x", [bad, record(8)], {}, rejects=[("f.csv", 3, "n/a", "no number")])
    assert prepared.rows["id"].to_list() == ["x-0001"]
    assert prepared.rejects["row"].to_list() == [3, 7]
    assert prepared.rejects["value"].to_list() == ["n/a", "'N(C)(C)(C)C'"]
    assert "Explicit valence" in prepared.rejects["reason"][1]


def test_unknown_roles_and_taken_columns_are_refused():
    with pytest.raises(SchemaError, match=r"f\.csv, row 0: role 'butler' is none of halide, "):
        table("x", [record(components=(("butler", "C"), ("amine", "N")))], {})
    with pytest.raises(SchemaError, match="column 'yield' is one of the table's own"):
        table("x", [record()], {"yield": str})


def test_pinned_strings_stay_and_are_what_they_seem():
    for pinned in (PALLADACYCLE, PALLADIUM_ACETATE):
        assert component(pinned) == component(canonical(parse(pinned))) == pinned
    # As the authors' notebook writes the palladacycle, and as RDKit wrote it in 2020.
    assert component("O=S(=O)(O[Pd]1~[NH2]C2C=CC=CC=2C2C=CC=CC1=2)C(F)(F)F") == PALLADACYCLE
    assert component("O=S(=O)(O[Pd]1c2ccccc2-c2ccccc2[NH2]1)C(F)(F)F") == PALLADACYCLE
    assert component("C(O[Pd]OC(C)=O)(C)=O") == PALLADIUM_ACETATE


def test_flat_strings_have_no_stereochemistry():
    assert flat("C[C@H](N)C(=O)O") == flat("C[C@@H](N)C(=O)O") == flat("CC(N)C(=O)O")
    assert flat("CC(C)(C)/N=C(N(C)C)/N(C)C") == flat(r"CN(C)/C(N(C)C)=N\C(C)(C)C")


def test_the_halogen_leaves_and_the_aniline_takes_its_place():
    assert aminated("Clc1ccccn1", "Cc1ccc(N)cc1") == "Cc1ccc(Nc2ccccn2)cc1"
    assert aminated("FC(F)(F)c1ccc(I)cc1", "Cc1ccc(N)cc1") == "Cc1ccc(Nc2ccc(C(F)(F)F)cc2)cc1"
    with pytest.raises(MoleculeError, match="give 0 diarylamines"):
        aminated("CCBr", "Cc1ccc(N)cc1")
    with pytest.raises(MoleculeError, match="give 2 diarylamines"):
        aminated("Clc1ccc(Br)nc1", "Cc1ccc(N)cc1")


def test_a_row_is_rejected_with_its_value_and_the_reason():
    with pytest.raises(MoleculeError) as of_molecule:
        parse("C1CC")
    file, row, value, reason = reject("plate.csv", 3, of_molecule.value)
    assert (file, row, value) == ("plate.csv", 3, "'C1CC'")
    assert "is no molecule" in reason
    assert reject("plate.csv", 4, ValueError("no yield", "traces")) == ("plate.csv", 4, "traces", "no yield")
