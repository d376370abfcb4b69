"""The checks that every prepared table passes."""

import polars as pl
import pytest

from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared, no_rejects


def test_write_puts_rows_and_rejects_side_by_side(tmp_path):
    rejects = pl.DataFrame({"file": ["a.csv"], "row": [3], "value": ["Xx"], "reason": ["unknown element"]})
    Prepared(pl.DataFrame({"id": ["a-0", "a-1"]}), rejects).write(tmp_path / "deep" / "a.parquet")
    assert pl.read_parquet(tmp_path / "deep" / "a.parquet")["id"].to_list() == ["a-0", "a-1"]
    assert pl.read_parquet(tmp_path / "deep" / "a.rejects.parquet").equals(rejects)
    assert len(list((tmp_path / "deep").iterdir())) == 2, "a temporary file was left behind"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (pl.DataFrame(schema={"id": pl.String}), "no rows"),
        (pl.DataFrame({"name": ["a"]}), "no column 'id'"),
        (pl.DataFrame({"id": [1]}), "column 'id' is Int64"),
        (pl.DataFrame({"id": ["a", None]}), "null id"),
        (pl.DataFrame({"id": ["a", "b", "a"]}), "id 'a' occurs more than once"),
    ],
)
def test_bad_tables_are_refused(rows, said):
    with pytest.raises(SchemaError, match=said) as caught:
        Prepared(rows, no_rejects())
    assert "Hint:" in str(caught.value)


def test_rejects_have_a_fixed_shape():
    with pytest.raises(SchemaError, match="reason"):
        Prepared(pl.DataFrame({"id": ["a"]}), no_rejects().drop("reason"))
