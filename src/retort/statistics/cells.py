"""The tables of scores and items, taken apart into cells: what every replicate of one system has on one question.

A *question* is a place (a data set and a family of splits), a part and a metric. A *replicate* is a run: one draw of
the family, one seed. A cell holds the score of each, and with it the influence of each test item where the metric is
computed from items and all replicates answered the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from retort.statistics.components import Level, one_way, over_items, two_way
from retort.statistics.influence import OVER_ITEMS

# What makes one run's score of a metric, or one run's answer on an item, unique.
RUN = ("study", "dataset", "split", "variant", "seed", "part", "metric")
# A score and the same statistic of single-precision items differ by rounding, relative to the larger of both.
_ROUNDING = 1e-4


class Question(NamedTuple):
    """What systems are compared on; `split` is a family of splits."""

    study: str
    dataset: str
    split: str
    part: str
    metric: str
    unit: str

    def __str__(self) -> str:
        return " / ".join(self)


class Cell(NamedTuple):
    """One system on one question, its k replicates in the order of draws and seeds.

    Attributes:
        splits: (k,) the draw of each. `seeds`: (k,).
        values: (k,) the scores, or what was made of them.
        influence: (k, N) of each test item, in the unit of the values; None where items are not known one by one or not
            the same for all replicates.
        ids: (N,) numbers of the items, ascending; None without an influence.
    """

    splits: np.ndarray
    seeds: np.ndarray
    values: np.ndarray
    influence: np.ndarray | None
    ids: np.ndarray | None

    @property
    def drawn(self) -> bool:
        """Whether its replicates are of more than one draw."""
        return len(set(self.splits)) > 1

    def by_draw(self) -> Cell:
        """The mean of each draw over its seeds: what one draw says that another would not."""
        splits, place, counts = np.unique(self.splits, return_inverse=True, return_counts=True)
        if len(splits) == len(self.splits):
            return self
        average = np.zeros((len(splits), len(self.splits)))
        average[place, np.arange(len(place))] = 1 / counts[place]
        influence = None if self.influence is None else average @ self.influence
        return Cell(splits, np.full(len(splits), -1), average @ self.values, influence, self.ids)

    @property
    def mean(self) -> float:
        """Over replicates; over draws, each with the mean of its seeds, where there are several."""
        return float(self.by_draw().values.mean() if self.drawn else self.values.mean())

    def pick(self, rows: np.ndarray) -> Cell:
        """Some of its replicates, or one of them many times."""
        influence = None if self.influence is None else self.influence[rows]
        return Cell(self.splits[rows], self.seeds[rows], self.values[rows], influence, self.ids)


@dataclass(frozen=True)
class Cells:
    """The cells of a study.

    Attributes:
        of: by question, then by variant; both in their order.
        better: of each metric `lower`, `higher` or `neither`.
    """

    of: Mapping[Question, Mapping[str, Cell]]
    better: Mapping[str, str]

    def log_error(self, question: Question, cell: Cell) -> Cell | None:
        """The logarithms of the errors of a cell, a number that is zero for a perfect system: see `gain`.

        The value itself where lower is better, one less the value for fractions where higher is better. None for other
        metrics, and where a replicate has no error left.
        """
        better = self.better.get(question.metric)
        if better == "higher" and question.unit == "fraction":
            values, influence = 1 - cell.values, None if cell.influence is None else -cell.influence
        elif better == "lower":
            values, influence = cell.values, cell.influence
        else:
            return None
        if not (values > 0).all():
            return None
        return cell._replace(
            values=np.log(values), influence=None if influence is None else influence / values[:, None]
        )


def families(places: pl.DataFrame) -> dict[tuple[str, str], str]:
    """The family of each (data set, split), from the table of places, whose `splits` lists the draws of a family."""
    rows = places.select("dataset", "split", "splits").iter_rows()
    return {(dataset, split): family for dataset, family, splits in rows for split in splits}


def gather(
    scores: pl.DataFrame, items: pl.DataFrame, metrics: pl.DataFrame, family: Mapping[tuple[str, str], str]
) -> Cells:
    """The cells of one study.

    Args:
        scores, items, metrics: the tables of docs/architecture.md, items of all places together.
        family: of each (data set, split); one that is not named is a family by itself.

    Raises:
        ValueError: a missing column, no rows, a repeated run or answer, a missing or NaN value, two units of a metric,
            items of some replicates only, or items that do not make the score.
    """
    check_scores(scores)
    answers = _answers(items, family)
    quantities = {
        row["metric"]: (row["items"], row["over_items"] or "mean")
        for row in metrics.to_dicts()
        if row["items"] is not None
    }
    found: dict[Question, dict[str, Cell]] = {}
    for key, cell in _cells(scores, family):
        question = Question(*(key[name] for name in Question._fields))
        if question.metric in quantities:
            quantity, statistic = quantities[question.metric]
            theirs = answers.get((*question[:3], key["variant"], question.part, quantity), {})
            cell = _with_items(cell, theirs, statistic, f"{key['variant']!r} on {question}")
        found.setdefault(question, {})[key["variant"]] = cell
    return Cells(found, dict(metrics.select("metric", "better").iter_rows()))


def level(cell: Cell) -> Level:
    """The mean of a cell's replicates with its interval; `n` counts the replicates.

    Several draws are replicates, each with the mean of its seeds; several seeds of the only draw are. The one run of a
    system (without randomness, or there is no time for more) has an interval over items.
    """
    k = len(cell.values)
    units = cell.by_draw() if cell.drawn else cell
    if units.influence is None:
        return one_way(units.values)._replace(n=k)
    pseudo_values = units.values[:, None] + units.influence
    found = over_items(pseudo_values[0]) if k == 1 else two_way(pseudo_values)
    return found._replace(n=k)


class Paired(NamedTuple):
    """The difference of two cells, pair by pair; `n` counts the pairs of runs, `note` says what is odd about them."""

    cell: Cell
    n: int
    note: str

    def level(self) -> Level:
        """The mean of the pairs with its interval."""
        found = level(self.cell)
        notes = [self.note] if found.se is not None else []
        return found._replace(n=self.n, note="; ".join(filter(None, [found.note, *notes])))


def paired(ours: Cell, theirs: Cell, names: tuple[str, str], where: Callable[[], str]) -> Paired:
    """Ours minus theirs.

    Several draws pair by draw, each with the mean of its seeds. On one draw runs pair by seed, and a system with one
    run (it has no randomness, or there was no time) with every seed of the other.

    Args:
        names: of both systems, for a note. `where`: says for errors what is compared.

    Raises:
        ValueError: no replicate is shared, or test items differ.
    """
    if ours.drawn or theirs.drawn:
        counts = [
            dict(zip(*np.unique(cell.splits, return_counts=True), strict=True)) for cell in (ours, theirs)
        ]
        ours, theirs = ours.by_draw(), theirs.by_draw()
        _, mine, its = np.intersect1d(ours.splits, theirs.splits, return_indices=True)
        shared = [sorted(count[split] for count in counts) for split in ours.splits[mine]]
        n, note = sum(most if least == 1 else least for least, most in shared), ""
        if len(mine) == 1:  # the items of one draw say nothing of another
            ours, theirs = (cell._replace(influence=None, ids=None) for cell in (ours, theirs))
    else:
        few = min(len(ours.values), len(theirs.values))
        n = max(len(ours.values), len(theirs.values))
        if few == 1:
            mine, its = (np.zeros(n, int) if len(c.values) == 1 else np.arange(n) for c in (ours, theirs))
        else:
            _, mine, its = np.intersect1d(ours.seeds, theirs.seeds, return_indices=True)
            n = len(mine)
        single = names[0] if len(ours.values) == 1 else names[1]
        note = f"one run of {single}" if few == 1 < n else ""
        if ours.splits[0] != theirs.splits[0]:
            n = 0
    if not n:
        raise ValueError(f"{where()}: no replicate is shared. Hint: give both the same splits and `seeds:`.")
    a, b = ours.pick(mine), theirs.pick(its)
    if a.influence is None or b.influence is None or a.ids is None or b.ids is None:
        return Paired(a._replace(values=a.values - b.values, influence=None, ids=None), n, note)
    if not np.array_equal(a.ids, b.ids):
        raise ValueError(
            f"{where()}: systems must answer the same test items, {a.influence.shape[1]} here and "
            f"{b.influence.shape[1]} there. Hint: score both on the same split file."
        )
    return Paired(a._replace(values=a.values - b.values, influence=a.influence - b.influence), n, note)


def _cells(scores: pl.DataFrame, family: Mapping[tuple[str, str], str]) -> Iterator[tuple[dict, Cell]]:
    """Each cell of the scores with its key, without items, in the order of the keys."""
    keys = [*Question._fields, "variant"]
    table = scores.with_columns(draw=pl.col("split"), split=_family(scores, family))
    lists = (
        table.sort(*keys, "draw", "seed")
        .group_by(keys, maintain_order=True)
        .agg(pl.col("draw"), pl.col("seed"), pl.col("value"))
    )
    columns = [lists[name].to_list() for name in ("draw", "seed", "value")]
    for key, splits, seeds, values in zip(lists.select(keys).iter_rows(named=True), *columns, strict=True):
        yield key, Cell(np.array(splits), np.array(seeds), np.array(values, float), None, None)


def _family(table: pl.DataFrame, family: Mapping[tuple[str, str], str]) -> pl.Series:
    """The family of each row's split."""
    known = table.select("dataset", "split").unique()
    known = known.with_columns(
        family=pl.Series([family.get(place, place[1]) for place in known.iter_rows()], dtype=pl.String)
    )
    return table.join(known, on=["dataset", "split"], how="left", maintain_order="left")["family"]


def _answers(
    items: pl.DataFrame, family: Mapping[tuple[str, str], str]
) -> dict[tuple, dict[tuple[str, int], tuple[np.ndarray, np.ndarray]]]:
    """By (study, dataset, family, variant, part, quantity), then by (split, seed): ids as numbers, and values."""
    found: dict[tuple, dict[tuple[str, int], tuple[np.ndarray, np.ndarray]]] = {}
    if items.is_empty():
        return found
    # As numbers in the order of the ids, so that sums do not depend on what else is there.
    names = pl.Enum(items["id"].unique().sort())
    coded = items.with_columns(pl.col("id").cast(names).to_physical(), family=_family(items, family))
    lists = coded.group_by([*RUN, "family"], maintain_order=True).agg(
        pl.col("id").sort(), pl.col("value").cast(pl.Float64).sort_by("id")
    )
    repeated = lists.filter(pl.col("id").list.n_unique() < pl.col("id").list.len())
    if repeated.height:
        raise ValueError(
            f"items hold more than one value for an id: {repeated.select(RUN).row(0, named=True)}."
        )
    ids, values = lists["id"], lists["value"]
    for row, run in enumerate(lists.drop("id", "value").iter_rows(named=True)):
        key = tuple(run[name] for name in ("study", "dataset", "family", "variant", "part", "metric"))
        found.setdefault(key, {})[run["split"], run["seed"]] = (ids[row].to_numpy(), values[row].to_numpy())
    return found


def _with_items(
    cell: Cell, answers: Mapping[tuple[str, int], tuple[np.ndarray, np.ndarray]], statistic: str, where: str
) -> Cell:
    """The cell with the influence of each item, where there are items that all replicates share."""
    runs = list(zip(cell.splits.tolist(), cell.seeds.tolist(), strict=True))
    there = [answers[run] for run in runs if run in answers]
    if not there:
        return cell
    if len(there) < len(runs):
        raise ValueError(
            f"{where}: {len(there)} of {len(runs)} runs have items. Hint: score all of them again."
        )
    ids = there[0][0]
    if not all(np.array_equal(ids, others) for others, _ in there[1:]):
        return cell
    estimate = OVER_ITEMS[statistic](np.stack([values for _, values in there]))
    off = np.abs(estimate.value - cell.values)
    if (off > _ROUNDING * np.maximum(np.abs(cell.values), 1e-3)).any():
        raise ValueError(
            f"{where}: a score of {cell.values[off.argmax()]:g}, but its items make {estimate.value[off.argmax()]:g}. "
            "Hint: `items` and `over_items` of the metric, in the study's YAML, say how it is computed from items."
        )
    return cell._replace(influence=estimate.influence, ids=ids)


def check_scores(scores: pl.DataFrame) -> None:
    """Raise ValueError on a missing column, no rows, a repeated run, a missing or NaN value, two units of a metric."""
    missing = {*RUN, "unit", "value"} - set(scores.columns)
    if missing:
        raise ValueError(f"scores lack the column(s) {sorted(missing)}; found {scores.columns}.")
    if scores.is_empty():
        raise ValueError("scores are empty: there is nothing to summarise.")
    repeated = scores.filter(pl.struct(RUN).is_duplicated())
    if repeated.height:
        raise ValueError(f"scores hold more than one value for a run: {repeated.row(0, named=True)}.")
    bad = scores.filter(pl.col("value").is_null() | ~pl.col("value").is_finite())
    if bad.height:
        raise ValueError(
            f"scores hold {bad.height} missing or non-finite value(s), the first in {bad.row(0, named=True)}. "
            "Hint: a diverged run writes NaN; look at its history."
        )
    keys = ("study", "dataset", "split", "part", "metric")
    units = scores.group_by(keys).agg(pl.col("unit").unique().sort()).filter(pl.col("unit").list.len() > 1)
    if units.height:
        raise ValueError(f"one metric is given in several units: {units.row(0, named=True)}.")
