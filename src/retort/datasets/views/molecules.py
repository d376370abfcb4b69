"""Something computed of every molecule of a data set, some thousands at a time on all cores: what views share."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import joblib
import polars as pl
from rdkit import Chem
from tqdm import tqdm

from retort.chemistry.molecules import MoleculeError, parse

CHUNK = 1_000  # molecules handed to a worker at once
WORTH_WORKERS = 10_000  # molecules below which starting workers costs more than they save


One = TypeVar("One")
Packed = TypeVar("Packed")


def computed(
    function: Callable[[Chem.Mol], One],
    pack: Callable[[list[One]], Packed],
    molecules: pl.DataFrame,
    title: str,
    workers: int | None = None,
) -> Iterator[Packed]:
    """What `function` makes of each molecule, at most CHUNK packed together, in the order of `molecules`.

    Args:
        function: of one parsed molecule. `pack`: of what it made of some; both a module's own, so that workers can
            import them.
        molecules: with `id, standard`.
        title: beside the bar.
        workers: processes; every core by default. The result does not depend on it.

    Raises:
        ValueError: a string that is no molecule; the message names its id.
    """
    chunks = [molecules.slice(start, CHUNK) for start in range(0, len(molecules), CHUNK)]
    if workers is None:
        workers = 1 if len(molecules) < WORTH_WORKERS else joblib.cpu_count()
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(
        joblib.delayed(_some)(function, pack, chunk["id"].to_list(), chunk["standard"].to_list())
        for chunk in chunks
    )
    with tqdm(total=len(molecules), unit="molecule", desc=title, disable=None) as bar:
        for chunk, some in zip(chunks, results, strict=True):
            yield some
            bar.update(len(chunk))


def _some(
    function: Callable[[Chem.Mol], One],
    pack: Callable[[list[One]], Packed],
    ids: list[str],
    strings: list[str],
) -> Packed:
    found = []
    for name, smiles in zip(ids, strings, strict=True):
        try:
            found.append(function(parse(smiles)))
        except MoleculeError as error:
            raise ValueError(f"molecule {name!r}: {error}") from error
    return pack(found)
