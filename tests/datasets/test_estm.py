"""Measurements at temperatures: their units, what is refused, papers that stay together; and the published counts."""

from math import log10
from pathlib import Path

import polars as pl
import pytest
import yaml

from retort.datasets import estm
from retort.datasets.errors import SchemaError
from retort.datasets.splits import manifest, split

from .discovery_files import of_yaml, published, write_sheet

BLOCK = yaml.safe_load(
    (Path(__file__).parents[2] / "workflow" / "config" / "dataset" / "estm.yaml").read_text(encoding="utf-8")
)
GOOD = ["Pb0.98Na0.02Te", 300.0, -110.0, 1e5, 0.1, 1.21e-3, 0.9, "https://doi.org/10.1/A"]


def write(folder, *rows):
    write_sheet(folder / "estm.xlsx", dict(zip(estm.COLUMNS, zip(*_ordered(rows), strict=True), strict=True)))
    return folder


def _ordered(rows):
    """Rows as GOOD is written, in the order of the columns that the reader names."""
    written = ["Formula", "temperature(K)", *(estm.MEASURED[name] for name in ("seebeck", "conductivity"))]
    written += [*(estm.MEASURED[name] for name in ("thermal", "power", "zt")), "reference"]
    return [[row[written.index(column)] for column in estm.COLUMNS] for row in rows]


def test_quantities_have_their_units_and_no_structure(tmp_path):
    row = estm.read(write(tmp_path, GOOD), {}).rows.row(0, named=True)
    assert (row["id"], row["formula"], row["temperature"]) == ("estm-0", "Pb0.98Na0.02Te", 300)
    assert row["composition"] == "Na0.0100 Pb0.4900 Te0.5000"
    assert row["reference"] == row["family"] == "10.1/a"
    assert (row["zt"], row["seebeck"], row["conductivity"], row["thermal"]) == (0.9, -110, 5, -1)
    assert row["power"] == pytest.approx(log10(1.21e-3))
    assert row["positions"] is None


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (0, "Xx2", "unknown element"),
        (0, None, "formula"),
        (1, 0.0, r"temperature\(K\) is 0, expected a positive number"),
        (3, -5.0, r"electrical_conductivity\(S/m\) is -5"),
        (4, None, "thermal_conductivity.* is None, expected a number"),
        (6, "high", "ZT is 'high', expected a number"),
        (7, None, "reference is empty"),
    ],
)
def test_bad_rows_are_kept_with_their_number(tmp_path, column, value, reason):
    bad = [value if place == column else cell for place, cell in enumerate(GOOD)]
    read = estm.read(write(tmp_path, GOOD, bad), {})
    assert read.rows["id"].to_list() == ["estm-0"]
    assert read.rejects.select("file", "row").rows() == [("estm.xlsx", 1)]
    assert pl.Series(read.rejects["reason"]).str.contains(reason).all()


def test_a_missing_column_is_named(tmp_path):
    write_sheet(tmp_path / "estm.xlsx", {"Formula": ["PbTe"]})
    with pytest.raises(SchemaError, match="has no column"):
        estm.read(tmp_path, {})


def test_papers_that_share_a_composition_are_one_family():
    papers, compositions = ["c", "b", "b", "a", "d"], ["PbTe", "PbTe", "MgO", "MgO", "NaCl"]
    assert estm.families(papers, compositions) == ["a", "a", "a", "a", "d"]


def test_the_published_counts_and_the_same_parts_for_all(tmp_path):
    read = estm.read(published(tmp_path, of_yaml(BLOCK)), {})
    rows = read.rows
    assert (len(rows), rows["composition"].n_unique(), len(read.rejects)) == (5205, 869, 0)
    assert (rows["reference"].n_unique(), rows["family"].n_unique()) == (197, 159)
    # zT = S²σT/κ, where the file's own power factor stands for S²σ.
    made = rows.with_columns(made=10 ** (pl.col("power") - pl.col("thermal")) * pl.col("temperature"))
    assert (made["made"] - made["zt"]).abs().median() < 0.005
    zt, measured = (split(rows, BLOCK["splits"][name], 7) for name in ("zt", "measured"))
    assert zt.equals(measured)
    report = manifest(rows, zt, BLOCK["splits"]["zt"])
    for name in ("composition", "paper"):
        assert report[f"rows_with_a_{name}_of_train"] == {"valid": 0, "test": 0}
    assert min(report["rows"][part] for part in ("train", "valid", "test")) > 250
