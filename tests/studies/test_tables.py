"""The columns that a study declares are those of its records, and finding them out costs nothing."""

import ast
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from retort import studies

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent.name for path in Path(studies.__path__[0]).glob("*/tables.py"))
RECORDS = sorted(path for path in (ROOT / "data/record").glob("*/*") if path.is_dir())


def declared(study):
    return import_module(f"retort.studies.{study}.tables")


@pytest.mark.parametrize("study", STUDIES)
def test_no_name_is_both_a_detail_and_an_illustration(study):
    tables = declared(study)
    assert tables.DETAILS
    assert not tables.DETAILS.keys() & tables.ILLUSTRATIONS.keys()


@pytest.mark.parametrize("study", STUDIES)
def test_tables_are_declared_without_a_heavy_import(study):
    tree = ast.parse(Path(declared(study).__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import polars as pl"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record.parent.name}-{record.name}")
def test_every_table_of_a_record_has_the_declared_columns(record):
    tables = declared(record.name)
    files = [*record.glob("details/*.parquet"), *record.glob("illustrations/*.parquet")]
    every = tables.DETAILS | tables.ILLUSTRATIONS
    assert {file.stem for file in files} == set(every)
    for file in files:
        assert list(pl.read_parquet_schema(file).items()) == list(every[file.stem].items()), file
