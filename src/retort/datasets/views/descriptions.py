"""The view `descriptions`: sentences about each crystal, and what is left of them without some of what they tell."""

import hashlib
import os
from pathlib import Path

import numpy as np
import polars as pl

from retort.chemistry import robocrystallographer, template_text
from retort.chemistry.composition import FormulaError, key, parse
from retort.chemistry.descriptions import Versions, versions
from retort.datasets.download import mirrors_from
from retort.datasets.making import make
from retort.datasets.stored_descriptions import stored

TABLE = "texts.parquet"
MADE = ".descriptions"  # beside the folders of all data sets' features; a manifest passes over it


def build(rows: pl.DataFrame, folder: Path, *, workers: int | None = None) -> None:
    """Write `texts.parquet` of the prepared `rows` that have a structure into `folder`, in their order.

    Columns: `id`; `text`, cleaned; `masked`, without formulas and names of elements; `numberless`, without lengths and
    angles; `masked_numberless`; `shuffled`, its words in random order. See `retort.chemistry.descriptions`.

    The sentences are those of a template where the rows have a `structure_type` (generated crystals), otherwise those
    of Robocrystallographer: taken from a mirror where that holds them, made here where not. That takes about three
    processor seconds each, on all cores. Results are kept in `.descriptions` beside the features of all data sets,
    under a name that follows from the structure and the package's version: an interrupted making goes on from there.

    Args:
        rows: with `id, composition, lattice, numbers, positions`, and perhaps `structure_type`.
        folder: filled. The folder of results is found from it.
        workers: processes; every core by default. The result does not depend on it.

    Raises:
        NoDescriberError: sentences are to be made, and Robocrystallographer is not installed.
        ValueError: a crystal cannot be described; all others are, and are kept.
    """
    crystals = rows.filter(pl.col("positions").is_not_null())
    if "structure_type" in rows.columns:
        columns = ("structure_type", "lattice", "numbers")
        texts = [
            template_text.describe(kind, np.reshape(lattice, (3, 3)), np.array(numbers))
            for kind, lattice, numbers in crystals.select(columns).iter_rows()
        ]
    else:
        texts = _sentences(crystals, folder.parent.parent / MADE, workers)
    ids = crystals["id"].to_list()
    table = [versions(text, name) for text, name in zip(texts, ids, strict=True)]
    folder.mkdir(parents=True, exist_ok=True)
    schema = dict.fromkeys(Versions._fields, pl.String)
    pl.DataFrame(table, schema=schema, orient="row").insert_column(0, pl.Series("id", ids)).write_parquet(
        folder / TABLE
    )


def _sentences(crystals: pl.DataFrame, made: Path, workers: int | None) -> list[str]:
    """The raw texts of the crystals: a mirror's, those of earlier makings, or new ones."""
    composition = dict(crystals.select("id", "composition").iter_rows())
    known = {
        name: text
        for name, text in stored(mirrors_from(os.environ)).items()
        if name in composition and _is_of(text, composition[name])
    }
    print(f"{len(known)} of {len(crystals)} descriptions are stored")
    columns = ("id", "lattice", "numbers", "positions")
    wanted = {
        name: (_name(lattice, numbers, positions), (lattice, numbers, positions))
        for name, lattice, numbers, positions in crystals.select(columns).iter_rows()
        if name not in known
    }
    if wanted:
        robocrystallographer.demand()
        new = make(_describe, dict(wanted.values()), made, title="descriptions", workers=workers)
        known |= {name: new[made_as] for name, (made_as, _) in wanted.items()}
    return [known[name] for name in crystals["id"]]


def _is_of(text: str, composition: str) -> bool:
    """Whether a stored text, which begins with a formula, is of this composition: a user may give ids of his own."""
    try:
        return key(parse(text.split(" ", 1)[0])) == composition
    except FormulaError:
        return False


def _name(lattice: list[float], numbers: list[int], positions: list[float]) -> str:
    """What a description follows from: the structure and the version of the package."""
    content = f"{robocrystallographer.VERSION} {lattice} {numbers} {positions}"
    return hashlib.sha256(content.encode()).hexdigest()


def _describe(lattice: list[float], numbers: list[int], positions: list[float]) -> str:
    cell, places = np.reshape(lattice, (3, 3)), np.reshape(positions, (-1, 3))
    return robocrystallographer.describe(cell, np.array(numbers), places)
