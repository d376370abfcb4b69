"""What is timed: both formulations learn from the same reactions, and the faster one is ours."""

from pathlib import Path

from retort.runs import Run
from retort.studies.yields.benchmark import SCHEMA, measure
from tests.studies.yields.small_plate import SETTINGS, inputs


def test_both_formulations_are_timed_and_each_molecule_once_is_faster(monkeypatch):
    monkeypatch.setattr("retort.studies.yields.benchmark.REPEATS", 1)
    run = Run("yields", "plate", "random", "mpnn", 0, Path("x"), inputs(), SETTINGS)
    table = measure([run])
    assert dict(table.schema) == SCHEMA
    rates = dict(table.select("quantity", "value").iter_rows())
    assert (
        rates["reactions trained, each molecule once"] > 2 * rates["reactions trained, published formulation"]
    )
    assert table["n"].to_list() == [48, 48, 48]


def test_nothing_is_timed_without_a_network():
    run = Run("yields", "plate", "random", "forest", 0, Path("x"), inputs(), SETTINGS | {"method": "forest"})
    assert measure([run]).is_empty()
