"""The plates of Ahneman et al.: a small workbook by hand, and the published one where it is at hand."""

import polars as pl
import pytest

from retort.datasets import buchwald_hartwig as reader
from retort.datasets.errors import SchemaError

from .yield_files import folder

FILE = "Dreher_and_Doyle_input_data.xlsx"


@pytest.fixture
def workbook(monkeypatch):
    """Four reactions instead of 3,955, in the same order in each sheet; what it yields may be edited."""
    rows = pl.DataFrame(
        [
            ("CP(C)C", "Cc1ccno1", "CN=C(N)N", "Clc1ccccn1", 10.0),
            ("CP(C)C", "Cc1ccno1", "CN=C(N)N", "FC(F)(F)c1ccc(Cl)cc1", 20.0),
            ("CP(C)C", "c1ccno1", "CN=C(N)N", "Ic1cccnc1", 0.0),
            ("CP(C)C", "c1ccno1", "CN=C(N)N", "CCBr", 5.0),
        ],
        schema=["Ligand", "Additive", "Base", "Aryl halide", "Output"],
        orient="row",
    ).select(*reader.COMPONENTS, "Output")
    tables = dict.fromkeys(reader.SHEETS.values(), rows)
    monkeypatch.setattr(reader, "sheets", lambda path, names, columns: tables)
    monkeypatch.setattr(reader, "TRAIN", dict.fromkeys(reader.SHEETS, 2))
    return tables


def test_reactions_by_hand(workbook, tmp_path):
    workbook["FullCV_02"] = workbook["FullCV_02"].reverse()
    prepared = reader.read(tmp_path, {"file": FILE})
    rows = prepared.rows
    assert rows["id"].to_list() == ["bh-0000", "bh-0001", "bh-0002"]
    assert rows["halogen"].to_list() == ["Cl", "Cl", "I"]
    assert rows["ring"].to_list() == ["pyridyl", "carbocyclic", "pyridyl"]
    assert rows["random_0"].to_list() == ["train", "train", "test"]
    assert rows["random_1"].to_list() == ["test", "test", "train"]
    assert rows["reaction"][0].startswith("Clc1ccccn1.Cc1ccc(N)cc1.O=S(=O)")
    assert rows["reaction"][0].endswith(">>Cc1ccc(Nc2ccccn2)cc1")
    assert prepared.rejects["row"].to_list() == [3]
    assert "give 0 diarylamines" in prepared.rejects["reason"][0]


def test_sheets_that_differ_are_refused(workbook, tmp_path):
    workbook["Test3"] = workbook["Test3"].with_columns(Output=pl.col("Output") + 1)
    with pytest.raises(
        SchemaError, match=r"sheet 'Test3' holds 4 reactions, of which 0 are as in 'FullCV_01'"
    ):
        reader.read(tmp_path, {"file": FILE})
    workbook["Test3"] = workbook["Test4"].head(3)
    with pytest.raises(SchemaError, match="sheet 'Test3' holds 3 reactions"):
        reader.read(tmp_path, {"file": FILE})


def test_a_file_that_is_no_workbook_is_named(tmp_path):
    with pytest.raises(SchemaError, match="does not exist"):
        reader.read(tmp_path, {"file": FILE})
    (tmp_path / FILE).write_text("Ligand,Additive\n")
    with pytest.raises(SchemaError, match="is no workbook with the sheets FullCV_01, "):
        reader.read(tmp_path, {"file": FILE})


def test_the_published_workbook():
    prepared = reader.read(folder("buchwald_hartwig"), {"file": FILE})
    rows = prepared.rows
    assert (len(rows), len(prepared.rejects), rows["repeated"].sum()) == (3955, 0, 0)
    assert [rows[name].n_unique() for name in ("halide", "ligand", "base", "additive")] == [15, 4, 3, 22]
    assert rows["yield"].mean() == pytest.approx(33.09, abs=0.01)
    assert (rows["yield"] == 0).sum() == 236
    tested = [(rows[f"random_{draw}"] == "test").sum() for draw in range(10)]
    assert tested == [1188] * 10
    held_out = [rows.filter(pl.col(f"test_{number}") == "test") for number in range(1, 5)]
    assert [len(each) for each in held_out] == [898, 900, 897, 900]
    assert len(set().union(*(each["additive"] for each in held_out))) == 20
    for each in held_out:
        others = rows.join(each, on="id", how="anti")
        assert set(each["additive"]).isdisjoint(others["additive"])
