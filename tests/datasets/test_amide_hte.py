"""Amide couplings with six activators: small files by hand, and the published ones where they are at hand."""

import polars as pl
import pytest

from retort.chemistry.molecules import parse
from retort.datasets import amide_hte as reader
from retort.datasets.errors import SchemaError
from retort.datasets.splits import manifest, split

from .yield_files import folder

SETTINGS = {"file": "{activator}_with_mid_splited.csv", "draws": 3, "share": 0.5}
HEAD = ",".join(reader.FILE_COLUMNS)


@pytest.fixture
def small(tmp_path):
    """Each file with the same four pairs; DCC's with two bad rows."""
    rows = [f"{amine},{acid},CC,0.25,A1,B7,S1" for amine in ("NC", "NCC") for acid in ("OC(=O)C", "OC(=O)CC")]
    for name in reader.ACTIVATORS:
        (tmp_path / f"{name}_with_mid_splited.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    bad = ["NC,OC(=O)C,CC,low,A1,B7,S1", "N(C)(C)(C)C,OC(=O)C,CC,0.1,A1,B7,S1"]
    (tmp_path / "DCC_with_mid_splited.csv").write_text("\n".join([HEAD, *bad, *rows]) + "\n")
    return tmp_path


def test_files_are_pooled(small):
    prepared = reader.read(small, SETTINGS)
    rows = prepared.rows
    assert len(rows) == 24
    assert rows["yield"].unique().to_list() == [25.0]
    assert rows["activator"].unique(maintain_order=True).to_list() == list(reader.ACTIVATORS)
    assert rows["substrates"][0] == "CC(=O)O.CN"
    assert rows["repeated"].sum() == 0, "another activator is another reaction"
    assert prepared.rejects["value"].to_list() == ["low", "'N(C)(C)(C)C'"]


def test_substrates_are_drawn_for_all_files_together(small):
    rows = reader.read(small, SETTINGS).rows
    for draw in range(3):
        part = rows[f"substrate_{draw}"]
        counts = dict(part.value_counts().iter_rows())
        assert counts == {"test": 6, "train": 6, "mixed": 12}
        assert ((part == "mixed") == rows[f"mixed_{draw}"]).all()
    assert len({tuple(rows[f"substrate_{draw}"]) for draw in range(3)}) > 1


def test_activators_are_neutral():
    for smiles in reader.ACTIVATORS.values():
        assert sum(atom.GetFormalCharge() for atom in parse(smiles).GetAtoms()) == 0


def test_a_missing_file_is_named(small):
    (small / "TBTU_with_mid_splited.csv").unlink()
    with pytest.raises(SchemaError, match=r"TBTU_with_mid_splited\.csv does not exist"):
        reader.read(small, SETTINGS)


def test_the_published_files():
    prepared = reader.read(folder("amide_hte"), SETTINGS | {"draws": 5, "share": 0.3})
    rows = prepared.rows
    assert (len(rows), len(prepared.rejects), rows["repeated"].sum()) == (3508, 0, 24)
    assert (rows["acid"].n_unique(), rows["amine"].n_unique(), rows["substrates"].n_unique()) == (66, 70, 623)
    settings = {
        "kind": "held_out",
        "group": "substrates",
        "column": "substrate_{draw}",
        "values": ["test"],
        "exclude": ["mixed_{draw}"],
        "valid_fraction": 0.1,
        "valid_by": "substrates",
    }
    for draw in range(5):
        parts = split(rows, settings | {"draw": draw}, seed=0)
        report = manifest(rows, parts, settings | {"draw": draw})
        assert report["rows"]["test"] > 300
        assert report["leakage"] == 0
        by_part = rows.join(parts, on="id")
        for role in ("acid", "amine"):
            tested = set(by_part.filter(part="test")[role])
            assert tested.isdisjoint(by_part.filter(pl.col("part").is_in(["train", "valid"]))[role])
