"""What finished runs say of molecules that they have not met: by the model that they keep, or by one fitted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import torch

from retort.asking import usable, used
from retort.sealed import read_tensors
from retort.studies.molecules import baselines
from retort.studies.molecules.data import CLASSIFICATION, Records, by_size
from retort.studies.molecules.given import Molecule, reader

if TYPE_CHECKING:
    from retort.studies.molecules.dmpnn import DMPNN
    from retort.studies.molecules.finetune import Predictor

AT_ONCE = 256


def predicted(
    molecules: list[Molecule],
    folders: Sequence[Path],
    roots: Sequence[Path],
    records: Sequence[dict],
    taught: Records,
) -> np.ndarray:
    """(M, T) the mean over the runs.

    Args:
        folders, roots, records: of each run, the latter two its project and its run.json.
        taught: what all of them learned from.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a few molecules are quicker so, and the last digits always the same
    try:
        runs = zip(folders, roots, records, strict=True)
        return np.mean([_by(*run, molecules, taught) for run in runs], axis=0)
    finally:
        torch.set_num_threads(threads)


def _by(folder: Path, root: Path, record: dict, molecules: list[Molecule], taught: Records) -> np.ndarray:
    """(M, T) values by one run."""
    settings = record["settings"]
    with usable("molecules", folder):
        if settings["method"] in ("forest", "svm", "ngram"):
            # Fitted again, on the same rows, settings and seed, and so the same.
            records = with_asked(taught, molecules)
            return baselines.run(records, settings, seed=record["seed"], progress=False)[0]
        if settings["method"] == "frozen":
            (encoder,) = record["inputs"]["uses"]["encoder"]
            return _probed(folder, used(root, encoder), record, molecules)
        return _network(folder, record, molecules)


def with_asked(taught: Records, molecules: list[Molecule]) -> Records:
    """The training molecules, and asked ones in the place of those of test."""
    kept = taught.rows_of("train")
    asked = pl.DataFrame(
        {
            "id": [f"asked {molecule.row}" for molecule in molecules],
            "part": "test",
            "standard": [molecule.standard for molecule in molecules],
            "canonical": [molecule.canonical for molecule in molecules],
            "smiles": [molecule.smiles for molecule in molecules],
        }
    )
    labels = np.concatenate([taught.labels[kept], np.full((len(asked), len(taught.names)), np.nan)])
    table = taught.table[kept]
    return replace(taught, table=pl.concat([table, asked.select(table.columns)]), labels=labels)


def _network(folder: Path, record: dict, molecules: list[Molecule]) -> np.ndarray:
    settings, kind = record["settings"], record["facts"]["kind"]
    texts = [getattr(molecule, settings["text"]) for molecule in molecules]
    weights = read_tensors(folder / "model.safetensors")
    model = _model(settings, weights["center"].numpy(), weights["scale"].numpy())
    model.load_state_dict(weights)
    model.eval()
    values = np.empty((len(molecules), len(model.center)))
    with _read_by(settings, molecules, texts) as whole, torch.inference_mode():
        for rows in by_size(texts, np.arange(len(molecules)), AT_ONCE):
            values[rows] = model.values(whole(rows), kind).numpy()
    return values


def _model(settings: dict, center: np.ndarray, scale: np.ndarray) -> DMPNN | Predictor:
    """The model of a run with these settings, untrained."""
    if settings["method"] == "dmpnn":
        from retort.studies.molecules.dmpnn import DMPNN

        chosen = settings["dmpnn"]
        return DMPNN(center, scale, chosen["hidden"], chosen["depth"], chosen.get("dropout", 0.0))
    from retort.studies.molecules.backbones import make
    from retort.studies.molecules.finetune import Predictor

    chosen = settings["finetuning"]
    return Predictor(make(settings), center, scale, chosen["head"], chosen["dropout"])


@contextmanager
def _read_by(settings: dict, molecules: list[Molecule], texts: list[str]) -> Iterator[Callable]:
    if settings["method"] == "dmpnn":
        from retort.studies.molecules.dmpnn import MolGraphs

        yield MolGraphs(texts, torch.device("cpu"))
    else:
        with reader(settings, molecules, texts) as whole:
            yield whole


def _probed(folder: Path, encoder: Path, record: dict, molecules: list[Molecule]) -> np.ndarray:
    """By the linear probe of a run on the vectors of its encoder."""
    from scipy.special import expit

    from retort.studies.molecules.backbones import load

    settings = record["settings"]
    texts = [getattr(molecule, settings["text"]) for molecule in molecules]
    probe = {name: value.numpy() for name, value in read_tensors(folder / "model.safetensors").items()}
    backbone = load(encoder, settings).eval()
    vectors = np.empty((len(molecules), backbone.width))
    with reader(settings, molecules, texts) as whole, torch.inference_mode():
        for rows in by_size(texts, np.arange(len(molecules)), AT_ONCE):
            vectors[rows] = backbone(whole(rows)).float().numpy()
    features = (vectors - probe["features.center"]) / probe["features.scale"]
    values = features @ probe["probe.weight"].T + probe["probe.bias"]
    return expit(values) if record["facts"]["kind"] == CLASSIFICATION else values
