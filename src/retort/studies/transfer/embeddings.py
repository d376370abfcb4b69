"""Embeddings of the test records by a taught student, its teacher and an untaught student, as they are compared."""

from pathlib import Path

import numpy as np

from retort.runs import Run
from retort.sealed import read_table

TAUGHT, UNTAUGHT, TEACHER = "ts-crabnet", "crabnet", "teacher"
PERMUTED, ANOTHER = "ts-crabnet-permuted", "another"
# The three models whose embeddings are compared, and the differences that the paper draws beside them.
PANELS: dict[str, tuple[str, str | None]] = {
    "crabnet": (UNTAUGHT, None),
    "teacher": (TEACHER, None),
    "ts-crabnet": (TAUGHT, None),
    "taught-minus-untaught": (TAUGHT, UNTAUGHT),
    "teacher-minus-untaught": (TEACHER, UNTAUGHT),
}
# Differences with the same subtrahend that no teacher's knowledge can make alike: of a student that was taught permuted
# embeddings, and of an untaught one of another seed.
NULLS = {
    "permuted-minus-untaught": (PERMUTED, UNTAUGHT),
    "another-minus-untaught": (ANOTHER, UNTAUGHT),
}


def taught(runs: list[Run]) -> list[Run]:
    """The runs of the taught student."""
    return [run for run in runs if run.variant == TAUGHT]


def views(run: Run, runs: list[Run]) -> dict[str, np.ndarray]:
    """What each of `PANELS`, and of those of `NULLS` that there are, shows (N, W) of the test records of a taught run.

    Empty where a model of `PANELS` is missing, or where the teacher knows no structures of these records.
    """
    wanted = run.read("predictions").filter(part="test").select("id")
    embeddings = {}
    for name, folder in _folders(run, runs).items():
        table = read_table(folder / "predictions.parquet", columns=["id", "embedding"])
        vectors = wanted.join(table, on="id", how="left", maintain_order="left")["embedding"]
        if vectors.null_count() == 0:
            embeddings[name] = np.stack(list(vectors.to_numpy()))
    return _panels(embeddings)


def _folders(run: Run, runs: list[Run]) -> dict[str, Path]:
    """The runs of the models around a taught one: at its place, of its seed, and its teacher."""
    here = [other for other in runs if (other.dataset, other.split) == (run.dataset, run.split)]
    folders = {TAUGHT: run.folder}
    for other in here:
        if other.variant in (UNTAUGHT, PERMUTED) and other.seed == run.seed:
            folders[other.variant] = other.folder
    others = sorted(other for other in here if other.variant == UNTAUGHT and other.seed != run.seed)
    if others:
        folders[ANOTHER] = others[0].folder
    # Step 2 knows no teacher: it begins where step 1 ended, which has one.
    for aligned in runs:
        if aligned.folder in run.inputs.uses["start"]:
            (folders[TEACHER],) = aligned.inputs.uses["teacher"]
    return folders


def _panels(embeddings: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What each panel shows (N, W): an embedding in standard units, or a difference of two.

    A difference of two models' embeddings means something only on one scale.
    """
    if any(name not in embeddings for name, _ in PANELS.values()):
        return {}
    scaled = {name: _standard(vectors) for name, vectors in embeddings.items()}
    if len({vectors.shape for vectors in scaled.values()}) > 1:
        return {}  # a student of another width than its teacher has no difference to it
    return {
        panel: scaled[name] if minus is None else scaled[name] - scaled[minus]
        for panel, (name, minus) in (PANELS | NULLS).items()
        if name in scaled
    }


def _standard(vectors: np.ndarray) -> np.ndarray:
    spread = vectors.std(axis=0)
    return (vectors - vectors.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)
