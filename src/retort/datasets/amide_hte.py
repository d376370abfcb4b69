"""Amide couplings on plates with six activators (Zhang et al. 2025), pooled, and split by substrate across all of them.

The six files hold nearly the same pairs of acid and amine; each has a split by substrate of its own, so that what is
new in one is known from another. Here acids and amines are drawn anew for all files together. Every row has a yield
above zero: reactions that failed are not in the files.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from retort.chemistry.components import component
from retort.datasets import delimited
from retort.datasets.cells import number
from retort.datasets.prepared import Prepared
from retort.datasets.reaction_yields import Record, Reject, reject, table

_PF6 = "F[P-](F)(F)(F)(F)F"
ACTIVATORS = {
    "DCC": "C(=NC1CCCCC1)=NC1CCCCC1",
    "EDC": "CCN=C=NCCCN(C)C",
    "HATU": f"CN(C)C(On1nnc2cccnc21)=[N+](C)C.{_PF6}",
    "HBTU": f"CN(C)C(On1nnc2ccccc21)=[N+](C)C.{_PF6}",
    "PyBOP": f"c1ccc2c(c1)nnn2O[P+](N1CCCC1)(N1CCCC1)N1CCCC1.{_PF6}",
    "TBTU": "CN(C)C(On1nnc2ccccc21)=[N+](C)C.F[B-](F)(F)F",
}
FILE_COLUMNS = (
    "sub_1_smiles",
    "sub_2_smiles",
    "product_smiles",
    "yield",
    "Additive_ID",
    "Base_ID",
    "solvent_id",
)
COLUMNS = dict.fromkeys(["acid", "amine", "activator", "additive", "base", "solvent"], pl.String)


def read(folder: Path, settings: dict) -> Prepared:
    """The reactions of all files, activator by activator.

    Args:
        folder: holds the files.
        settings: `file`, with `{activator}` in its name; `draws` and `share`, of how many drawings of acids and amines
            and of which share of each.

    Returns:
        The table of `retort.datasets.reaction_yields` with `acid, amine` (canonical SMILES), `activator` (its name),
        `additive, base, solvent` (the authors' numbers, whose structures they do not give), and for each draw d
        `substrate_<d>`: `test` where acid and amine were drawn, `train` where neither was, else `mixed`, and
        `mixed_<d>`, which is true there.

    Raises:
        SchemaError: a file or a column is missing.
    """
    records: list[Record] = []
    rejects: list[Reject] = []
    for activator, smiles in ACTIVATORS.items():
        file = settings["file"].format(activator=activator)
        for row, cells in delimited.records(folder / file, FILE_COLUMNS):
            if isinstance(cells, delimited.Broken):
                rejects.append((file, row, *cells))
                continue
            try:
                percent = 100 * number(cells["yield"], "yield")
                acid, amine = component(cells["sub_2_smiles"]), component(cells["sub_1_smiles"])
            except ValueError as error:
                rejects.append(reject(file, row, error))
                continue
            columns = {"acid": acid, "amine": amine, "activator": activator, "additive": cells["Additive_ID"]}
            columns |= {"base": cells["Base_ID"], "solvent": cells["solvent_id"]}
            components = [("acid", acid), ("amine", amine), ("activator", smiles)]
            records.append(Record(file, row, percent, components, [cells["product_smiles"]], columns=columns))
    prepared = table("amide", records, COLUMNS, rejects)
    parts = {
        f"substrate_{draw}": _parts(prepared.rows, draw, settings["share"])
        for draw in range(settings["draws"])
    }
    mixed = {name.replace("substrate", "mixed"): part == "mixed" for name, part in parts.items()}
    return Prepared(prepared.rows.with_columns(**parts, **mixed), prepared.rejects)


def _parts(rows: pl.DataFrame, draw: int, share: float) -> pl.Series:
    """Of each row whether both of its substrates were drawn (test), neither (train), or one (mixed)."""
    drawn = pl.sum_horizontal(
        pl.col(role).is_in(_drawn(rows[role].unique(), draw, share)).cast(pl.Int8)
        for role in ("acid", "amine")
    )
    return rows.select(drawn.replace_strict({0: "train", 1: "mixed", 2: "test"})).to_series()


def _drawn(molecules: Iterable[str], draw: int, share: float) -> list[str]:
    """A share of the molecules, drawn by hash."""
    ordered = sorted(molecules, key=lambda name: hashlib.sha256(f"{draw}:{name}".encode()).hexdigest())
    return ordered[: round(share * len(ordered))]
