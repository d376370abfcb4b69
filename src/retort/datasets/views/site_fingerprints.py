"""The view `site_fingerprints`: how the coordination of the atoms of each crystal looks, without their elements.

Local order parameters of every site's neighbours by CrystalNN (N. E. R. Zimmermann and A. Jain, RSC Adv. 10, 6063,
2020), and their mean and standard deviation over the sites: the fingerprint that M. Qu et al. (2024) hold their
descriptions against, as matminer computes it.
"""

import hashlib
import json
import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from safetensors.numpy import save_file

from retort.chemistry.composition import SYMBOLS
from retort.chemistry.robocrystallographer import INSTALL
from retort.datasets.making import make
from retort.datasets.views.composition import ARRAYS

MADE = ".site_fingerprints"  # beside the folders of all data sets' features
PACKAGE = "matminer"


def build(rows: pl.DataFrame, folder: Path, *, workers: int | None = None) -> None:
    """Write the view of the N prepared `rows` that have a structure into `folder`.

    - `ids.parquet`: `id`, in the order of `rows`.
    - `arrays.safetensors`: `sites` float32 (N, 122), mean and deviation of each order parameter in turn, unscaled.

    Some tenths of a processor second each, on all cores; results are kept as those of `descriptions` are.

    Args:
        rows: with `id, lattice, numbers, positions`.
        folder: filled.
        workers: processes; every core by default. The result does not depend on it.

    Raises:
        ValueError: matminer is not installed, or a crystal has no fingerprint; all others have, and are kept.
    """
    if find_spec(PACKAGE) is None:
        raise ValueError(f"{PACKAGE} is not installed, and fingerprints are to be made. Hint: {INSTALL}.")
    crystals = rows.filter(pl.col("positions").is_not_null())
    structures = crystals.select("lattice", "numbers", "positions").rows()
    keys = [hashlib.sha256(str(structure).encode()).hexdigest() for structure in structures]
    wanted = dict(zip(keys, structures, strict=True))
    made = make(_fingerprint, wanted, folder.parent.parent / MADE, title="site fingerprints", workers=workers)
    values = [json.loads(made[key]) for key in keys]
    folder.mkdir(parents=True, exist_ok=True)
    crystals.select("id").write_parquet(folder / "ids.parquet")
    save_file({"sites": np.array(values, np.float32)}, folder / ARRAYS)


def _fingerprint(lattice: list[float], numbers: list[int], positions: list[float]) -> str:
    """The numbers of one crystal as JSON."""
    from pymatgen.core import Structure

    cell, places = np.reshape(lattice, (3, 3)), np.reshape(positions, (-1, 3))
    structure = Structure(cell, [SYMBOLS[number - 1] for number in numbers], places)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return json.dumps([float(value) for value in _featurizer().featurize(structure)])


@cache
def _featurizer() -> Any:
    sites, structures = (import_module(f"{PACKAGE}.featurizers.{name}") for name in ("site", "structure"))
    local = sites.CrystalNNFingerprint.from_preset("ops")
    return structures.SiteStatsFingerprint(local, stats=("mean", "std_dev"))
