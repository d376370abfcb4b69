"""Protocols of molecular benchmarks: which places of the grid follow one, and how their scores are written.

A place is a data set and a split of it. Splits `random-0`, `random-1` are draws of one protocol, `random`;
`strict-10-2` is the strict protocol with 10 % of the training labels, draw 2.
"""

import re
from dataclasses import dataclass

import polars as pl

from retort.report.results import CONFIG, Results, read_yaml
from retort.report.tables import bracketed, escape, number
from retort.statistics.bootstrap import interval

STRICT = "strict"
SEED = 0


@dataclass(frozen=True)
class Measure:
    """A metric and how it is written.

    Attributes:
        metric: its name in the tables of results.
        label: with its unit, for axes.
        factor, digits: what a value is multiplied with, and decimals of the result.
        rises: whether more is better.
    """

    metric: str
    label: str
    factor: float
    digits: int
    rises: bool

    def number(self, value: float | None, *, signed: bool = False) -> str:
        """One value as LaTeX."""
        value = None if value is None else self.factor * value
        return number(value, digits=self.digits, signed=signed)

    def interval(self, low: float | None, high: float | None, *, signed: bool = False) -> str:
        """Its interval as LaTeX in smaller type; empty where there is none."""
        if low is None or high is None:
            return ""
        text = bracketed(self.factor * low, self.factor * high, digits=self.digits, signed=signed)
        return rf"{{\scriptsize {text}}}"


AUC = Measure("roc_auc", "ROC-AUC (%)", 100, 1, True)
ERROR = Measure("rmse", "RMSE", 1, 2, False)


def measure(table: pl.DataFrame) -> Measure:
    """The measure of a place, from its `metric` column: ROC-AUC, or RMSE where numbers are predicted."""
    return ERROR if ERROR.metric in set(table["metric"]) else AUC


def strict(results: Results) -> list[str]:
    """Names of the grid blocks under the strict protocol that have test scores, in the order of the grid.

    A data set that joined the study by its own YAML is among them.
    """
    scored = set(results.scores.filter(part="test").select("dataset", "split").unique().iter_rows())
    found: dict[tuple[str, str], str] = {}
    for name, block in results.blocks.items():
        place = (block["dataset"], block["split"])
        if block["split"] == STRICT and place in scored:
            found.setdefault(place, name)
    return list(found.values())


def title(results: Results, name: str) -> str:
    """What a block is called: its own title, or that of its data set."""
    block = results.blocks[name]
    return block["title"] or read_yaml(CONFIG / "dataset" / f"{block['dataset']}.yaml").get("title") or name


def sizes(results: Results, places: list[str], variants: list[str]) -> list[str]:
    """The n of a table of strict places, as notes: test molecules of each, and how many seeds its systems have."""
    paired = {name: results.at(results.details("paired"), name)["n_items"] for name in places}
    # Without the unit that a title may end in.
    short = {name: escape(title(results, name).partition(" (")[0]) for name in places}
    molecules = [f"{short[name]} {n.max()}" for name, n in paired.items() if len(n)]
    rows = results.summary.filter(pl.col("variant").is_in(variants), part="test")
    seeds = [results.at(rows, name)["n"] for name in places]
    if not molecules or not seeds:
        return []
    few, many = min(n.min() for n in seeds), max(n.max() for n in seeds)
    seeds_said = f"{few} to {many}" if few < many else few
    return [f"Seeds: {seeds_said}. Test molecules: {', '.join(molecules)}."]


def under(table: pl.DataFrame, dataset: str, protocol: str) -> pl.DataFrame:
    """Rows of `table` (with `dataset, split`) of all draws of a protocol."""
    pattern = rf"^{re.escape(protocol)}(-\d+)?$"
    return table.filter(pl.col("dataset") == dataset, pl.col("split").str.contains(pattern))


def few_labels(table: pl.DataFrame, dataset: str) -> pl.DataFrame:
    """Rows of `table` under the strict protocol, with `share`: the percent of the training labels, 100 for all."""
    share = pl.col("split").str.extract(rf"^{STRICT}-(\d+)-\d+$").cast(pl.Float64)
    return table.filter(
        pl.col("dataset") == dataset, pl.col("split").str.contains(rf"^{STRICT}(-\d+-\d+)?$")
    ).with_columns(share=share.fill_null(100.0))


def middle(values: pl.Series) -> tuple[float | None, float | None, float | None]:
    """Trimean and its interval over runs, as everywhere in the paper; nothing of nothing."""
    if values.is_empty():
        return None, None, None
    found = interval(values.sort().to_numpy(), seed=SEED)
    return found.point, found.low, found.high
