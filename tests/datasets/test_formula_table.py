"""A user's table of formulas with properties."""

import math

import pytest

from retort.datasets import formula_table
from retort.datasets.errors import SchemaError

LABELS = {"bulk": {"column": "K", "unit": "GPa"}, "shear": {"column": "G", "unit": "GPa"}}
SETTINGS = {"file": "own.csv", "formula": "Formula", "labels": LABELS}


def read(tmp_path, text, **settings):
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    return formula_table.read(tmp_path, SETTINGS | settings)


def test_rows_have_compositions_values_and_units(tmp_path):
    prepared = read(tmp_path, "Formula,K,G\nMgO,160,130\nLa0.7Sr0.3MnO3, 150 ,\nCo2Li2O4,,70\n")
    rows = prepared.rows
    assert prepared.rejects.is_empty()
    assert rows["id"].to_list() == ["row-00000", "row-00001", "row-00002"]
    assert rows["composition"].to_list() == [
        "Mg0.5000 O0.5000",
        "La0.1400 Mn0.2000 O0.6000 Sr0.0600",
        "Co0.2500 Li0.2500 O0.5000",
    ]
    assert rows["written"].to_list() == ["MgO", "La0.7Sr0.3MnO3", "Co2Li2O4"]
    assert rows["formula"][2] == "LiCoO2"
    assert rows["bulk"].to_list()[:2] == [160.0, 150.0]
    assert math.isnan(rows["bulk"][2])
    assert rows["bulk_unit"].unique().to_list() == ["GPa"]
    assert rows["bulk_unused"].to_list() == [False, False, True]
    assert rows["shear_unused"].to_list() == [False, True, False]
    assert rows["positions"].null_count() == 3, "no structure"
    assert not rows["repeated"].any()


def test_subscripts_are_digits(tmp_path):
    rows = read(tmp_path, "Formula,K,G\nLa₀.₇Sr₀.₃MnO₃,150,\nLa0.7Sr0.3MnO3,151,\n").rows
    assert rows["composition"].unique().to_list() == ["La0.1400 Mn0.2000 O0.6000 Sr0.0600"]
    assert rows["written"][0] == "La₀.₇Sr₀.₃MnO₃", "what a person finds in the table again"


def test_one_composition_is_repeated_or_contradicted_however_it_is_written(tmp_path):
    text = "Formula,K,G\nMgO,160,\nMg2O2,160,\nOMg,170,\nMgO,160,90\nNaCl,25,\n"
    rows = read(tmp_path, text).rows
    assert rows["bulk_unused"].to_list() == [False, True, False, True, False]
    assert rows["shear_unused"].to_list() == [True, True, True, False, True]
    # The fourth has something of its own.
    assert rows["repeated"].to_list() == [False, True, False, False, False]
    assert rows["contradictory"].to_list() == [True, True, True, True, False]


def test_what_cannot_be_used_is_named_with_its_row(tmp_path):
    text = "Formula,K,G\nMgO,160,\nXy2O3,1,\nNaCl,>25,\nKCl,,\n\nCaO,1,2,3\nKBr,soft,\n"
    rejects = read(tmp_path, text).rejects
    assert rejects["row"].to_list() == [1, 2, 3, 5, 6]
    assert rejects["value"].to_list() == ["Xy2O3", ">25", "KCl", "CaO,1,2,3", "soft"]
    for reason, words in zip(
        rejects["reason"],
        ("unknown element 'Xy'", "censored", "no property", "4 cells, the head 3", "expected a number"),
        strict=True,
    ):
        assert words in reason


def test_a_column_may_name_the_parts(tmp_path):
    text = "Formula,K,G,split\nMgO,160,,train\nNaCl,25,,val\nKCl,17,,test\nCaO,1,,third\n"
    prepared = read(tmp_path, text, part="split")
    assert prepared.rows["published_part"].to_list() == ["train", "valid", "test"]
    assert "expected one of train, training" in prepared.rejects["reason"][0]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"bulk": "K"}, "labels.bulk is 'K', expected {column: .., unit: ..}"),
        ({"bulk": {"column": "K"}}, "labels.bulk lacks the key 'unit'"),
        ({"bulk": {"column": "K", "units": "GPa"}}, "did you mean 'unit'"),
        ({"bulk": {"column": "K", "unit": "", "kind": "classification"}}, "expected regression"),
        ({"formula": {"column": "K", "unit": ""}}, "name of the table's own"),
        ({"k_unit": {"column": "K", "unit": ""}}, "name of the table's own"),
    ],
)
def test_a_wrong_label_is_explained(tmp_path, labels, words):
    with pytest.raises(SchemaError) as error:
        read(tmp_path, "Formula,K,G\nMgO,160,\n", labels=labels)
    assert words in str(error.value)
    assert "Hint: " in str(error.value)
