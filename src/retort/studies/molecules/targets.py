"""Pre-training on what is known of molecules: numbers that a program computes, or the labels of other data sets.

The first borrows no measurement, and is the pretext of CheMeleon (Burns et al., arXiv 2506.15792, with other
descriptors); the second is the supervised start of Hu et al. (ICLR 2020), a loan of labels rather than of structure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from retort.datasets.molecule_table import label_columns
from retort.nn.backbone import Backbone
from retort.studies.molecules.data import CLASSIFICATION, REGRESSION
from retort.studies.molecules.multitask import masked_loss

MOST_SPREADS = 5.0  # a value further from the mean counts as so many standard deviations


@dataclass(frozen=True)
class Targets:
    """T things to be learned of the N molecules of a store.

    Attributes:
        values: (N, T) float32, NaN where nothing is known; classes are 0 and 1.
        classes: (T,) bool, which of them are classes.
    """

    values: np.ndarray
    classes: np.ndarray

    def scaled(self, rows: np.ndarray) -> "Targets":
        """The numbers in units of their spread over the molecules `rows`, cut off at `MOST_SPREADS`.

        A number that is the same for all of them teaches nothing, and is left out.
        """
        values, classes = self.values.copy(), self.classes
        known = ~np.isnan(values[rows])
        count = np.maximum(known.sum(axis=0), 1)
        seen = np.where(known, values[rows], 0).astype(np.float64)
        center = seen.sum(axis=0) / count
        spread = np.sqrt((np.where(known, seen - center, 0) ** 2).sum(axis=0) / count)
        alive = classes | (spread > 1e-6 * np.maximum(1, np.abs(center)))
        numbers = np.flatnonzero(~classes & alive)
        standard = (values[:, numbers] - center[numbers]) / spread[numbers]
        values[:, numbers] = np.clip(standard, -MOST_SPREADS, MOST_SPREADS)
        return replace(self, values=values[:, alive], classes=classes[alive])


def computed(folder: Path, ids: Sequence[str]) -> Targets:
    """The view `descriptors` of the molecules `ids`.

    Raises:
        ValueError: the view is of other molecules.
    """
    have = pl.read_parquet(folder / "molecules.parquet")["id"].to_list()
    if have != list(ids):
        raise ValueError(
            f"{folder} has the descriptors of {len(have)} molecules, expected those of the {len(ids)} of the corpus in "
            "their order. Hint: the study's `views` must name the corpus that the pre-training runs on."
        )
    values = np.load(folder / "descriptors.npy")
    return Targets(values, np.zeros(values.shape[1], bool))


def measured(rows: pl.DataFrame, ids: Sequence[str]) -> Targets:
    """The label columns of a prepared table, for the molecules `ids`.

    Raises:
        ValueError: the table has no label.
    """
    names = label_columns(rows)
    if not names:
        raise ValueError(
            "a supervised pre-training, but the data set has no labels. Hint: see `places` in the grid."
        )
    found = pl.DataFrame({"id": list(ids)}).join(rows, on="id", how="left", maintain_order="left")
    values = found.select(pl.col(name).cast(pl.Float32).fill_null(float("nan")) for name in names).to_numpy()
    classes = np.array([rows.schema[name] == pl.Boolean for name in names])
    return Targets(np.ascontiguousarray(values), classes)


@dataclass(frozen=True)
class Told:
    """Whole molecules as the backbone reads them, and what is known of them: (M, T)."""

    molecules: object
    known: Tensor


class Teller(nn.Module):
    """A backbone, and a head that is thrown away: what it says of a molecule's targets, (M, T).

    Args:
        hidden: width of the head's layer.
        classes: (T,) which targets are classes.
    """

    classes: Tensor

    def __init__(self, backbone: Backbone, hidden: int, classes: np.ndarray):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Sequential(
            nn.Linear(backbone.width, hidden), nn.GELU(), nn.Linear(hidden, len(classes))
        )
        self.register_buffer("classes", torch.from_numpy(np.array(classes, bool)))

    def forward(self, molecules: object) -> Tensor:
        return self.head(self.backbone(molecules))


def telling_loss(model: Teller, shown: Told) -> dict[str, Tensor]:
    """`total`: the mean cross entropy over what is known of classes, plus the mean squared error over what is known of
    numbers in standard units, so that neither kind drowns the other; each of the two where there is such a target."""
    said = model(shown.molecules)
    terms = {}
    for term, kind, chosen in (
        ("cross_entropy", CLASSIFICATION, model.classes),
        ("squared_error", REGRESSION, ~model.classes),
    ):
        if chosen.any():
            terms[term] = masked_loss(said[:, chosen], shown.known[:, chosen], kind)
    return {"total": torch.stack(list(terms.values())).sum(), **terms}
