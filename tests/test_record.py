"""What the committed records promise."""

from pathlib import Path

import polars as pl
import pytest

RECORD = Path(__file__).resolve().parents[1] / "data/record"


@pytest.mark.parametrize("study", sorted(path.name for path in (RECORD / "smoke").iterdir() if path.is_dir()))
def test_a_study_at_smoke_scale_takes_little(study):
    """Two minutes of one processor: with six studies the whole is some minutes on two.

    The time of the processor, since the wall's is that of whatever else the machine did.
    """
    costs = pl.read_parquet(RECORD / "smoke" / study / "costs.parquet")
    assert 0 < costs["cpu_seconds"].sum() <= 120
