"""What the benchmark times, not how long it takes."""

import numpy as np
import pytest
import torch
from torch import nn

from retort.studies.transfer import benchmark

from . import few_crystals


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs as `measure` knows them: from their settings and inputs; what they have learned does not matter."""
    root = few_crystals.prepare(tmp_path_factory.mktemp("project"))
    return [
        few_crystals.planned(root, variant, split=split)
        for split in ("formation-25-0", "formation")
        for variant in ("crabnet", "roost", "teacher")
    ]


@pytest.fixture
def quick(monkeypatch):
    """A few records, once each."""
    monkeypatch.setattr(benchmark, "FORMULAS", 16)
    monkeypatch.setattr(benchmark, "CRYSTALS", 8)
    monkeypatch.setattr(benchmark, "DRAWN", 6)
    monkeypatch.setattr(benchmark, "REPEATS", 1)
    monkeypatch.setattr(benchmark, "PUBLISHED_BATCH", dict.fromkeys(benchmark.PUBLISHED_BATCH, 8))


def test_every_model_at_both_sizes_and_the_graphs(runs, quick):
    threads = torch.get_num_threads()
    timings = benchmark.measure(runs)
    assert torch.get_num_threads() == threads
    assert dict(timings.schema) == benchmark.SCHEMA
    epochs = [
        f"epoch of {name}"
        for name in (
            "CrabNet (as trained)",
            "CrabNet (published size)",
            "Roost (as trained)",
            "Roost (published size)",
            "gated graph network (as trained)",
            "ALIGNN (published size)",
        )
    ]
    assert timings.filter(unit="s")["quantity"].to_list() == [*epochs, "crystal graphs"]
    shares = timings.filter(unit="fraction")
    assert shares["quantity"].to_list() == [f"{name}, {benchmark.SHARE}" for name in epochs]
    assert (timings["value"] > 0).all()
    assert timings.filter(quantity="crystal graphs")["n"].item() == 6
    assert (timings.filter(unit="s")["n"] >= 6).all()
    assert timings.filter(unit="GFLOP/s").height == 1


def test_the_run_with_most_labels_is_timed(runs):
    assert benchmark._largest(runs, "teacher").split == "formation"
    assert benchmark._largest(runs, "median") is None


def test_nothing_to_time(runs):
    assert benchmark.measure([]).is_empty()
    assert dict(benchmark.measure([]).schema) == benchmark.SCHEMA


def test_operations_of_a_linear_layer():
    layer, rows = nn.Linear(7, 5), torch.randn(3, 7)
    # Forward, and backward to the weights: two operations for each of 3 x 7 x 5 products. Inputs want no gradient.
    assert benchmark.operations(lambda batch: layer(rows[batch]).sum(), [np.arange(3)]) == 2 * (2 * 3 * 7 * 5)


def test_a_pass_trains_on_every_batch():
    layer, seen = nn.Linear(2, 1), []

    def loss(batch):
        seen.append(batch.tolist())
        return layer(torch.ones(len(batch), 2)).sum()

    before = layer.weight.detach().clone()
    benchmark.trainer(layer, loss, [np.array([0, 1]), np.array([2])])()
    assert seen == [[0, 1], [2]]
    assert not torch.equal(before, layer.weight)
