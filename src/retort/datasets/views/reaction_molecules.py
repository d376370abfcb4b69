"""The distinct molecules of a table of reactions, and which of them stand where: what the views of reactions share."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from retort.chemistry.components import flat
from retort.datasets.errors import SchemaError
from retort.datasets.reaction_yields import ROLES, SCHEMA

ARRAYS = "arrays.safetensors"


class Reactions(NamedTuple):
    """N reactions as places in the table of their M distinct molecules."""

    molecules: pl.DataFrame
    """`smiles, flat` (without stereochemistry), M rows, sorted by `smiles`"""
    reactants: list[list[int]]
    roles: list[list[int]]
    """parallel to `reactants`, places in `retort.datasets.reaction_yields.ROLES`"""
    products: list[list[int]]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "Reactions":
        """From the prepared `rows` of a data set of reactions.

        Raises:
            SchemaError: it is none, or has as many roles as reactants nowhere.
        """
        wanted = ("reactants", "roles", "products")
        for column in wanted:
            if rows.schema.get(column) != SCHEMA[column]:
                raise SchemaError(
                    f"column {column!r} is {rows.schema.get(column)}, expected {SCHEMA[column]}. "
                    "Hint: views of reactions are for readers that give retort.datasets.reaction_yields.SCHEMA."
                )
        smiles = pl.concat([rows["reactants"].explode(), rows["products"].explode()]).drop_nulls()
        names = smiles.unique().sort().to_list()
        place = {name: number for number, name in enumerate(names)}
        role = {name: number for number, name in enumerate(ROLES)}
        return cls(
            pl.DataFrame({"smiles": names, "flat": [flat(name) for name in names]}),
            [[place[one] for one in each] for each in rows["reactants"].to_list()],
            [[role[one] for one in each] for each in rows["roles"].to_list()],
            [[place[one] for one in each] for each in rows["products"].to_list()],
        )

    def write(self, rows: pl.DataFrame, folder: Path) -> None:
        """Write `molecules.parquet` and, in the order of `rows`, `reactions.parquet` (`id`)."""
        folder.mkdir(parents=True, exist_ok=True)
        self.molecules.write_parquet(folder / "molecules.parquet")
        rows.select("id").write_parquet(folder / "reactions.parquet")


def ragged(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Lists end to end, int64, and where each begins and the last ends, int64 (len(lists) + 1,)."""
    offsets = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    return np.array([one for each in lists for one in each], np.int64), offsets
