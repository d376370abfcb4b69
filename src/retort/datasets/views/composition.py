"""The view `composition`: atomic fractions of targets and precursors."""

import json
from pathlib import Path

import polars as pl
from safetensors.numpy import save_file

from retort.chemistry.composition import element_order, fraction_matrix, parse

ARRAYS = "arrays.safetensors"


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the prepared `rows` into `folder`.

    - `targets.parquet`: `target_key, target`, one line per distinct key, sorted; `target` is its first formula.
    - `precursors.parquet`: `precursor`, sorted.
    - `elements.json`: the E elements of all of them by (electronegativity, symbol), the columns of the arrays.
    - `arrays.safetensors`: `targets` float32 (T, E) and `precursors` float32 (P, E), rows summing to one,
      in the order of the two tables.
    """
    targets = distinct_targets(rows)
    precursors = rows.select(precursor=pl.col("precursors").explode()).unique().sort("precursor")
    target_amounts = [parse(formula, drop_water=True) for formula in targets["target"]]
    precursor_amounts = [parse(formula) for formula in precursors["precursor"]]
    elements = element_order(
        element for amounts in (*target_amounts, *precursor_amounts) for element in amounts
    )

    folder.mkdir(parents=True, exist_ok=True)
    targets.write_parquet(folder / "targets.parquet")
    precursors.write_parquet(folder / "precursors.parquet")
    (folder / "elements.json").write_text(json.dumps(elements) + "\n", encoding="utf-8")
    arrays = {
        "targets": fraction_matrix(target_amounts, elements),
        "precursors": fraction_matrix(precursor_amounts, elements),
    }
    save_file(arrays, folder / ARRAYS)


def distinct_targets(rows: pl.DataFrame) -> pl.DataFrame:
    """`target_key, target`, sorted by key, with the formula of the first row that has it."""
    return rows.group_by("target_key", maintain_order=True).agg(pl.col("target").first()).sort("target_key")
