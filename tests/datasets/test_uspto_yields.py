"""Yields of patents: rows by hand, and the published files where they are at hand."""

import pytest
from sklearn.metrics import r2_score

from retort.datasets import uspto_yields as reader
from retort.datasets.errors import SchemaError

from .yield_files import folder


@pytest.fixture
def small(tmp_path):
    (tmp_path / reader.FILES["gram"]).write_text("uspto,above,above,83.6,68.7\nuspto,above,above,nan,57.8\n")
    (tmp_path / reader.FILES["sub-gram"]).write_text("uspto,below,below,64.8,43.2\n")
    return tmp_path


def test_rows_by_hand(small):
    prepared = reader.read(small, {})
    assert prepared.rows.rows() == [
        ("uspto-gram-00000", "gram", 83.6, 68.7),
        ("uspto-sub-gram-00000", "sub-gram", 64.8, 43.2),
    ]
    assert prepared.rejects.rows() == [("uspto_above_above.csv", 1, "nan,57.8", "a yield is no number")]


def test_other_files_are_refused(small):
    (small / reader.FILES["gram"]).write_text("83.6,68.7\n")
    with pytest.raises(SchemaError, match="has 2 columns, expected 5"):
        reader.read(small, {})
    (small / reader.FILES["gram"]).unlink()
    with pytest.raises(SchemaError, match="does not exist"):
        reader.read(small, {})


def test_the_published_files():
    prepared = reader.read(folder("uspto_drfp_predictions"), {})
    assert len(prepared.rejects) == 0
    for scale, count, r2, mean in (("gram", 39_524, 0.1243, 73.4), ("sub-gram", 60_408, 0.1977, 56.9)):
        rows = prepared.rows.filter(scale=scale)
        assert len(rows) == count
        assert rows["yield"].mean() == pytest.approx(mean, abs=0.05)
        # As the authors of the files score them, but that theirs is 0.130 at gram scale.
        assert r2_score(rows["yield"], rows["predicted"]) == pytest.approx(r2, abs=1e-3)
