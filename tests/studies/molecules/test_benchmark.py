"""What is timed, and of which run."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch
import yaml

from retort.configuration import merge
from retort.datasets.views import molecular_graphs
from retort.runs import Run, RunInputs
from retort.sealed import write_table, write_tensors
from retort.studies.molecules import benchmark
from retort.studies.molecules.backbones import make

STUDY = Path(__file__).resolve().parents[3] / "workflow/config/study/molecules.yaml"
SETTINGS = merge(yaml.safe_load(STUDY.read_text())["run"], {"gin": {"width": 16, "layers": 2}})


@pytest.fixture
def pretrained(tmp_path):
    texts = ["C" * length + tail for length in range(1, 21) for tail in ("O", "N", "c1ccccc1")]
    ids = [f"{row:05d}" for row in range(len(texts))]
    rows = pl.DataFrame(
        {"id": ids, "row": range(len(texts)), "smiles": texts, "standard": texts, "key": texts}
    )
    write_table(rows, tmp_path / "rows.parquet")
    folder = tmp_path / "molecular_graphs"
    folder.mkdir()
    molecular_graphs.build(rows, folder)
    run = tmp_path / "run"
    run.mkdir()
    torch.manual_seed(0)
    weights = make(SETTINGS).state_dict()
    write_tensors({f"backbone.{name}": value for name, value in weights.items()}, run / "model.safetensors")
    inputs = RunInputs(tmp_path / "rows.parquet", tmp_path / "split.parquet", {"molecular_graphs": folder})
    pretraining = SETTINGS | {"method": "pretrain"}
    return Run("molecules", "corpus", "corpus", "dino", 0, run, inputs, pretraining)


def test_throughput_is_of_the_first_pretrained_gin(pretrained, monkeypatch):
    nothing = replace(pretrained, folder=pretrained.folder / "none")
    other = replace(nothing, variant="gin", settings=SETTINGS | {"method": "finetune"})
    smiles = SETTINGS | {"method": "pretrain", "backbone": "smiles"}
    language = replace(nothing, variant="mlm", settings=smiles)
    monkeypatch.setattr(benchmark, "TIMED", 50)
    threads = torch.get_num_threads()
    measured = benchmark.measure([other, language, pretrained])
    assert dict(measured.schema) == benchmark.SCHEMA
    assert measured["quantity"].to_list() == ["molecules made into graphs", "molecules embedded by the GIN"]
    assert set(measured["unit"]) == {"molecules/s"}
    assert (measured["value"] > 1).all()
    assert measured["n"].to_list() == [50, 50]
    assert torch.get_num_threads() == threads
    assert benchmark.measure([other, language]).is_empty()
    assert dict(benchmark.measure([]).schema) == benchmark.SCHEMA
