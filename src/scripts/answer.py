"""Table: each loan's gain where labels are fewest and where all are used, what it is worth in labels, and its price."""

import sys
from collections.abc import Iterable

import polars as pl

from retort.report.loans import ALL, FEWEST, field, pooled, shown
from retort.report.results import Results, overview_arguments
from retort.report.tables import Column, escape, estimated, number, tabular, wrapped
from retort.report.tracing import plain
from retort.sealed import write_generated

DIGITS = 2


def main(argv: list[str] | None = None) -> None:
    _, studies, output = overview_arguments(__file__, argv)
    rows: list[list[str]] = []
    starts = []
    for results in studies:
        loans = shown(results)
        if loans:
            starts.append(len(rows))
            rows.append([rf"\emph{{{escape(field(results))}}}", *[""] * 5])
        rows += [cells(results, loan) for loan in loans]
    headers = [
        *("Loan", "$n$", r"\shortstack{$g$ over\\fair control}", r"\shortstack{as\\published}"),
        *(
            r"\shortstack{labels\\worth}",
            r"\shortstack{$g$ with\\all labels}",
            r"\shortstack{price\\(CPU h)}",
        ),
    ]
    aligns = [wrapped(0.2), "r", r"r@{\,}l", "r", "r", r"r@{\,}l", "r"]
    blank = {2: " & ", 5: " & "}  # of the two gains, whose intervals are columns of their own
    columns = [
        Column(
            header,
            [(row[at] if at < len(row) else "") or blank.get(at, "") for row in rows],
            align,
            2 if at in blank else 1,
        )
        for at, (header, align) in enumerate(zip(headers, aligns, strict=True))
    ]
    write_generated(output, tabular(columns, source="src/scripts/answer.py", rules=starts[1:]))


def cells(results: Results, loan: dict) -> list[str]:
    """The row of one loan."""
    few, published, everything = (
        pooled(results, loan, name, arm)
        for name, arm in ((FEWEST, "fair"), (FEWEST, "published"), (ALL, "fair"))
    )
    return [
        escape(loan["title"]),
        number(few.get("labels"), digits=0),
        gain(few),
        number(published.get("gain"), digits=DIGITS, signed=True),
        worth(results, loan),
        gain(everything),
        price(results, loan),
    ]


def gain(row: dict) -> str:
    """A gain and its interval, two cells."""
    return estimated(row.get("gain"), row.get("low"), row.get("high"), digits=DIGITS, signed=True)


def worth(results: Results, loan: dict) -> str:
    """The label multipliers of a loan's tasks at the fewest labels: one, or the least and the most."""
    rows = results.gains.filter(
        ~pl.col("robust"), pl.col("multiplier").is_not_null(), loan=loan["loan"], arm="fair"
    ).join(results.places.select("dataset", "split", "protocol", "target"), on=["dataset", "split"])
    if rows.is_empty():
        return number(None)
    fewest = rows.filter(pl.col("labels") == pl.col("labels").min().over("dataset", "protocol", "target"))
    ends = fewest.sort("multiplier")[[0, -1]].to_dicts()
    low, high = (times(row, fewest["multiplier"]) for row in ends)
    return low if plain(low) == plain(high) else f"{low} to {high}"


def times(row: dict, among: Iterable[float]) -> str:
    """A multiplier among others, with the sign of a bound where the control's curve ends before it."""
    sign = {"at least": r"$\geq$", "at most": r"$\leq$"}.get(row["multiplier_note"] or "", "")
    return rf"{sign}{number(row['multiplier'], digits=1, of=among)}$\times$"


def price(results: Results, loan: dict) -> str:
    """The processor time of one run of each lender on whom the borrowers stand, in hours."""
    lenders = pl.DataFrame(loan["lenders"], schema=dict.fromkeys(["dataset", "split", "variant"], pl.String))
    runs = results.costs.join(lenders, on=lenders.columns, how="semi")
    each = runs.group_by("variant").agg(pl.col("cpu_seconds").mean())
    hours = each["cpu_seconds"].sum() / 3600
    return escape(None) if each.is_empty() else number(hours, digits=DIGITS, of=runs["cpu_seconds"])


if __name__ == "__main__":
    main(sys.argv[1:])
