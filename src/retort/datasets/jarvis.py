"""Oxides and nitrides of JARVIS-DFT: compositions and labels in the official split, without structures.

K. Choudhary et al., npj Comput. Mater. 6, 173 (2020), functional OptB88vdW; split of the JARVIS-Leaderboard, npj
Comput. Mater. 10, 93 (2024). JARVIS's 55,711 crystals cannot be had in bulk; lists of its oxides and nitrides with
formulas can. The 636 two-dimensional materials of JARVIS are left out: none of their ids is in the official split.
"""

from pathlib import Path

import polars as pl

from retort.chemistry.composition import FormulaError, parse
from retort.datasets import archives, crystals
from retort.datasets.prepared import REJECT_SCHEMA, Prepared

PROPERTIES = ("formation_energy", "band_gap")
COLUMNS = ("jid", "split", "target", "formula", "n_atoms")
FILES = {
    "formation_energy": "dft_3d_formation_energy_peratom.json.zip",
    "band_gap": "dft_3d_optb88vdw_bandgap.json.zip",
}
TOLERANCE = 1e-6  # eV/atom, between the two sources of a formation energy


def read(folder: Path, settings: dict) -> Prepared:
    """Read compositions, formation energy (eV/atom) and band gap (eV), joined by id, from `folder`.

    A row is rejected when its formula cannot be read, when its id is in no part or in several parts of the official
    split, when the lists disagree about its part or its formation energy, when it has no band gap there, or when
    the id came before.

    Args:
        folder: holds the files named in `settings`.
        settings: `compositions` (the lists of oxides and nitrides), `formation_energy` and `band_gap` (archives of
            labels by id).

    Raises:
        SchemaError: a file is missing or damaged, or lacks a column.
    """
    lists = settings.get("compositions", ["oxide_all.csv.xz", "nitride_all.csv.xz"])
    raw = pl.concat(
        archives.read_table(folder / name, COLUMNS).with_row_index("row").with_columns(file=pl.lit(name))
        for name in lists
    ).with_columns(
        repeated=~pl.col("jid").is_first_distinct(),
        energy=pl.col("target").cast(pl.Float64, strict=False),
        sites=pl.col("n_atoms").cast(pl.Int64, strict=False),
        part=pl.col("split").replace_strict(archives.PARTS, default=None, return_dtype=pl.String),
    )
    for label in PROPERTIES:
        official = archives.read_labels(folder / settings.get(label, FILES[label]))
        official = official.group_by("id").agg(
            pl.col("part").unique().sort().alias(f"{label}_parts"), pl.col("value").first().alias(label)
        )
        raw = raw.join(official, left_on="jid", right_on="id", how="left", maintain_order="left")

    rows, rejects = [], []
    for record in raw.iter_rows(named=True):
        reason = _problem(record)
        try:
            named = crystals.names(parse(record["formula"] or ""))
        except FormulaError as error:
            reason = reason or str(error)
        if reason is not None:
            value = f"{record['jid']} {record['formula']}"
            rejects.append({"file": record["file"], "row": record["row"], "value": value, "reason": reason})
            continue
        labels = {label: record[label] for label in PROPERTIES}
        rows.append(
            {
                "id": record["jid"],
                **named,
                "sites": record["sites"],
                **dict.fromkeys(crystals.STRUCTURE),
                **labels,
                "published_part": record["part"],
            }
        )
    return Prepared(
        crystals.table(rows, PROPERTIES, published=True), pl.DataFrame(rejects, schema=REJECT_SCHEMA)
    )


def _problem(record: dict) -> str | None:
    """What forbids the use of a record, or None."""
    if not record["jid"]:
        return "no jid"
    if record["repeated"]:
        return "the id occurred before"
    for column, value in (("target", record["energy"]), ("n_atoms", record["sites"])):
        if value is None or not abs(value) < float("inf"):
            return f"{column} is {record[column]!r}, expected a number"
    if record["part"] is None:
        return f"split {record['split']!r} is none of {', '.join(archives.PARTS)}"
    for label in PROPERTIES:
        parts = record[f"{label}_parts"]
        if parts is None:
            return f"the id is in no part of the official split of the {label.replace('_', ' ')}"
        if parts != [record["part"]]:
            return f"the list says {record['part']}, the official split says {' and '.join(parts)}"
    if abs(record["energy"] - record["formation_energy"]) > TOLERANCE:
        return f"formation energy {record['energy']} in the list, {record['formation_energy']} in the split"
    return None
