"""Crystals of one formula whose formation energies differ, and other crystals to learn from."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from retort.datasets import crystal_pool, crystals, described
from retort.datasets.prepared import Prepared

VALID = 0.1  # of the compositions to learn from


def read(folder: Path, settings: Mapping) -> Prepared:
    """Polymorphs that are told apart (`pair`, part test), and the other described crystals (train and valid).

    The label is `formation_energy` in eV/atom. A crystal is in a pair if that of another one of its composition, both
    in the official split of MP-2018.6.1, differs by more than `apart`. Crystals of such a composition that are in no
    pair are neither tested nor learned from.

    Args:
        folder: holds all files of `retort.datasets.described` but those of the two-dimensional materials.
        settings: those of `retort.datasets.described`.

    Raises:
        SchemaError: a file is missing or lacks a column.
    """
    pool = crystal_pool.read(folder, settings)
    chosen, rejects = described.chosen(pool.rows, folder, settings)
    pairs = described.paired(pool.rows, folder, settings)
    tested = pl.col("composition").is_in(pairs["composition"].implode())
    others = pool.rows.join(chosen, on="id", how="semi").filter(~tested)
    rows = pl.concat([pairs, others]).sort("row").with_columns(pair=tested)
    rows, unreadable = crystal_pool.structures(rows, settings.get("crystals", "mp36k.csv.xz"))
    valid = pl.Series([_drawn(composition) < VALID for composition in rows["composition"]], dtype=pl.Boolean)
    part = pl.when("pair").then(pl.lit("test")).when(valid).then(pl.lit("valid")).otherwise(pl.lit("train"))
    rows = rows.with_columns(published_part=part)
    columns = (*crystals.SCHEMA, "formation_energy", "pair", "published_part")
    return Prepared(rows.select(columns), pl.concat([pool.rejects, unreadable, rejects]))


def _drawn(composition: str) -> float:
    """A number from 0 to 1 that follows from a composition."""
    return int(hashlib.sha256(f"valid:{composition}".encode()).hexdigest()[:8], 16) / 2**32
