"""What the committed records promise."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from retort import layout
from retort.configuration import load
from retort.plan import Plan
from retort.record import read_table

RECORD = Path(__file__).resolve().parents[1] / "data/record"


@pytest.mark.parametrize("study", sorted(path.name for path in (RECORD / "smoke").iterdir() if path.is_dir()))
def test_a_study_at_smoke_scale_takes_little(study):
    """Two minutes of one processor: with six studies the whole is some minutes on two.

    The time of the processor, since the wall's is that of whatever else the machine did.
    """
    costs = pl.read_parquet(RECORD / "smoke" / study / "costs.parquet")
    assert 0 < costs["cpu_seconds"].sum() <= 120


@pytest.mark.parametrize(
    "origin", sorted(RECORD.glob("*/*/origin.json")), ids=lambda path: "-".join(path.parts[-3:-1])
)
def test_a_record_knows_the_loans_by_the_names_of_the_configuration(origin):
    """What a title in the YAML would change is there already: `make plan` was not forgotten."""
    scale, study = origin.parts[-3:-1]
    plan = Plan(load(RECORD.parents[1] / "workflow/config", scale))
    assert_frame_equal(read_table(origin.with_name("loans.parquet")), layout.loans(plan.loans(study)))
