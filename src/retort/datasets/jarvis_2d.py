"""The 300 two-dimensional materials of JARVIS whose MatBERT vectors M. Qu et al. (2024) published.

Structures and labels are those of K. Choudhary et al., npj Comput. Mater. 6, 173 (2020). The vectors of a material are
means over the tokens of MatBERT's last layer (A. Trewartha et al., Patterns 3, 100488, 2022), one of its formula and
one of its description by Robocrystallographer 0.2.7.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from retort.chemistry.crystal import CrystalError, read_cif
from retort.datasets import archives, crystals
from retort.datasets.delimited import Broken, records
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared

WIDTH = 768  # numbers of one vector; that of the formula comes first
PARTS = ("train", "test")
LABELS = {"energy": "eform", "gap": "egap"}  # eV/atom, eV


def read(folder: Path, settings: Mapping) -> Prepared:
    """The materials with `energy` (of formation, eV/atom), `gap` (eV), `matbert_formula` and `matbert_text` (768 each).

    Ids are those of the files after `2d-`, for another crystal may bear the same number in the Materials Project.

    Args:
        folder: holds `<train|test>_data.csv`, `_embeddings.npy` and `_structures.zip`.
        settings: none.

    Raises:
        SchemaError: a file is missing or damaged, or there is not one vector for each row.
    """
    rows: list[dict] = []
    rejects: list[dict] = []
    for part in PARTS:
        file = f"{part}_data.csv"
        table = list(records(folder / file, ("id", *LABELS.values())))
        vectors = _vectors(folder / f"{part}_embeddings.npy", len(table))
        cifs = _cifs(folder / f"{part}_structures.zip")
        for (row, cells), vector in zip(table, vectors, strict=True):
            try:
                if isinstance(cells, Broken):
                    raise ValueError(cells.reason)
                rows.append(_row(cells, vector, cifs))
            except (KeyError, ValueError) as error:
                value = cells.value if isinstance(cells, Broken) else cells["id"]
                rejects.append({"file": file, "row": row, "value": value, "reason": str(error)})
    vector_type = pl.List(pl.Float32)
    schema = {
        **crystals.SCHEMA,
        **dict.fromkeys(LABELS, pl.Float64),
        "matbert_formula": vector_type,
        "matbert_text": vector_type,
    }
    return Prepared(pl.DataFrame(rows, schema=schema), pl.DataFrame(rejects, schema=REJECT_SCHEMA))


def _row(cells: Mapping[str, str], vector: np.ndarray, cifs: Mapping[str, str]) -> dict:
    """One row of the prepared table.

    Raises:
        ValueError: a label is no number, or the structure is missing or cannot be read.
    """
    name = cells["id"]
    if name not in cifs:
        raise ValueError(f"there is no {name}.cif in the archive")
    try:
        crystal = read_cif(cifs[name])
    except CrystalError as error:
        raise ValueError(f"the CIF cannot be read: {error}") from None
    labels = {label: float(cells[column]) for label, column in LABELS.items()}
    if not np.isfinite(list(labels.values())).all():
        raise ValueError(f"a label is no finite number: {labels}")
    return {
        "id": f"2d-{name}",
        **crystals.names(crystal.amounts()),
        "sites": len(crystal.numbers),
        **crystal.columns(),
        **labels,
        "matbert_formula": vector[:WIDTH].tolist(),
        "matbert_text": vector[WIDTH:].tolist(),
    }


def _vectors(path: Path, rows: int) -> np.ndarray:
    """The vectors of one part, float32 (rows, 1536)."""
    try:
        vectors = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except ValueError as error:
        raise SchemaError(f"{path} is no array: {error}. {archives.REFETCH}") from None
    if vectors.shape != (rows, 2 * WIDTH):
        raise SchemaError(
            f"{path} has shape {vectors.shape}, expected {(rows, 2 * WIDTH)}. {archives.REFETCH}"
        )
    return vectors


def _cifs(path: Path) -> dict[str, str]:
    """The texts of an archive's CIFs, by their names without the suffix."""
    try:
        with zipfile.ZipFile(path) as archive:
            archives.check_size(sum(member.file_size for member in archive.infolist()), path)
            names = [name for name in archive.namelist() if name.endswith(".cif")]
            texts = {Path(name).stem: archive.read(name).decode("utf-8") for name in names}
            return {name: text.replace("\r\n", "\n") for name, text in texts.items()}
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise SchemaError(f"{path} is no archive of CIFs: {error}. {archives.REFETCH}") from None
