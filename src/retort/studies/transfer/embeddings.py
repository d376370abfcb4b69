"""Embeddings of the test records by a taught student, its teacher and an untaught student, as they are compared."""

from pathlib import Path

import numpy as np

from retort.runs import Run
from retort.sealed import read_table

TAUGHT = "ts-crabnet"
# The three models whose embeddings are compared, and the differences that the paper draws beside them.
PANELS = {
    "crabnet": ("crabnet", None),
    "teacher": ("teacher", None),
    "ts-crabnet": ("ts-crabnet", None),
    "taught-minus-untaught": ("ts-crabnet", "crabnet"),
    "teacher-minus-untaught": ("teacher", "crabnet"),
}


def taught(runs: list[Run]) -> list[Run]:
    """The taught students whose seeds all variants of their place share."""
    return [run for run in runs if run.variant == TAUGHT]


def views(run: Run, runs: list[Run]) -> dict[str, np.ndarray]:
    """What each of `PANELS` shows (N, W) of the test records of a taught student's run; empty if one is missing."""
    return _panels(_embeddings(run, runs))


def _embeddings(run: Run, runs: list[Run]) -> dict[str, np.ndarray]:
    """Embeddings (N, W) of the test records by the taught student, its teacher and the untaught one of the same seed.

    Fewer where the teacher knows no structures of these records.
    """
    folders = {TAUGHT: run.folder, "teacher": run.inputs.uses["teacher"][0]}
    beside = (run.dataset, run.split, run.seed)
    for other in runs:
        if other.variant == "crabnet" and (other.dataset, other.split, other.seed) == beside:
            folders["crabnet"] = other.folder
    wanted = run.read("predictions").filter(part="test").select("id")
    embeddings = {}
    for name, folder in folders.items():
        table = read_table(Path(folder) / "predictions.parquet", columns=["id", "embedding"])
        vectors = wanted.join(table, on="id", how="left", maintain_order="left")["embedding"]
        if vectors.null_count() == 0:
            embeddings[name] = np.stack(list(vectors.to_numpy()))
    return embeddings


def _panels(embeddings: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What each panel shows (N, W): an embedding in standard units, or a difference of two; empty if one is missing.

    A difference of two models' embeddings means something only on one scale.
    """
    if len(embeddings) < len({name for name, _ in PANELS.values()}):
        return {}
    scaled = {name: _standard(vectors) for name, vectors in embeddings.items()}
    if len({vectors.shape for vectors in scaled.values()}) > 1:
        return {}  # a student of another width than its teacher has no difference to it
    return {
        panel: scaled[name] if minus is None else scaled[name] - scaled[minus]
        for panel, (name, minus) in PANELS.items()
    }


def _standard(vectors: np.ndarray) -> np.ndarray:
    spread = vectors.std(axis=0)
    return (vectors - vectors.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)
