"""The published descriptors of the Buchwald-Hartwig plates, and their view."""

import shutil

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from retort.datasets import ahneman, buchwald_hartwig
from retort.datasets.errors import SchemaError
from retort.datasets.views import published_descriptors

from .yield_files import folder

SETTINGS = {"wells": "data_table.csv"}
WIDTHS = {role: width for role, (_, _, width) in ahneman.ROLES.items()}


@pytest.fixture
def small(tmp_path):
    """One molecule of each role, with blank lines between the rows, as upstream has them."""
    head, cells = [], []
    for role, (file, column, width) in ahneman.ROLES.items():
        names = [f"{column}_{number}" for number in range(width)]
        lines = [",".join([*names, "name"]), "", ",".join([*(str(n) for n in range(width)), f"the {role}"])]
        (tmp_path / file).write_text("\n".join(lines) + "\n")
        head += [column, f"{column}_smiles"]
        cells += [f"the {role}", "C[C@H](N)Cl"]
    (tmp_path / "data_table.csv").write_text(f"{','.join(head)}\n{','.join(cells)}\n")
    return tmp_path


def test_molecules_by_role_with_their_numbers(small, tmp_path):
    rows = ahneman.read(small, SETTINGS).rows
    assert dict(rows.schema) == ahneman.SCHEMA
    assert rows["id"].to_list() == ["halide-00", "ligand-00", "base-00", "additive-00"]
    assert rows["smiles"][0] == "C[C@H](N)Cl"
    assert rows["flat"][0] == "CC(N)Cl"
    published_descriptors.build(rows, tmp_path / "view")
    arrays = load_file(tmp_path / "view/arrays.safetensors")
    assert {role: array.shape for role, array in arrays.items()} == {
        role: (1, w) for role, w in WIDTHS.items()
    }
    np.testing.assert_array_equal(arrays["base"][0], np.arange(10))
    assert pl.read_parquet(tmp_path / "view/columns.parquet").height == 120


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("base.csv", ("the base", "another"), "no well of data_table.csv has the base 'another'"),
        ("base.csv", ("9,the base", "x,the base"), "'the base' has 9 numbers, expected 10"),
        ("base.csv", ("9,the base", "nan,the base"), "expected 10"),
        ("base.csv", ("base_9,", ""), "the row has 11 cells, the head 10"),
        ("data_table.csv", ("ligand_smiles", "structure"), "no column 'ligand_smiles'"),
    ],
)
def test_a_damaged_file_is_named(small, file, change, said):
    text = (small / file).read_text()
    assert change[0] in text
    (small / file).write_text(text.replace(*change))
    with pytest.raises(SchemaError, match=said) as caught:
        ahneman.read(small, SETTINGS)
    assert "Hint:" in str(caught.value)


def test_the_published_descriptors_are_of_the_molecules_of_the_plates(tmp_path):
    source = folder("buchwald_hartwig")
    for path in (source / "data_table.csv", *(source / "ahneman_descriptors").iterdir()):
        shutil.copyfile(path, tmp_path / path.name)
    rows = ahneman.read(tmp_path, SETTINGS).rows
    assert dict(rows["role"].value_counts().iter_rows()) == {
        "halide": 15,
        "ligand": 4,
        "base": 3,
        "additive": 22,
    }
    assert sum(WIDTHS.values()) == 120
    reactions = buchwald_hartwig.read(source, {"file": "Dreher_and_Doyle_input_data.xlsx"}).rows
    for role in WIDTHS:
        published = rows.filter(role=role)
        assert len(published.join(reactions, left_on="flat", right_on=role, how="semi")) >= len(published) - 2
