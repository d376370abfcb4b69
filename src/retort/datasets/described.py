"""Every crystal that gets a description, in the order in which it is worth one.

First the queries of the recall and the hosts of measured thermoelectrics, then polymorphs that are to be told apart,
then the crystals of AFLOW's complete rows (small cells first), then the two-dimensional materials whose MatBERT vectors
are known. A description costs seconds: `described` says how many of AFLOW's rows get one, here and in `aflow`.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from retort.datasets import aflow, archives, crystal_pool, crystals, jarvis_2d, thermoelectrics
from retort.datasets.prepared import Prepared


def read(folder: Path, settings: Mapping) -> Prepared:
    """The crystals in that order, with `chosen_as`: query, host, pair, aflow or 2d, the first that applies.

    Args:
        folder: holds the table of crystals, the archive of ids, AFLOW's files, the collections of thermoelectrics and,
            with `two_dimensional`, the files of `retort.datasets.jarvis_2d`.
        settings: `described`, how many of AFLOW's complete rows (default: all), see `retort.datasets.aflow`; `queries`
            and `similar`, see `retort.datasets.thermoelectrics`; `apart`, in eV/atom, see `paired`; `two_dimensional`;
            `crystals`, `parts` and `largest_cell`.

    Raises:
        SchemaError: a file is missing or lacks a column.
    """
    pool = crystal_pool.read(folder, settings)
    wanted, rejects = chosen(pool.rows, folder, settings)
    rows = wanted.join(pool.rows, on="id", how="left", maintain_order="left")
    rows, unreadable = crystal_pool.structures(rows, settings.get("crystals", "mp36k.csv.xz"))
    columns = (*crystals.SCHEMA, "chosen_as")
    parts, rejected = [rows.select(columns)], [pool.rejects, unreadable, rejects]
    if settings.get("two_dimensional"):
        two = jarvis_2d.read(folder, {})
        parts.append(two.rows.with_columns(chosen_as=pl.lit("2d")).select(columns))
        rejected.append(two.rejects)
    return Prepared(pl.concat(parts), pl.concat(rejected))


def chosen(pool: pl.DataFrame, folder: Path, settings: Mapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`id, chosen_as` of the crystals of a pool that are described, in order, and the rejects of the collections."""
    lowest = crystal_pool.lowest(pool)
    measured, rejects = thermoelectrics.with_hosts(lowest, folder, settings)
    queries = pl.Series(thermoelectrics.queried(lowest, settings)).implode()
    labelled, _ = aflow.labels(folder)
    complete = labelled.filter(pl.all_horizontal(pl.col(*aflow.PROPERTIES).is_not_null()))
    parts = {
        "query": pool.filter(pl.col("composition").is_in(queries)),
        "host": measured.filter("host"),
        "pair": paired(pool, folder, settings),
        "aflow": aflow.smallest(lowest.join(complete, on="composition", how="semi"), settings),
    }
    named = [rows.select("id", pl.lit(name).alias("chosen_as")) for name, rows in parts.items()]
    return pl.concat(named).unique("id", keep="first", maintain_order=True), rejects


def paired(rows: pl.DataFrame, folder: Path, settings: Mapping) -> pl.DataFrame:
    """The crystals of a pool's `rows` of which another one of their composition differs by more than `apart`.

    Both are in the official split of MP-2018.6.1, and it is the formation energies that differ.
    """
    parts = archives.read_labels(folder / settings.get("parts", "megnet_e_form.json.zip"))
    energy = pl.col("formation_energy")
    highest, lowest = energy.max().over("composition"), energy.min().over("composition")
    far = (highest - energy > settings["apart"]) | (energy - lowest > settings["apart"])
    return rows.filter(pl.col("id").is_in(parts["id"].implode())).filter(far)
