"""Sixteen halides as a pool of a recall: rock salt, but of caesium and rubidium the structure of CsCl."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl

from retort.chemistry.composition import ATOMIC_NUMBER
from retort.chemistry.crystal import Crystal
from retort.datasets import crystals
from retort.datasets.views import described, formulas, structure_features
from retort.runs import RunInputs
from retort.sealed import write_table

EDGES = {"Li": 2.0, "Na": 2.3, "Rb": 2.8, "Cs": 3.0}  # half of what an anion adds to, Å
ANIONS = {"F": 2.2, "Cl": 2.8, "Br": 3.0, "I": 3.2}
WORDS = {"rock salt": "octahedral geometry to six", "CsCl": "body-centered cubic geometry to eight"}


def crystal(cation: str, anion: str) -> tuple[str, Crystal]:
    """Its structure and its primitive cell."""
    edge = EDGES[cation] + ANIONS[anion]
    like_salt = cation in ("Li", "Na")
    lattice = (np.ones((3, 3)) - np.eye(3)) * edge / 2 if like_salt else np.eye(3) * edge * 0.75
    numbers = np.array([ATOMIC_NUMBER[cation], ATOMIC_NUMBER[anion]])
    return "rock salt" if like_salt else "CsCl", Crystal(lattice, numbers, np.array([[0.0] * 3, [0.5] * 3]))


def table() -> pl.DataFrame:
    rows = []
    for number, (cation, anion) in enumerate((cation, anion) for cation in EDGES for anion in ANIONS):
        kind, made = crystal(cation, anion)
        known = {"zt": 0.1 * number if anion == "I" else None, "power_factor": 5.0 if anion == "Br" else None}
        named = {"id": f"mp-{number}", **crystals.names(made.amounts()), "sites": 2, "prototype": kind}
        rows.append(named | made.columns() | known | {"query": number == 0, "host": anion == "I"})
    return pl.DataFrame(rows)


@cache
def inputs() -> RunInputs:
    """The pool on disk; all formulas but that of CsI are described."""
    folder, rows = Path(mkdtemp()), table()
    write_table(rows, folder / "prepared.parquet")
    write_table(rows.select("id", part=pl.lit("valid")), folder / "split.parquet")
    views = {name: folder / name for name in ("formulas", "structure_features", "described", "descriptions")}
    for each in views.values():
        each.mkdir()
    formulas.build(rows, views["formulas"])
    structure_features.build(rows, views["structure_features"])
    told = rows.filter(pl.col("formula") != "CsI")
    texts = [
        f"{formula} is {kind} structured. {formula[:2]} is bonded in a {WORDS[kind]} atoms."
        for formula, kind in told.select("formula", "prototype").iter_rows()
    ]
    forms = {
        name: pl.Series(texts) for name in ("text", "masked", "numberless", "masked_numberless", "shuffled")
    }
    described.build(told, views["described"])
    told.select("id", **forms).write_parquet(views["descriptions"] / "texts.parquet")
    return RunInputs(folder / "prepared.parquet", folder / "split.parquet", views)
