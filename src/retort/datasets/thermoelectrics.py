"""The pool of a search for thermoelectrics: formulas of the Materials Project, and which of them were measured.

Most measured materials are doped, Bi0.4Sb1.6Te3 or Pb0.98Na0.02Te, and no database of crystals has them. Each belongs
to a host, the formula of the pool whose stoichiometry is most similar, if the cosine is at least 0.98, as in M. Qu et
al., npj Comput. Mater. 10, 58 (2024).
"""

from collections.abc import Mapping
from pathlib import Path

import joblib
import numpy as np
import polars as pl

from retort.chemistry.anions import anion
from retort.chemistry.composition import FormulaError, key, parse
from retort.chemistry.crystal import Crystal
from retort.chemistry.symmetry import prototype
from retort.datasets import crystal_pool, crystals
from retort.datasets.errors import SchemaError
from retort.datasets.measured import measured, mentioned, nearest
from retort.datasets.prepared import Prepared

CHUNK = 500  # crystals whose symmetry a worker looks for at once


def read(folder: Path, settings: Mapping) -> Prepared:
    """One row for each formula of the pool, as its most stable crystal of at most `largest_cell` sites.

    Columns besides those of all crystals: `query`; `host`, whether measured materials belong to it; `exact`, whether
    one has just this composition; `zt`, the highest of them (null), `first_year`, the first report that sysTEm knows
    (null); `power_factor` and `mentioned` of mat2vec, of this composition (null and false where it has none); `anion`,
    see `retort.chemistry.anions`; `prototype`, anonymous formula and space group. `published_part` is train for
    queries, test for the other hosts, valid for the rest: nothing is learned here.

    Args:
        folder: holds the table of crystals and the collections of `retort.datasets.measured`.
        settings: `queries`, formulas; `similar`, the least cosine; `crystals` and `largest_cell`, see
            `retort.datasets.crystal_pool`.

    Raises:
        SchemaError: a file is missing or lacks a column, or a query is no formula of the pool.
    """
    pool = crystal_pool.read(folder, settings)
    chosen, unreadable = crystal_pool.structures(
        crystal_pool.lowest(pool.rows), settings.get("crystals", "mp36k.csv.xz")
    )
    rows, rejects = with_hosts(chosen, folder, settings)
    rows = rows.join(mentioned(folder), on="composition", how="left", maintain_order="left").with_columns(
        mentioned=pl.col("mentioned").fill_null(False),
        anion=pl.Series([anion(parse(formula)) for formula in rows["formula"]]),
        prototype=pl.Series(_prototypes(rows), dtype=pl.String),
        published_part=pl.when("query")
        .then(pl.lit("train"))
        .when("host")
        .then(pl.lit("test"))
        .otherwise(pl.lit("valid")),
    )
    columns = (
        *crystals.SCHEMA,
        *("query", "host", "exact", "zt", "power_factor", "first_year", "anion", "prototype", "mentioned"),
        "published_part",
    )
    return Prepared(rows.select(columns), pl.concat([pool.rejects, unreadable, rejects]))


def with_hosts(pool: pl.DataFrame, folder: Path, settings: Mapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pool, one row a composition, with `query, host, exact, zt, first_year`, and the rejects of the collections.

    Raises:
        SchemaError: as `read`.
    """
    doped, rejects = measured(folder)
    places, cosines = nearest(doped["formula"], pool["formula"])
    belongs = doped.with_columns(
        host=pl.Series(pool["composition"].to_numpy()[places], dtype=pl.String), cosine=pl.Series(cosines)
    ).filter(pl.col("cosine") >= settings["similar"])
    of_host = belongs.group_by("host").agg(pl.col("zt").max(), pl.col("first_year").min())
    rows = pool.join(of_host, left_on="composition", right_on="host", how="left", maintain_order="left")
    queries = pl.Series(queried(pool, settings), dtype=pl.String)
    rows = rows.with_columns(
        query=pl.col("composition").is_in(queries.implode()),
        host=pl.col("composition").is_in(belongs["host"].implode()),
        exact=pl.col("composition").is_in(doped["composition"].implode()),
    )
    return rows, rejects


def queried(pool: pl.DataFrame, settings: Mapping) -> list[str]:
    """The compositions of the queries.

    Raises:
        SchemaError: a query cannot be read, or the pool lacks it.
    """
    wanted = []
    for formula in settings["queries"]:
        try:
            wanted.append(key(parse(formula)))
        except FormulaError as error:
            raise SchemaError(f"queries: {error}") from None
        if wanted[-1] not in set(pool["composition"]):
            raise SchemaError(f"query {formula!r} is no formula of the pool. Hint: raise `largest_cell`.")
    return wanted


def _prototypes(rows: pl.DataFrame) -> list[str]:
    """The prototype of each crystal, on all cores: some milliseconds each."""
    columns = rows.select("lattice", "numbers", "positions")
    chunks = [columns.slice(start, CHUNK).rows() for start in range(0, len(columns), CHUNK)]
    found = joblib.Parallel(n_jobs=min(joblib.cpu_count(), len(chunks)))(
        joblib.delayed(_some_prototypes)(chunk) for chunk in chunks
    )
    return [name for some in found for name in some]


def _some_prototypes(crystals: list[tuple[list, list, list]]) -> list[str]:
    return [
        prototype(Crystal(np.reshape(lattice, (3, 3)), np.array(numbers), np.reshape(positions, (-1, 3))))
        for lattice, numbers, positions in crystals
    ]
