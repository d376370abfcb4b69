"""Tables of labelled molecules: a user's own file with every fault, forms and duplicates by hand."""

import polars as pl
import pytest

from retort.datasets import molecule_table
from retort.datasets.errors import SchemaError

OWN = {"file": "own.csv", "smiles": "structure", "labels": {"active": "classification"}}


def read(folder, *lines, head="name,structure,active", **settings):
    (folder / "own.csv").write_text("\n".join((head, *lines)) + "\n")
    return molecule_table.read(folder, OWN | settings)


def test_every_bad_row_of_an_own_file_is_named_and_the_good_ones_stay(tmp_path):
    prepared = read(
        tmp_path,
        "a,CCO,1",
        "b,C1CC,0",
        "c,CCN,maybe",
        "d,CCC,1,0",
        "e,CCCl,",
        "f,c1ccccc1C,yes",
        "",
        "g, Cc1ccccc1 ,FALSE",
        "h,CCO,1.0",
        "i,,1",
    )
    rejects = {row: (value, reason) for row, value, reason in prepared.rejects.drop("file").iter_rows()}
    assert prepared.rejects["file"].unique().to_list() == ["own.csv"]
    assert prepared.rejects["row"].to_list() == [1, 2, 3, 4, 9], "in the order of the file"
    assert rejects[1][0] == "C1CC"
    assert "breaks the grammar of SMILES" in rejects[1][1]
    assert rejects[2] == ("maybe", "label active is 'maybe', expected 0 or 1")
    assert rejects[3] == ("d,CCC,1,0", "the row has 4 cells, the head 3")
    assert rejects[4] == ("CCCl", "no label was measured")
    assert rejects[9][0] == ""
    assert "has no atom" in rejects[9][1]

    rows = prepared.rows
    assert rows.columns == [name for name in molecule_table.FIXED if name != "published_part"] + ["active"]
    assert molecule_table.label_columns(rows) == ["active"]
    assert rows.select("id", "row", "smiles", "active").rows() == [
        ("00000", 0, "CCO", True),
        ("00005", 5, "c1ccccc1C", True),
        ("00007", 7, "Cc1ccccc1", False),  # without the blanks around it
        ("00008", 8, "CCO", True),
    ]
    assert rows["repeated"].to_list() == [False, False, True, True]
    assert rows["contradictory"].to_list() == [False, True, True, False]


def test_the_forms_of_a_structure(tmp_path):
    (row,) = read(tmp_path, "a,[Na+].C[C@H](F)c1ccccc1C([O-])=O,1").rows.iter_rows(named=True)
    assert row["smiles"] == "[Na+].C[C@H](F)c1ccccc1C([O-])=O"
    assert row["canonical"] == "C[C@H](F)c1ccccc1C(=O)[O-].[Na+]"
    assert row["standard"] == "C[C@H](F)c1ccccc1C(=O)O"
    assert row["key"] == "CC(F)c1ccccc1C(=O)O"
    assert (row["scaffold"], row["scaffold_chiral"]) == ("c1ccccc1", "c1ccccc1")
    (charged,) = read(tmp_path, "b,[Cl-].CC[n+]1ccccc1.c1cc[nH+]cc1CCC,1").rows.iter_rows(named=True)
    assert "+" in charged["scaffold"]
    assert charged["scaffold_standard"] == "c1ccncc1", "of what is left when salt and charge are gone"


def test_quantities_contradict_each_other_beyond_the_rounding(tmp_path):
    lines = ["a,CCO,1.5", "b,OCC,1.5000001", "c,CCN,2", "d,NCC,2.1", "e,C[NH3+],1e-3", "f,CN, -7 "]
    rows = read(tmp_path, *lines, labels={"active": "regression"}).rows
    assert rows.schema["active"] == pl.Float64
    assert rows["active"].to_list() == [1.5, 1.5000001, 2, 2.1, 0.001, -7]
    assert rows["repeated"].to_list() == [False, True] * 3
    assert rows["contradictory"].to_list() == [False, False, True, True, True, True]


BOUND = " (a bound is none: leave the cell empty, or make classes of it)"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        *((text, "") for text in ("inf", "-Infinity", "much", "1_5", "1,500.5")),
        ("1,5", " (with a decimal point)"),
        (">5.5", BOUND),
        ("≤ 3", BOUND),
    ],
)
def test_what_is_no_number_is_rejected(tmp_path, text, hint):
    cell = f'"{text}"'
    prepared = read(tmp_path, "a,C,1", f"b,CC,{cell}", labels={"active": "regression"})
    assert prepared.rejects.rows() == [
        ("own.csv", 1, text, f"label active is {text!r}, expected a number{hint}"),
    ]


@pytest.mark.parametrize("text", ["", "nan", "NaN", " ", "NA", "null"])
@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_a_label_that_was_not_measured_is_null(tmp_path, kind, text):
    prepared = read(
        tmp_path,
        f"a,C,1,{text}",
        f"b,C,{text},0",
        head="name,structure,active,toxic",
        labels={"active": kind, "toxic": kind},
    )
    assert prepared.rejects.is_empty()
    assert prepared.rows.select("active", "toxic").rows() == [(1, None), (None, 0)]
    assert not prepared.rows["contradictory"].any(), "what is not measured contradicts nothing"


def test_a_contradiction_in_any_label_counts(tmp_path):
    prepared = read(
        tmp_path,
        *("a,C,1,1", "b,C,1,0", "c,CC,1,1", "d,CC,1,1"),
        head="name,structure,active,toxic",
        labels={"active": "classification", "toxic": "classification"},
    )
    assert prepared.rows["contradictory"].to_list() == [True, True, False, False]


@pytest.mark.parametrize("bare", [True, False])
def test_a_label_has_a_column_and_words_of_its_own(tmp_path, bare):
    # Without quotes, YAML reads these keys as Booleans.
    words = {True: "Binder", False: "none"} if bare else {"true": "Binder", "false": "none"}
    label = {"column": "active", "kind": "classification"} | words
    prepared = read(tmp_path, "a,C,binder", "b,CC,None", "c,CCC,1", labels={"binds": label})
    assert prepared.rows["binds"].to_list() == [True, False]
    assert prepared.rejects["reason"].to_list() == ["label binds is '1', expected none or Binder"]


def test_words_of_its_own_may_turn_the_classes_round(tmp_path):
    label = {"column": "active", "kind": "classification", "true": 0, "false": 1}
    assert read(tmp_path, "a,C,0", "b,CC,1", labels={"binds": label}).rows["binds"].to_list() == [True, False]


def test_part_files_name_their_rows(tmp_path):
    for part, lines in (("train", "C,1\nC1CC,1\nCC,0\n"), ("valid", "CCC,1\n"), ("test", "C,0\nCO,what\n")):
        (tmp_path / f"{part}.csv").write_text("structure,active\n" + lines)
    parts = {part: f"{part}.csv" for part in ("train", "valid", "test")}
    settings = {"parts": parts, "smiles": "structure", "labels": OWN["labels"]}
    prepared = molecule_table.read(tmp_path, settings)
    assert prepared.rows["id"].to_list() == ["train-00000", "train-00002", "valid-00000", "test-00000"]
    assert prepared.rows["published_part"].to_list() == ["train", "train", "valid", "test"]
    assert prepared.rows["contradictory"].to_list() == [True, False, False, True], "parts may contradict"
    assert prepared.rejects.select("file", "row").rows() == [("train.csv", 1), ("test.csv", 1)]
    assert molecule_table.label_columns(prepared.rows) == ["active"]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"active": "ranking"}, "label 'active' is of kind 'ranking', expected classification or regression"),
        ({"active": {"column": "active"}}, "of kind None"),
        ({"key": "regression"}, "label 'key' is a name of the table's own"),
        ({"colour": "regression"}, "no column 'colour'"),
        ({"active": {"kind": "classification", "true": "a"}}, "expected both `true` and `false`"),
        ({"active": {"kind": "regression", "true": "a", "false": "b"}}, "expected both `true` and `false`"),
    ],
)
def test_impossible_labels_are_refused(tmp_path, labels, said):
    with pytest.raises(SchemaError, match=said) as caught:
        read(tmp_path, "a,C,1", labels=labels)
    assert "Hint:" in str(caught.value)


def test_a_label_may_be_called_like_a_column_of_the_file(tmp_path):
    prepared = read(
        tmp_path, "a,C,1", "b,C1CC,0", labels={"file": {"column": "active", "kind": "classification"}}
    )
    assert prepared.rejects["file"].to_list() == ["own.csv"]
    assert prepared.rows["file"].to_list() == [True]


def test_a_table_without_a_good_row_says_what_is_wrong_with_the_first(tmp_path):
    with pytest.raises(SchemaError, match=r"no rows, 2 were rejected.*'a'"):
        read(tmp_path, "x,C,a", "y,C,b")


def test_many_molecules_give_what_few_give(tmp_path, monkeypatch):
    lines = [f"n{i},{'C' * (1 + i % 7)}O,{i % 2}" for i in range(30)]
    few = read(tmp_path, *lines)
    monkeypatch.setattr(molecule_table, "CHUNK", 7)
    assert read(tmp_path, *lines).rows.equals(few.rows)
    assert few.rows["id"].to_list() == [f"{i:05d}" for i in range(30)]
