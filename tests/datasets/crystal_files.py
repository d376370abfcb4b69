"""Small files in the published layouts, for the tests of crystal readers."""

import json
import lzma
import zipfile

import polars as pl
from pymatgen.core import Lattice, Structure

MP_COLUMNS = [
    "cif_index",
    "material_id",
    "formation_energy_per_atom",
    "band_gap",
    "efermi",
    "volume",
    "total_magnetization",
    "cif",
]


def rock_salt(metal, halogen, length):
    """Two atoms in the primitive cell."""
    lattice = Lattice([[0, length / 2, length / 2], [length / 2, 0, length / 2], [length / 2, length / 2, 0]])
    return Structure(lattice, [metal, halogen], [[0, 0, 0], [0.5, 0.5, 0.5]])


def mp_row(index, identifier, structure, energy="-2.0", gap="5.0"):
    """One row of the table of crystals."""
    text = structure if isinstance(structure, str) else structure.to(fmt="cif")
    return [str(index), identifier, energy, gap, "None" if index == 2 else "0.5", "40.0", "0.0", text]


def write_csv_xz(path, columns, rows):
    """An xz-compressed CSV file."""
    table = pl.DataFrame(
        [dict(zip(columns, row, strict=True)) for row in rows], schema=dict.fromkeys(columns, pl.String)
    )
    path.write_bytes(lzma.compress(table.write_csv().encode()))


def write_labels(path, train, val, test):
    """An archive of labels by part and id."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            path.name.removesuffix(".zip"), json.dumps({"train": train, "val": val, "test": test})
        )
