"""Any table of reactions with a yield: what is read, and what is rejected with which words."""

import pytest

from retort.datasets import yield_table
from retort.datasets.errors import SchemaError

SETTINGS = {
    "file": "own.csv",
    "prefix": "own",
    "components": {"halide": "ArX", "amine": "amine", "solvent": ["solvent 1", "solvent 2"]},
    "product": "product",
    "yield": "y",
    "scale": 100,
    "columns": ["plate"],
    "numbers": ["hours"],
}
HEAD = "ArX,amine,solvent 1,solvent 2,product,y,plate,hours\n"
GOOD = "c1ccccc1Br,NC,O,none,CNc1ccccc1,0.5,A,12\n"


def read(folder, *lines, settings=SETTINGS):
    (folder / "own.csv").write_text(HEAD + "".join(lines))
    return yield_table.read(folder, settings)


def test_a_row_by_hand(tmp_path):
    row = read(tmp_path, GOOD).rows.row(0, named=True)
    assert row["id"] == "own-0000"
    assert row["yield"] == 50
    assert row["roles"] == ["halide", "amine", "solvent"]
    assert row["reaction"] == "Brc1ccccc1.CN.O>>CNc1ccccc1"
    assert row["substrates"] == "Brc1ccccc1.CN"
    assert (row["hours"], row["plate"]) == (12.0, "A")


@pytest.mark.parametrize(
    ("line", "value", "reason"),
    [
        ("c1ccccc1Br,NC,O,,CNc1ccccc1,>95,A,12\n", ">95", "y is '>95', expected a number"),
        ("c1ccccc1Br,NC,O,,CNc1ccccc1,,A,12\n", "", "y is '', expected a number"),
        ("c1ccccc1Br,NC,O,,CNc1ccccc1,0.5,A,inf\n", "inf", "hours is 'inf', expected a number"),
        ("c1ccccc1Br,-,O,,CNc1ccccc1,0.5,A,12\n", "amine", "the row has no amine"),
        ("c1ccccc1Br,NC,O,,,0.5,A,12\n", "product", "the row has no product"),
        ("c1ccccc1Br,N(C)(C)(C)C,O,,C,0.5,A,12\n", "'N(C)(C)(C)C'", "'N(C)(C)(C)C' is no molecule"),
        ("c1ccccc1Br,NC,O\n", "c1ccccc1Br,NC,O", "the row has 3 cells, the head 8"),
    ],
)
def test_bad_rows_are_rejected_with_the_reason(tmp_path, line, value, reason):
    prepared = read(tmp_path, GOOD, line)
    assert len(prepared.rows) == 1
    (reject,) = prepared.rejects.rows(named=True)
    assert (reject["file"], reject["row"], reject["value"]) == ("own.csv", 1, value)
    assert reject["reason"].startswith(reason)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"components": {"butler": "ArX", "amine": "amine"}}, "role 'butler' is none of halide, "),
        ({"substrates": ["halide", "acid"]}, "substrate 'acid' is no role"),
        ({"yield": "percent"}, "has no column 'percent'"),
        ({"columns": ["product"], "numbers": [], "yield": "y"}, None),
        ({"scal": 100}, "settings has no key 'scal'.*did you mean 'scale'"),
        ({"components": ["ArX", "amine"]}, "settings.components is .*, expected {halide: column"),
        ({"columns": ["reaction"]}, "has no column 'reaction'"),
    ],
)
def test_impossible_settings_are_refused(tmp_path, change, said):
    settings = SETTINGS | change
    if said is None:
        assert read(tmp_path, GOOD, settings=settings).rows["product"].to_list() == ["CNc1ccccc1"]
        return
    with pytest.raises(SchemaError, match=said):
        read(tmp_path, GOOD, settings=settings)
