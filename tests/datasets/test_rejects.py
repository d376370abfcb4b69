"""What a person reads of rows that were left out."""

import csv

import polars as pl

from retort.datasets import annotated_documents, formula_table, molecule_table, rejects, yield_table
from retort.datasets.prepared import Prepared, no_rejects

MOLECULES = {"file": "own.csv", "smiles": "smiles", "labels": {"active": "classification"}}
FORMULAS = {"file": "own.csv", "formula": "f", "labels": {"bulk": {"column": "K", "unit": "GPa"}}}


def rows_of(tmp_path, reader, text, settings):
    (tmp_path / settings["file"]).write_text(text, encoding="utf-8")
    return rejects.spreadsheet(reader.read(tmp_path, settings), settings).rows()


def test_rows_are_counted_as_a_spreadsheet_does_and_repetitions_and_contradictions_follow(tmp_path):
    text = "smiles,active\nCCO,1\nC1CC,1\nOCC,1\nCCN,0\n\nNCC,1\nCCC,\n"
    assert rows_of(tmp_path, molecule_table, text, MOLECULES) == [
        ("own.csv", 3, "C1CC", rejects_reason(tmp_path, "C1CC")),
        ("own.csv", 8, "CCC", "no label was measured"),
        ("own.csv", 4, "OCC", "repeats row 2: left out"),
        (
            "own.csv",
            5,
            "CCN",
            "the structure has another label in row 7: strict splits leave all of them out",
        ),
        (
            "own.csv",
            7,
            "NCC",
            "the structure has another label in row 5: strict splits leave all of them out",
        ),
    ]


def rejects_reason(tmp_path, smiles):
    (tmp_path / "own.csv").write_text(f"smiles,active\nC,1\n{smiles},1\n", encoding="utf-8")
    return molecule_table.read(tmp_path, MOLECULES).rejects["reason"][0]


def test_compositions_with_several_values_stay_and_are_listed(tmp_path):
    found = rows_of(tmp_path, formula_table, "f,K\nMgO,160\nMg2O2,160\nNaCl,25\nMgO,170\n", FORMULAS)
    stays = "all are kept, in one part, and training takes their mean"
    assert found == [
        ("own.csv", 2, "MgO", f"the composition has another value in rows 3, 5: {stays}"),
        ("own.csv", 3, "Mg2O2", "repeats row 2: left out"),
        ("own.csv", 5, "MgO", f"the composition has another value in rows 2, 3: {stays}"),
    ]


def test_reactions_that_were_measured_again_stay_and_are_listed_after_rejects_in_their_order(tmp_path):
    text = "ArX,amine,product,y\nBrc1ccccc1,NC,CNc1ccccc1,40\nBr,NCq,C,1\nBrc1ccccc1,NC,C,<5\n"
    text += "c1ccccc1Br,CN,CNc1ccccc1,52.5\n"
    components = {"halide": "ArX", "amine": "amine"}
    settings = {"file": "own.csv", "components": components, "product": "product", "yield": "y"}
    found = rows_of(tmp_path, yield_table, text, settings)
    assert [row[1] for row in found] == [3, 4, 5], "the reader finds what is no molecule last"
    reason = "the reaction of row 2, which gave 40 %: both are kept, in one part"
    assert found[2] == ("own.csv", 5, "52.5", reason)


def test_lines_of_a_file_without_a_head_are_counted_as_an_editor_does(tmp_path):
    text = '{"sentences": [["a"]]}\n\n{"sentences": 1}\n'
    found = rows_of(tmp_path, annotated_documents, text, {"file": "own.jsonl"})
    assert [row[:2] for row in found] == [("own.jsonl", 3)]


def test_rows_of_several_files_are_named_with_their_file(tmp_path):
    for name, smiles in {"train": "CCO", "valid": "CCC", "test": "OCC"}.items():
        (tmp_path / f"{name}.csv").write_text(f"smiles,active\n{smiles},1\n", encoding="utf-8")
    settings = {key: MOLECULES[key] for key in ("smiles", "labels")}
    settings["parts"] = {name: f"{name}.csv" for name in ("train", "valid", "test")}
    prepared = molecule_table.read(tmp_path, settings)
    assert rejects.spreadsheet(prepared, settings).rows() == [
        ("test.csv", 2, "OCC", "repeats row 2 of train.csv: left out")
    ]


def test_the_file_opens_in_a_spreadsheet(tmp_path):
    table = pl.DataFrame(
        [("größe.csv", 3, 'a,"b"', "no\nnumber"), ("b.csv", None, "NaCl", "no crystal")],
        schema=no_rejects().schema,
        orient="row",
    )
    path = tmp_path / "own.rejects.csv"
    listed = rejects.write(Prepared(pl.DataFrame({"id": ["a"]}), table), {}, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "without it Excel takes UTF-8 for Latin-1"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head, *body = csv.reader(stream)
    assert head == ["file", "row", "value", "reason"]
    assert body == [["größe.csv", "5", 'a,"b"', "no\nnumber"], ["b.csv", "", "NaCl", "no crystal"]]
    assert rejects.complaints(listed, 20)[1] == "b.csv: 'NaCl': no crystal"
    assert rejects.complaints(listed, 1) == ["größe.csv, row 5: 'a,\"b\"': no\nnumber"]
