"""Table: what was published of UAM and its rivals on proprietary amides, and the variance that each row implies."""

import sys
from itertools import chain

from retort.report.names import metrics
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

METRICS = metrics("mae", "rmse", "r2")
SQUARED, EXPLAINED = METRICS[1:]
CITATION = "chen2024uncertainty"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "yields", argv)
    rows = quoted(results)
    columns = [Column("System", [escape(system) for _, system in rows])]
    for name in METRICS:
        columns.append(
            Column(escape(results.metric(name).label), [cell(row[name]) for row in rows.values()], "r")
        )
    pairs = [(row[SQUARED]["value"], row[EXPLAINED]["value"]) for row in rows.values()]
    implied = [squared**2 / (1 - explained) for squared, explained in pairs]
    header = r"\shortstack{implied\\variance}"
    columns.append(
        Column(
            header,
            [number(variance, digits=0, of=pair) for variance, pair in zip(implied, pairs, strict=True)],
            "r",
        )
    )
    sources = [source for source, _ in rows]
    rules = [row for row in range(1, len(sources)) if sources[row] != sources[row - 1]]
    notes = [
        rf"All values are quoted~\cite{{{CITATION}}}, with the spread that is printed there; none is ours.",
        r"Implied: the variance of the test yields by the row's own numbers, $\mathrm{RMSE}^2 / (1 - R^2)$;",
        "it would be the same in all rows if all had the same test parts.",
    ]
    if implied:
        apart = 1 - min(implied) / max(implied)
        share = number(apart, percent=True, digits=0, of=chain.from_iterable(pairs))
        notes.append(rf"The least is {share}\,\% below the greatest.")
    write_generated(
        output, tabular(columns, source="src/scripts/yields_published.py", rules=rules, notes=notes)
    )


def quoted(results: Results) -> dict[tuple[str, str], dict[str, dict]]:
    """By table of the source and system, the values of each metric; none beside generated data."""
    if results.places["generated"].any():
        return {}
    rows: dict[tuple[str, str], dict[str, dict]] = {}
    for value in results.published.filter(citation=CITATION).to_dicts():
        rows.setdefault((value["source"], value["system"]), {})[value["metric"]] = value
    return rows


def cell(value: dict) -> str:
    """A quoted value with its spread, as its source prints them."""
    digits = value["digits"]
    level, spread = (number(value[name], digits=digits) for name in ("value", "spread"))
    return rf"\emph{{{level}}}{{\scriptsize$\pm${spread}}}"


if __name__ == "__main__":
    main(sys.argv[1:])
