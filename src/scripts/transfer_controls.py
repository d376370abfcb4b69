"""Table: what remains of the gain. Taught minus untaught beside cheaper ways to hand over the same knowledge."""

import sys

import numpy as np
import polars as pl

from retort.files import write_whole
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, bracketed, escape, number, tabular
from retort.statistics.bootstrap import interval
from retort.statistics.summary import contrasts

SEED = 0
# Differences are small: thousandths of the unit are shorter to print and easier to compare.
THOUSANDTHS = 1000
REFERENCE = "crabnet"
METRICS = {
    "mae": "all test rows",
    "mae-unseen": "unseen compositions",
    "mae-nonmetals": "non-metals",
    "mae-metals": "metals",
}
# (variant, minus): what the row is called. All are CrabNet on the same labels.
ROWS = {
    ("ts-crabnet", "crabnet"): "taught (T-S)",
    ("crabnet-labels", "crabnet"): "pre-trained on labels",
    ("ts-crabnet", "crabnet-labels"): "taught minus labels",
    ("ts-crabnet-scalar", "crabnet"): "taught by the teacher's scalar",
    ("ts-crabnet-unseen", "crabnet"): "taught, test compositions removed",
    ("ts-crabnet-own", "crabnet"): "taught, teacher with these labels only",
    ("crabnet-foreign", "crabnet"): "pre-trained on the other database",
    ("crabnet-longer", "crabnet"): "untaught, as many steps as taught",
}
# Places in between are for the learning curves.
SHARES = ("", "-05")
TASKS = ("mp-formation", "mp-gap", "jarvis-formation", "jarvis-gap")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    metrics = [metric for metric in METRICS if metric in set(results.scores["metric"])]
    names: list[str] = []
    columns: list[list[str]] = [[] for _ in range(2 + len(metrics))]
    starts = []
    for place in (task + share for task in TASKS for share in SHARES):
        rows = block(results, place, metrics)
        # The head alone says nothing about transfer.
        if len(rows) < 2:
            continue
        starts.append(len(names))
        for name, cells in rows:
            names.append(name)
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
    table = [
        Column("CrabNet", names),
        Column("$n$", columns[0], "r"),
        *(
            Column(METRICS[metric], cells, r"r@{\,}l", 2)
            for metric, cells in zip(metrics[:1], columns[1:2], strict=True)
        ),
        Column(r"\%", columns[2], "r"),
        *(
            Column(METRICS[metric], cells, r"r@{\,}l", 2)
            for metric, cells in zip(metrics[1:], columns[3:], strict=True)
        ),
    ]
    if not names:
        table = [Column("CrabNet", ["not run at this scale"])]
    notes = [
        r"In thousandths of the unit. First row of a block: mean absolute error of the untaught student. Below it:",
        r"differences, by default to the untaught student, paired by seed with 95\,\% intervals over seeds; negative",
        r"is better. \%: the difference as a share of the error that it is taken from. $n$: seeds.",
    ]
    write_whole(output, tabular(table, source="src/scripts/transfer_controls.py", rules=starts, notes=notes))


def block(results: Results, place: str, metrics: list[str]) -> list[tuple[str, list[str]]]:
    """Rows of one place as (name, cells of n, the first metric, its relative change, the other metrics)."""
    if results.block(place) is None:
        return []
    scores = results.at(results.scores, place).filter(part="test")
    items = results.at(results.items, place).filter(part="test")
    summary = results.at(results.summary, place).filter(part="test", variant=REFERENCE)
    have = set(scores["variant"])
    if REFERENCE not in have:
        return []
    base = {row["metric"]: row for row in summary.to_dicts()}
    cells = [estimate(base.get(metric), ("trimean", "low", "high")) for metric in metrics]
    head = rf"\emph{{{escape(titled(results, place))}}} (m{escape(base[metrics[0]]['unit'])})"
    rows = [(head, [number(base[metrics[0]]["n"], digits=0), cells[0], "", *cells[1:]])]
    pairs = {pair: name for pair, name in ROWS.items() if have >= set(pair)}
    if not pairs:
        return []
    wanted = scores.filter(pl.col("metric").is_in(metrics))
    compared = contrasts(wanted, items.filter(pl.col("metric").is_in(metrics)), pairs, seed=SEED)
    columns = ("difference", "difference_low", "difference_high")
    for (variant, minus), name in pairs.items():
        found = {row["metric"]: row for row in compared.filter(variant=variant, baseline=minus).to_dicts()}
        cells = [estimate(found.get(metric), columns, signed=True) for metric in metrics]
        change = relative(scores.filter(metric=metrics[0]), variant, minus)
        count = number(found[metrics[0]]["n"], digits=0)
        rows.append((r"\quad " + name, [count, cells[0], change, *cells[1:]]))
    return rows


def estimate(row: dict | None, columns: tuple[str, str, str], *, signed: bool = False) -> str:
    """Number and interval for two columns of LaTeX; a dash where there is no such score."""
    found = [row[column] if row else None for column in columns]
    value, low, high = (None if number is None else THOUSANDTHS * number for number in found)
    style = {"digits": 0, "signed": signed}
    inside = bracketed(low, high, **style)
    return f"{number(value, **style)} & " + (rf"{{\scriptsize {inside}}}" if inside else "")


def relative(scores: pl.DataFrame, variant: str, minus: str) -> str:
    """The trimean over shared seeds of ours / theirs - 1, in percent."""
    ours, theirs = (scores.filter(variant=name).select("seed", "value") for name in (variant, minus))
    both = ours.join(theirs, on="seed", suffix="_minus").sort("seed")
    if both.is_empty():
        return number(None)
    ratios = both["value"].to_numpy() / both["value_minus"].to_numpy() - 1
    return number(float(interval(np.asarray(ratios), seed=SEED).point), percent=True, digits=0, signed=True)


def titled(results: Results, name: str) -> str:
    """The title of a block, with the share of labels that its name ends with unless the title has it."""
    title, share = results.blocks[name]["title"] or name, name.rpartition("-")[2]
    return f"{title}, {int(share)} % of the labels" if share.isdigit() and "%" not in title else title


if __name__ == "__main__":
    main(sys.argv[1:])
