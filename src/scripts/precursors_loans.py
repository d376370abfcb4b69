"""Table: the gain of each loan over its fair control, with few training reactions, more, and all."""

import sys

import polars as pl

from retort.report.names import places, variant
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, escape, estimates, number, tabular, text
from retort.sealed import write_generated

# What the controls have in the place of the loan, by the control.
INSTEAD = {
    variant("learned-common-first"): "commonest source",
    variant("raw-mpc-first"): "composition",
    variant("bare-head"): "same head alone",
    variant("selector-random"): "random vectors",
}
AXIS = places("ceder-01", "ceder-10", "ceder-30", "ceder")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "precursors", argv)
    gains = results.gains.filter(~pl.col("robust"), pl.col("dataset").is_not_null(), arm="fair")
    loans = [loan for loan in results.loans.sort("order").to_dicts() if loan["loan"] in set(gains["loan"])]
    shown = [place for name in AXIS if (place := results.place_row(name)) is not None]
    # Two of the scarce places, and all.
    shown = [*shown[:-1][:2], *shown[-1:]]
    columns = [
        text("Loan", [loan["title"] for loan in loans]),
        Column("In its place", [instead(gains, loan["loan"]) for loan in loans]),
        *(gain(results, gains, [loan["loan"] for loan in loans], place) for place in shown),
    ]
    table = tabular(columns, source="src/scripts/precursors_loans.py")
    write_generated(output, table)


def instead(gains: pl.DataFrame, loan: str) -> str:
    """What a loan's fair control has in the place of it."""
    return escape(INSTEAD.get(gains.filter(loan=loan)["against"][0]))


def gain(results: Results, gains: pl.DataFrame, loans: list[str], place: dict) -> Column:
    """The gains of a place with their intervals, under its number of training reactions."""
    rows = {row["loan"]: row for row in results.at(gains, place).to_dicts()}
    columns = ([rows.get(loan, {}).get(name) for loan in loans] for name in ("gain", "low", "high"))
    return estimates(rf"$n = {number(place['rows_train'], digits=0)}$", *columns, digits=2, signed=True)


if __name__ == "__main__":
    main(sys.argv[1:])
