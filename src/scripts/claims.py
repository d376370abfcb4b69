"""Table: published claims, the value there, the value here and the verdict."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.results import overview_arguments
from retort.report.tables import DASH, Column, bracketed, escape, number, tabular, text

# A claim of a direction has no number of its own.
DIRECTIONS = {"above": r"$>$", "below": r"$<$", "equals": ""}
MARK = {"reproduced": r"\textbf{reproduced}", "contradicted": r"\textbf{contradicted}"}


def shown(value: float | None, row: dict, *, signed: bool = False) -> str:
    """A value of a claim in its own unit; fractions in percent."""
    return number(value, **_style(row), signed=signed)


def _style(row: dict) -> dict:
    return {"percent": row["unit"] == "fraction", "digits": 1 if row["unit"] in ("fraction", "s") else 3}


def unit(row: dict) -> str:
    """Percent for fractions, points for differences of fractions."""
    if row["unit"] != "fraction":
        return escape(row["unit"])
    return "points" if row["column"] == "difference" else r"\%"


def main(argv: list[str] | None = None) -> None:
    folder, _, output = overview_arguments(__file__, argv)
    rows = pl.read_parquet(folder / "claims.parquet").to_dicts()
    ours = [
        DASH if row["ours"] is None else
        f"{shown(row['ours'], row)} {{\\scriptsize {bracketed(row['low'], row['high'], **_style(row))}}}"
        for row in rows
    ]  # fmt: skip
    columns = [
        Column(
            "Claim",
            [rf"{escape(row['statement'])}~\cite{{{row['source']}}}" for row in rows],
            r">{\raggedright\arraybackslash}p{0.44\linewidth}",
        ),
        Column(
            "Published", [DIRECTIONS[row["relation"]] + shown(row["published"], row) for row in rows], "r"
        ),
        Column("Here", [cell.replace(r" {\scriptsize }", "") for cell in ours], "r"),
        Column("Unit", [unit(row) for row in rows]),
        Column("Verdict", [MARK.get(row["verdict"], escape(row["verdict"])) for row in rows]),
    ]
    if not rows:
        columns = [text("Claim", ["none yet"])]
    # A statement may take two lines, so every claim is set apart.
    rules = range(1, len(rows))
    write_whole(output, tabular(columns, source="src/scripts/claims.py", rules=rules))


if __name__ == "__main__":
    main(sys.argv[1:])
