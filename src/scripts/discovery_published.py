"""Table: what was published of six properties, beside ours with the same kind of head and what the source lacks."""

import math
import sys

import polars as pl

from retort.report.names import metrics, place, variant, variants
from retort.report.results import Results, in_blocks, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, number, tabular
from retort.sealed import write_generated

CITATION = "qu2024leveraging"
ERROR, EXPLAINED = metrics("mae", "r2")
GUESS = variant("median")
# Place: header, and what the source calls its target.
PLACES = {
    place("energy"): ("E/atom", "energy"),
    place("gap"): ("band gap", "gap"),
    place("bulk"): (r"$\log K$", "bulk"),
    place("shear"): (r"$\log G$", "shear"),
    place("debye"): (r"$\log \theta$", "debye"),
    place("expansion"): (r"$\log \alpha$", "expansion"),
}
NATURAL = ("bulk", "shear")  # printed in natural logarithms, by the test in the notes of the table
FINGERPRINT = "fingerprint"
BLOCKS = (
    variants("median", "mat2vec-mlp", "sites-mlp", "encoder-mlp"),
    variants("onehot-mlp", "magpie-mlp", "structure-onehot-mlp", "text-mlp"),
    variants("mat2vec", "text", "structure-onehot", "structure-mat2vec", "boosting", "boosting-structure"),
)
ACROSS = 6


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "discovery", argv)
    ours = {name: levels(results, name) for name in PLACES}
    here = [name for name, rows in ours.items() if rows]
    systems, starts = in_blocks(BLOCKS, {name for rows in ours.values() for name in rows})
    quoted = published(results) if here else {}
    names = [rf"\emph{{{escape(system)}}}" for system in quoted]
    names += [escape(results.title(name)) for name in systems]
    cells = {
        PLACES[name][0]: [
            *(quote(row, PLACES[name][1]) for row in quoted.values()),
            *(level(results, ours[name].get(system)) for system in systems),
        ]
        for name in here
    }
    below = [len(quoted) + start for start in starts]
    columns, rules = stacked("System", names, [cells], rules=below, across=ACROSS)
    notes = [
        r"MAE, and beside it in small type $R^2$; intervals of ours are in Table~\ref{tab:discovery_main}."
    ]
    if quoted:
        notes.append(
            rf"\emph{{Italic}}: quoted~\cite{{{CITATION}}}, on other rows,"
            " moduli brought from natural to decimal logarithms."
        )
        notes += unit(ours, quoted)
    table = tabular(columns, source="src/scripts/discovery_published.py", rules=rules, notes=notes)
    write_generated(output, table)


def levels(results: Results, name: str) -> dict[str, dict[str, float]]:
    """By variant, the mean of each of the two metrics at a place."""
    table = results.at(results.summary, name).filter(pl.col("metric").is_in([ERROR, EXPLAINED]), part="test")
    found: dict[str, dict[str, float]] = {}
    for row in table.to_dicts():
        found.setdefault(row["variant"], {})[row["metric"]] = row["mean"]
    return found


def published(results: Results) -> dict[str, dict[tuple[str, str], dict]]:
    """By system, the quoted values by target and metric; none beside generated data."""
    if results.places["generated"].any():
        return {}
    rows: dict[str, dict[tuple[str, str], dict]] = {}
    for value in results.published.filter(citation=CITATION).to_dicts():
        rows.setdefault(value["system"], {})[value["target"], value["metric"]] = value
    return rows


def decimal(value: dict) -> float:
    """A quoted error in decimal logarithms."""
    return value["value"] / (math.log(10) if value["target"] in NATURAL else 1)


def quote(row: dict[tuple[str, str], dict], target: str) -> str:
    """A quoted error and R2, the two cells of a column."""
    error, explained = row[target, ERROR], row[target, EXPLAINED]
    digits = error["digits"] + (target in NATURAL)
    value = number(decimal(error), digits=digits, of=[error["value"]])
    return rf"\emph{{{value}}}" + rf" & {{\scriptsize {number(explained['value'], digits=2)}}}"


def level(results: Results, row: dict[str, float] | None) -> str:
    """Our error and R2, the two cells of a column; a dash where the system was not run."""
    if row is None:
        return "-- & "
    explained = number(row.get(EXPLAINED), digits=2)
    return f"{results.metric(ERROR).number(row.get(ERROR))} & " + rf"{{\scriptsize {explained}}}"


def unit(ours: dict[str, dict[str, dict[str, float]]], quoted: dict[str, dict]) -> list[str]:
    """Which logarithm the quoted moduli have, told by the fingerprint's error as a multiple of our median guess's."""
    said = []
    for name, (header, target) in PLACES.items():
        guess = ours[name].get(GUESS, {}).get(ERROR)
        value = quoted.get(FINGERPRINT, {}).get((target, ERROR))
        if guess and value and target in NATURAL:
            as_decimal, as_natural = (
                number(value["value"] / (guess * by), digits=2, of=[value["value"], guess])
                for by in (1, math.log(10))
            )
            said.append(
                rf"The fingerprint's {header} as printed is {as_decimal} times the error of our median guess if it is"
                rf" decimal, and {as_natural} times if it is natural."
            )
    return said


if __name__ == "__main__":
    main(sys.argv[1:])
