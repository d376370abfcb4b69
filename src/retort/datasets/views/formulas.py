"""The view `formulas`: what a composition model reads, and Magpie features for the baseline."""

from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import save_file

from retort.chemistry import magpie
from retort.chemistry.composition import ATOMIC_NUMBER, element_order, fraction_matrix, parse
from retort.datasets.views.composition import ARRAYS


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the prepared `rows` into `folder`.

    - `compositions.parquet`: `composition, formula`, one line per distinct composition, sorted by it; `formula` is
      its first one.
    - `arrays.safetensors`, rows in that order, M being the most elements of any composition: `numbers` uint8 (C, M),
      atomic numbers by decreasing amount, then increasing number, 0 where there is no further element; `fractions`
      float32 (C, M), summing to one; `magpie` float32 (C, 132) in the order of `retort.chemistry.magpie.NAMES`,
      unscaled. Properties of elements beyond lawrencium are not known: such rows of `magpie` are NaN.
    """
    compositions = (
        rows.group_by("composition", maintain_order=True).agg(pl.col("formula").first()).sort("composition")
    )
    amounts = [parse(formula) for formula in compositions["formula"]]
    numbers, fractions = slots(amounts)
    folder.mkdir(parents=True, exist_ok=True)
    compositions.write_parquet(folder / "compositions.parquet")
    save_file(
        {"numbers": numbers, "fractions": fractions, "magpie": _magpie(amounts)},
        folder / ARRAYS,
    )


def slots(amounts: list[dict[str, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Atomic numbers (C, M) uint8 and fractions (C, M) float32 of compositions, as described in `build`."""
    ordered = [
        sorted(((ATOMIC_NUMBER[element], amount) for element, amount in each.items()), key=_by_amount)
        for each in amounts
    ]
    shape = (len(ordered), max(map(len, ordered), default=0))
    numbers, fractions = np.zeros(shape, dtype=np.uint8), np.zeros(shape)
    for row, slots_of_row in enumerate(ordered):
        numbers[row, : len(slots_of_row)] = [number for number, _ in slots_of_row]
        fractions[row, : len(slots_of_row)] = [amount for _, amount in slots_of_row]
    fractions /= fractions.sum(axis=1, keepdims=True)
    return numbers, fractions.astype(np.float32)


def _by_amount(slot: tuple[int, float]) -> tuple[float, int]:
    number, amount = slot
    return -amount, number


def _magpie(amounts: list[dict[str, float]]) -> np.ndarray:
    features = np.full((len(amounts), len(magpie.NAMES)), np.nan, dtype=np.float32)
    last = len(magpie.filled())
    known = [row for row, each in enumerate(amounts) if max(ATOMIC_NUMBER[e] for e in each) <= last]
    usable = [amounts[row] for row in known]
    if usable:
        elements = element_order(element for each in usable for element in each)
        features[known] = magpie.features(fraction_matrix(usable, elements), elements)
    return features
