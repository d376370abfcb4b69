"""Crystals of the Materials Project in the official split of MP-2018.6.1.

Structures and labels: A. Jain et al., APL Mater. 1, 011002 (2013), in the copy of K. Das et al. (CrysXPP, npj Comput.
Mater. 8, 43, 2022). Split: C. Chen et al., Chem. Mater. 31, 3564 (2019) (MEGNet) as fixed by the JARVIS-Leaderboard,
the one behind ALIGNN's published errors. The labels are the copy's own: Materials Project labels changed between
snapshots, and those of one table are consistent with each other.
"""

from pathlib import Path

import polars as pl

from retort.chemistry.crystal import CrystalError, read_cif
from retort.datasets import archives, crystals
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared

PROPERTIES = {"formation_energy": "formation_energy_per_atom", "band_gap": "band_gap"}
LOWEST_ENERGY = -4.75  # eV/atom: no compound is as stable; ThF4 and LaF3 come nearest with -4.52 and -4.51


def read(folder: Path, settings: dict) -> Prepared:
    """Read crystals, labels (eV/atom, eV) and the part of each from `folder`.

    Rejected are ids outside the official split, formation energies below -4.75 eV/atom (impossible: four records),
    labels that are no numbers, and CIFs that cannot be read. Crystals larger than `largest_cell` are neither rows nor
    rejects: with that setting they belong to another data set.

    Args:
        folder: holds the files named in `settings`.
        settings: `crystals` and `parts`, the names of the table and of the archive of ids; `largest_cell`, the most
            sites of a row (default: no limit).

    Raises:
        SchemaError: a file is missing or damaged, a column is missing, an id lies in two parts, or `largest_cell` is
            no positive whole number.
    """
    largest = settings.get("largest_cell")
    if largest is not None and (isinstance(largest, bool) or not isinstance(largest, int) or largest < 1):
        raise SchemaError(
            f"largest_cell is {largest!r}, expected a whole number >= 1. Hint: see the dataset's YAML."
        )
    name = settings.get("crystals", "mp36k.csv.xz")
    raw = archives.read_table(folder / name, ("material_id", *PROPERTIES.values(), "cif"))
    path = folder / settings.get("parts", "megnet_e_form.json.zip")
    parts = archives.read_labels(path).select("id", published_part="part")
    twice = parts.filter(pl.col("id").is_duplicated())["id"].unique().sort()
    if len(twice):
        raise SchemaError(
            f"{path}: id {twice[0]!r} lies in several parts ({len(twice)} such ids). {archives.REFETCH}"
        )
    raw = raw.with_row_index("row").join(
        parts, left_on="material_id", right_on="id", how="left", maintain_order="left"
    )
    raw = raw.with_columns(
        pl.col(column).alias(f"{label}_text") for label, column in PROPERTIES.items()
    ).with_columns(
        *(pl.col(column).cast(pl.Float64, strict=False).alias(label) for label, column in PROPERTIES.items()),
        repeated=~pl.col("material_id").is_first_distinct(),
    )

    rows, rejects, known = [], [], {}
    for record in raw.iter_rows(named=True):
        reason = _problem(record)
        try:
            crystal = read_cif(record["cif"] or "")
        except CrystalError as error:
            crystal, reason = None, reason or f"the CIF cannot be read: {error}"
        if crystal is not None and largest is not None and len(crystal.numbers) > largest:
            continue
        if crystal is None or reason is not None:
            rejects.append(
                {"file": name, "row": record["row"], "value": record["material_id"], "reason": reason}
            )
            continue
        amounts = crystal.amounts()
        cell = tuple(amounts.items())
        if cell not in known:
            known[cell] = crystals.names(amounts)
        labels = {label: record[label] for label in (*PROPERTIES, "published_part")}
        rows.append(
            {
                "id": record["material_id"],
                **known[cell],
                "sites": len(crystal.numbers),
                **crystal.columns(),
                **labels,
            }
        )
    return Prepared(
        crystals.table(rows, PROPERTIES, published=True), pl.DataFrame(rejects, schema=REJECT_SCHEMA)
    )


def _problem(record: dict) -> str | None:
    """What forbids the use of a record's labels, or None."""
    if not record["material_id"]:
        return "no material_id"
    if record["repeated"]:
        return "the id occurred before"
    for label, column in PROPERTIES.items():
        value = record[label]
        if value is None or not abs(value) < float("inf"):
            return f"{column} is {record[f'{label}_text']!r}, expected a number"
    if record["published_part"] is None:
        return "the id is in no part of the official split"
    if record["formation_energy"] < LOWEST_ENERGY:
        return (
            f"formation energy {record['formation_energy']:.2f} eV/atom is impossible (below {LOWEST_ENERGY})"
        )
    if record["band_gap"] < 0:
        return f"band gap {record['band_gap']:g} eV is negative"
    return None
