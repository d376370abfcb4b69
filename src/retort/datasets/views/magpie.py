"""The view `magpie`: Magpie-style features of targets."""

from pathlib import Path

import polars as pl
from safetensors.numpy import save_file

from retort.chemistry import magpie
from retort.chemistry.composition import element_order, fraction_matrix, parse
from retort.datasets.views.composition import ARRAYS, distinct_targets


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the prepared `rows` into `folder`.

    - `targets.parquet`: `target_key, target`, as in the view `composition`.
    - `arrays.safetensors`: `targets` float32 (T, 132) in the order of `retort.chemistry.magpie.NAMES`, unscaled:
      scaling belongs to the study, which knows what is training data.
    """
    targets = distinct_targets(rows)
    amounts = [parse(formula, drop_water=True) for formula in targets["target"]]
    elements = element_order(element for composition in amounts for element in composition)

    folder.mkdir(parents=True, exist_ok=True)
    targets.write_parquet(folder / "targets.parquet")
    features = magpie.features(fraction_matrix(amounts, elements), elements)
    save_file({"targets": features}, folder / ARRAYS)
