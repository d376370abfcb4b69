"""Table: every gain over a fair control from means of errors and from their trimeans, and where the verdicts differ."""

import sys

import polars as pl

from retort.report.results import Results, overview_arguments
from retort.report.tables import Column, estimates, numbers, tabular, text, wrapped
from retort.sealed import write_generated
from retort.statistics.gains import PRACTICAL
from retort.statistics.verdicts import Estimate, direction, verdict

KEYS = ["loan", "dataset", "split"]


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_arguments(__file__, argv)
    rows = [row for results in studies for row in pairs(results)]
    differ = [row for row in rows if row["verdict"] != row["verdict_robust"]]
    firsts = [not at or rows[at - 1]["title"] != row["title"] for at, row in enumerate(rows)]
    columns = [
        text(
            "Loan",
            [row["title"] if first else "" for row, first in zip(rows, firsts, strict=True)],
            align=wrapped(0.16),
        ),
        text("Task", [row["place_title"] for row in rows], align=wrapped(0.14)),
        numbers("$n$", [row["labels"] for row in rows], digits=0),
        gains("$g$ of means", rows, ""),
        verdicts(rows, "verdict"),
        gains("of trimeans", rows, "_robust"),
        verdicts(rows, "verdict_robust"),
    ]
    note = f"The two verdicts differ at {len(differ)} of {len(rows)} places" + (
        ", in bold." if differ else "."
    )
    note += " Not judged: fewer than three replicates, of a method without randomness too."
    write_generated(
        output,
        tabular(
            columns,
            source="src/scripts/robust_gains.py",
            rules=[at for at, first in enumerate(firsts) if first],
            notes=[note],
            long=True,
        ),
    )


def pairs(results: Results) -> list[dict]:
    """A row for each loan and place of a study that has a gain of means and one of trimeans."""
    there = results.gains.filter(pl.col("dataset").is_not_null(), arm="fair")
    values = ["gain", "low", "high", "se", "df", "n"]
    means, robust = (there.filter(pl.col("robust") == which) for which in (False, True))
    titles = results.places.select("dataset", "split", "order", place_title="title")
    order = results.loans.select("loan", loan_order="order")
    table = (
        means.select(*KEYS, "title", "labels", *values)
        .join(robust.select(*KEYS, *values), on=KEYS, suffix="_robust")
        .join(titles, on=["dataset", "split"])
        .join(order, on="loan")
        .sort("loan_order", "order")
    )
    rows = table.to_dicts()
    for row in rows:
        for suffix in ("", "_robust"):
            row[f"verdict{suffix}"] = judged(*(row[f"{name}{suffix}"] for name in ("gain", "se", "df", "n")))
    return rows


def judged(gain: float, se: float | None, df: float | None, n: int) -> str:
    """What the rule for directions says of a gain by itself."""
    estimate = Estimate(gain, se, df, n)
    return verdict(direction(estimate, PRACTICAL) if estimate.judged else None)


def gains(header: str, rows: list[dict], suffix: str) -> Column:
    """A column of gains with their intervals."""
    columns = ([row[f"{name}{suffix}"] for row in rows] for name in ("gain", "low", "high"))
    return estimates(header, *columns, digits=2, signed=True)


def verdicts(rows: list[dict], name: str) -> Column:
    """A column of verdicts, in bold where the two differ."""
    cells = [
        rf"\textbf{{{row[name]}}}" if row["verdict"] != row["verdict_robust"] else row[name] for row in rows
    ]
    return Column("verdict", cells, wrapped(0.12))


if __name__ == "__main__":
    main(sys.argv[1:])
