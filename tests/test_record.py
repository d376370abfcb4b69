"""What the committed records promise."""

from pathlib import Path

import polars as pl
import pytest

RECORD = Path(__file__).resolve().parents[1] / "data/record"


@pytest.mark.parametrize("study", sorted(path.name for path in (RECORD / "smoke").iterdir() if path.is_dir()))
def test_a_study_at_smoke_scale_takes_little(study):
    """100 seconds of one processor: with six studies the whole is some minutes on two."""
    costs = pl.read_parquet(RECORD / "smoke" / study / "costs.parquet")
    assert 0 < costs["wall_seconds"].sum() <= 100
