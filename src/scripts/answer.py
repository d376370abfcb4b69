"""Table: each loan's gain where labels are fewest and where all are used, what it is worth in labels, and its price."""

import sys

import polars as pl

from retort.report.results import Results, overview_arguments
from retort.report.tables import Column, bracketed, escape, number, tabular, text, wrapped
from retort.sealed import write_generated

DIGITS = 2


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_arguments(__file__, argv)
    rows = [(results, loan) for results in studies for loan in shown(results)]
    firsts = [not index or rows[index - 1][0] is not results for index, (results, _) in enumerate(rows)]
    cells = [
        (pooled(results, loan, "scarcest", "fair"), pooled(results, loan, "scarcest", "published"),
         pooled(results, loan, "all", "fair"))
        for results, loan in rows
    ]  # fmt: skip
    columns = [
        text(
            "Study",
            [results.study if first else "" for (results, _), first in zip(rows, firsts, strict=True)],
        ),
        text("Loan", [loan["title"] for _, loan in rows], align=wrapped(0.2)),
        Column("$n$", [span(few) for few, _, _ in cells], "r"),
        gains(r"\shortstack{$g$, fair\\control}", [few for few, _, _ in cells]),
        gains(r"\shortstack{$g$, as\\published}", [published for _, published, _ in cells]),
        Column(r"\shortstack{labels\\worth}", [worth(results, loan) for results, loan in rows], "r"),
        gains(r"\shortstack{$g$, all\\labels}", [everything for _, _, everything in cells]),
        Column(r"\shortstack{price\\(CPU h)}", [price(results, loan) for results, loan in rows], "r"),
    ]
    rules = [index for index in range(1, len(rows)) if firsts[index]]
    write_generated(output, tabular(columns, source="src/scripts/answer.py", rules=rules))


def shown(results: Results) -> list[dict]:
    """The loans of a study that the synthesis shows."""
    return [loan for loan in results.loans.sort("order").to_dicts() if loan["panel"]]


def pooled(results: Results, loan: dict, name: str, arm: str) -> dict:
    """The gain of a loan over all its tasks, at the fewest labels or at all; empty where there is none."""
    rows = results.gains.filter(
        ~pl.col("robust"), pl.col("dataset").is_null(), loan=loan["loan"], arm=arm, name=name
    )
    return rows.row(0, named=True) if rows.height else {}


def gains(header: str, rows: list[dict]) -> Column:
    """A column of gains with their intervals."""
    cells = [
        rf"{number(row.get('gain'), digits=DIGITS, signed=True)} & "
        rf"{{\scriptsize {bracketed(row.get('low'), row.get('high'), digits=DIGITS, signed=True)}}}"
        for row in rows
    ]
    return Column(header, [cell.replace(r"{\scriptsize }", "") for cell in cells], r"r@{\,}l", 2)


def span(row: dict) -> str:
    """The number of labels of a pooled row."""
    return number(row.get("labels"), digits=0)


def worth(results: Results, loan: dict) -> str:
    """The label multipliers of a loan's tasks at the fewest labels: one, or the least and the most."""
    rows = results.gains.filter(
        ~pl.col("robust"),
        pl.col("dataset").is_not_null(),
        pl.col("multiplier").is_not_null(),
        loan=loan["loan"],
        arm="fair",
    )
    if rows.is_empty():
        return number(None)
    fewest = rows.filter(pl.col("labels") == pl.col("labels").min().over("dataset", "metric"))
    low, high = (fewest.sort("multiplier").row(end, named=True) for end in (0, -1))
    printed = list(dict.fromkeys(times(row) for row in (low, high)))
    return " to ".join(printed)


def times(row: dict) -> str:
    """A multiplier, with the sign of a bound where the control's curve ends before it."""
    sign = {"at least": r"$\geq$", "at most": r"$\leq$"}.get(row["multiplier_note"] or "", "")
    return rf"{sign}{number(row['multiplier'], digits=1)}$\times$"


def price(results: Results, loan: dict) -> str:
    """The processor time of one run of each lender on whom the borrowers stand, in hours."""
    lenders = pl.DataFrame(loan["lenders"], schema=dict.fromkeys(["dataset", "split", "variant"], pl.String))
    runs = results.costs.join(lenders, on=lenders.columns, how="semi")
    each = runs.group_by("variant").agg(pl.col("cpu_seconds").mean())
    return escape(None) if each.is_empty() else number(each["cpu_seconds"].sum() / 3600, digits=DIGITS)


if __name__ == "__main__":
    main(sys.argv[1:])
