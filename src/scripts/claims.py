"""Table: published claims, the value there, the value here and the verdict."""

import sys

import polars as pl

from retort.report.metrics import Metric
from retort.report.results import overview_arguments
from retort.report.tables import Column, escape, tabular, text
from retort.sealed import read_table, write_generated

# A claim of a direction has no number of its own.
DIRECTIONS = {"above": r"$>$", "below": r"$<$", "equals": ""}
MARK = {"reproduced": r"\textbf{reproduced}", "contradicted": r"\textbf{contradicted}"}


def ours(row: dict, metric: Metric) -> str:
    """Our value with its interval, where there are any."""
    return " ".join(filter(None, [metric.number(row["ours"]), metric.interval(row["low"], row["high"])]))


def unit(row: dict, metric: Metric) -> str:
    """Percent for fractions, points for differences of fractions."""
    if not metric.percent:
        return escape(row["unit"])
    return "points" if row["against"] else r"\%"


def main(argv: list[str] | None = None) -> None:
    folder, studies, output = overview_arguments(__file__, argv)
    of = {results.study: results for results in studies}
    claims = read_table(folder / "claims.parquet").filter(pl.col("study").is_in(list(of)))
    rows = [(row, of[row["study"]].metric(row["metric"])) for row in claims.to_dicts()]
    columns = [
        Column(
            "Claim",
            [rf"{escape(row['statement'])}~\cite{{{row['source']}}}" for row, _ in rows],
            r">{\raggedright\arraybackslash}p{0.44\linewidth}",
        ),
        Column(
            "Published",
            [DIRECTIONS[row["relation"]] + metric.number(row["published"]) for row, metric in rows],
            "r",
        ),
        Column("Here", [ours(row, metric) for row, metric in rows], "r"),
        Column("Unit", [unit(row, metric) for row, metric in rows]),
        Column("Verdict", [MARK.get(row["verdict"], escape(row["verdict"])) for row, _ in rows]),
    ]
    if not rows:
        columns = [text("Claim", ["none yet"])]
    # A statement may take two lines, so every claim is set apart.
    rules = range(1, len(rows))
    write_generated(output, tabular(columns, source="src/scripts/claims.py", rules=rules))


if __name__ == "__main__":
    main(sys.argv[1:])
