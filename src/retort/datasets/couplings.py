"""Three sources of Buchwald-Hartwig reactions in one table, to train on one and be tested on another."""

from pathlib import Path

import polars as pl

from retort.datasets import az_eln, buchwald_hartwig, hitea
from retort.datasets.prepared import Prepared
from retort.datasets.reaction_yields import SCHEMA

READERS = {"bh": buchwald_hartwig.read, "eln": az_eln.read, "hitea": hitea.read}


def read(folder: Path, settings: dict) -> Prepared:
    """The reactions of all sources, one source after the other, with the ids that their own tables give them.

    Args:
        folder: holds all files.
        settings: `bh`, `eln` and `hitea`, the settings of each reader.

    Returns:
        The columns of `retort.datasets.reaction_yields`, `source`, and for the splits Boolean columns of rows to leave
        out: `is_<source>`, and `known_<a>_<b>`, rows of source b of which a substrate is in source a, too.

    Raises:
        SchemaError: what the reader of a source raises.
    """
    parts = {source: read(folder, settings[source]) for source, read in READERS.items()}
    rows = pl.concat(
        [part.rows.select(*SCHEMA, source=pl.lit(source)) for source, part in parts.items()]
    ).with_columns(**{f"is_{source}": pl.col("source") == source for source in READERS})
    for one in READERS:
        have = _substrates(parts[one].rows)
        for other in READERS:
            if other != one:
                both = pl.Series(sorted(have & _substrates(parts[other].rows)), dtype=pl.String)
                known = pl.any_horizontal(_substrate(place).is_in(both.implode()) for place in (0, 1))
                rows = rows.with_columns(known.and_(pl.col("source") == other).alias(f"known_{one}_{other}"))
    return Prepared(rows, pl.concat([part.rejects for part in parts.values()]))


def _substrate(place: int) -> pl.Expr:
    """One of the two substrates, which stand first among the reactants."""
    return pl.col("reactants").list.get(place)


def _substrates(rows: pl.DataFrame) -> set[str]:
    """All halides and amines of a table."""
    return {smiles for place in (0, 1) for smiles in rows.select(_substrate(place)).to_series()}
