"""The view `descriptors`: what RDKit computes of all molecules of a data set."""

from pathlib import Path

import joblib
import numpy as np
import polars as pl
from tqdm import tqdm

from retort.chemistry.descriptors import NAMES, descriptors
from retort.chemistry.molecules import MoleculeError, parse

CHUNK = 1_000  # molecules handed to a worker at once
WORTH_WORKERS = 10_000  # molecules below which starting workers costs more than they save


def build(rows: pl.DataFrame, folder: Path, *, workers: int | None = None) -> None:
    """Write the descriptors of the column `standard` of the N prepared `rows` into `folder`.

    - `molecules.parquet`: `id`, in the order of `rows`.
    - `descriptors.npy` float32 (N, D) in the order of `retort.chemistry.descriptors.NAMES`, unscaled: scaling belongs
      to the study, which knows what is training data.

    Args:
        rows: with `id, standard`.
        workers: processes; every core by default. The result does not depend on it.

    Raises:
        ValueError: a string that is no molecule; the message names its id.
    """
    molecules = rows.select("id", "standard")
    chunks = [molecules.slice(start, CHUNK) for start in range(0, len(molecules), CHUNK)]
    if workers is None:
        workers = 1 if len(molecules) < WORTH_WORKERS else joblib.cpu_count()
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(
        joblib.delayed(_some)(chunk["id"].to_list(), chunk["standard"].to_list()) for chunk in chunks
    )
    values = np.empty((len(molecules), len(NAMES)), np.float32)
    done = 0
    with tqdm(total=len(molecules), unit="molecule", desc="descriptors", disable=None) as bar:
        for some in results:
            values[done : done + len(some)] = some
            done += len(some)
            bar.update(len(some))
    folder.mkdir(parents=True, exist_ok=True)
    molecules.select("id").write_parquet(folder / "molecules.parquet")
    np.save(folder / "descriptors.npy", values)


def _some(ids: list[str], strings: list[str]) -> np.ndarray:
    """(M, D) of some molecules."""
    found = []
    for name, smiles in zip(ids, strings, strict=True):
        try:
            found.append(descriptors(parse(smiles)))
        except MoleculeError as error:
            raise ValueError(f"molecule {name!r}: {error}") from error
    return np.stack(found)
