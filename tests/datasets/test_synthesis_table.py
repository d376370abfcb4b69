"""A user's table of syntheses, and a published one with parts of its own."""

import pytest

from retort.datasets import synthesis_table
from retort.datasets.errors import DataError, LeakageError, SchemaError
from retort.datasets.splits import manifest, shared, split

LISTED = {"column": "Precursors", "separator": "+"}


def read(tmp_path, text, **settings):
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    return synthesis_table.read(
        tmp_path, {"file": "own.csv", "target": "Target", "precursors": LISTED} | settings
    )


def test_precursors_in_one_cell_or_in_several(tmp_path):
    one = read(tmp_path, "Target,Precursors\nLiCoO2,Co3O4 + Li2CO3\nBaTiO3,BaCO3+TiO2\n").rows
    several = read(
        tmp_path,
        "Target,A,B,C\nLiCoO2,Li2CO3,Co3O4,\nBaTiO3,TiO2,,BaCO3\n",
        precursors=["A", "B", "C"],
    ).rows
    assert one.equals(several)
    assert one["precursors"].to_list() == [["Co3O4", "Li2CO3"], ["BaCO3", "TiO2"]]
    assert one["chemical_system"].to_list() == ["Co-Li-O", "Ba-O-Ti"]
    assert one.select("doi", "year", "published_part").null_count().row(0) == (2, 2, 2)


def test_subscripts_are_digits(tmp_path):
    text = "Target,{}\nBaTiO₃,{}\n"
    (one,) = read(tmp_path, text.format("Precursors", "BaCO₃ + TiO₂")).rows.rows(named=True)
    (other,) = read(tmp_path, text.format("A,B", "BaCO₃,TiO₂"), precursors=["A", "B"]).rows.rows(named=True)
    assert one == other
    assert (one["target"], one["precursors"]) == ("BaTiO3", ["BaCO3", "TiO2"])


def test_without_a_source_each_row_counts_as_a_recipe_and_with_one_a_run_of_rows_does(tmp_path):
    text = "Target,Precursors,DOI,Year\nLiCoO2,Li2CO3+Co3O4,{0},{1}\nLi2Co2O4,Li2CO3+Co3O4,{0},{1}\n"
    settings = {"doi": "DOI", "year": "Year"}
    assert read(tmp_path, text.format("", ""), **settings).rows["weight"].to_list() == [1.0, 1.0]
    rows = read(tmp_path, text.format("10.1/a", "2001"), **settings).rows
    assert rows["weight"].to_list() == [0.5, 0.5]
    assert rows["year"].to_list() == [2001, 2001]


def test_what_cannot_be_used_is_named_with_its_row(tmp_path):
    text = (
        "Target,Precursors,Year\nLiCoO2,Li2CO3+Co3O4,2001\n\nXyO,Li2CO3,2001\nBaTiO3,BaCO3,2001\n"
        "BaTiO3,,2001\nBaTiO3,BaCO3+TiO2,last\nBaTiO3,BaCO3+TiO2\nSrO,SrCO3+Sr2C2O6,2001\n"
    )
    rejects = read(tmp_path, text, year="Year").rejects
    assert rejects["row"].to_list() == [2, 3, 4, 5, 6, 7]
    for reason, words in zip(
        rejects["reason"],
        (
            *(
                "unknown element 'Xy'",
                "every element of the target: no Ti",
                "no precursors",
                "expected a number",
            ),
            *("2 cells, the head 3", "two precursors of one composition"),
        ),
        strict=True,
    ):
        assert words in reason
    assert rejects["value"][1] == "BaTiO3 <- BaCO3"


PUBLISHED = (
    "Target,Precursors,DOI,fold\nLiCoO2,Li2CO3+Co3O4,10.1/a,train\nBaTiO3,BaCO3+TiO2,10.1/b,train\n"
    "SrTiO3,SrCO3+TiO2,10.1/c,val\nLi2Co2O4,LiOH+Co3O4,10.1/a,test\nNaCl,NaCl,,test\n"
)


def test_published_parts_that_share_targets_and_papers_are_taken_and_counted(tmp_path):
    rows = read(tmp_path, PUBLISHED, doi="DOI", part="fold").rows
    distinct = {"targets": "target_key", "papers": "doi"}
    settings = {"kind": "published", "group": "id", "distinct": distinct}
    parts = split(rows, settings, 0)
    assert parts["part"].to_list() == ["train", "train", "valid", "test", "test"]
    report = manifest(rows, parts, settings)
    assert report["leakage"] == 0
    assert report["targets_shared_with_train"] == {"valid": 0, "test": 1}
    assert report["papers_shared_with_train"] == {"valid": 0, "test": 1}
    assert report["distinct_papers"] == {"train": 2, "valid": 1, "test": 1}, "no DOI is no paper"
    assert shared(report) == [
        "of 2 distinct targets of test, train has 1, too",
        "of 1 distinct papers of test, train has 1, too",
    ]
    # Whoever asks that they share none is refused, and told the way on.
    strict = {"kind": "published", "group": "doi"}
    with pytest.raises(LeakageError, match=r"Hint: .*`group: id` takes them as they are"):
        manifest(rows, parts, strict)


def test_a_published_table_without_validation_is_told_how_to_draw_it(tmp_path):
    text = PUBLISHED.replace(",val", ",train")
    rows = read(tmp_path, text, doi="DOI", part="fold", columns=["fold"]).rows
    with pytest.raises(DataError, match=r"part 'valid' of the published split has no rows.*kind: held_out"):
        split(rows, {"kind": "published", "group": "id"}, 0)
    settings = {"kind": "held_out", "group": "id", "column": "fold", "values": ["test"]}
    parts = split(rows, settings | {"valid_fraction": 0.3}, 0)
    assert parts["part"].to_list()[3:] == ["test", "test"]
    assert sorted(parts["part"].to_list()[:3]) == ["train", "train", "valid"]


def test_a_wrong_setting_is_explained(tmp_path):
    with pytest.raises(SchemaError, match=r"expected {column: Precursors, separator: \.\.}"):
        read(tmp_path, PUBLISHED, precursors="Precursors")
    with pytest.raises(SchemaError, match="column 'year' is one of the table's own"):
        read(tmp_path, PUBLISHED, columns=["year"])
    with pytest.raises(SchemaError, match="no key 'precursor_columns'"):
        read(tmp_path, PUBLISHED, precursor_columns=["A"])
