"""The view `auxiliary_labels`: compositions with some of AFLOW's properties, to learn several at once."""

from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import save_file

from retort.chemistry import magpie
from retort.chemistry.composition import element_order, fraction_matrix, parse
from retort.datasets.aflow import PROPERTIES
from retort.datasets.views.composition import ARRAYS


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the A prepared `rows` (`id, formula` and the six properties) into `folder`.

    - `ids.parquet`: `id`, in the order of `rows`.
    - `arrays.safetensors`: `magpie` float32 (A, 132) in the order of `retort.chemistry.magpie.NAMES`, unscaled;
      `labels` float64 (A, 6) in the order of `retort.datasets.aflow.PROPERTIES`, NaN where not known.
    """
    amounts = [parse(formula) for formula in rows["formula"]]
    elements = element_order(element for each in amounts for element in each)
    labels = rows.select(pl.col(*PROPERTIES).fill_null(float("nan"))).to_numpy().astype(np.float64)
    folder.mkdir(parents=True, exist_ok=True)
    rows.select("id").write_parquet(folder / "ids.parquet")
    features = magpie.features(fraction_matrix(amounts, elements), elements)
    save_file({"magpie": features, "labels": np.ascontiguousarray(labels)}, folder / ARRAYS)
