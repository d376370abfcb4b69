"""Table: what remains of the gain. Taught minus untaught beside cheaper ways to hand over the same knowledge."""

import sys

from retort.report.names import family, metrics, places, variants
from retort.report.results import Results, table_arguments
from retort.report.stacked import PAIR
from retort.report.tables import Column, bracketed, escape, number, tabular
from retort.sealed import write_generated

# Differences are small: thousandths of the unit are shorter to print and easier to compare.
THOUSANDTHS = 1000
# With all labels and with few; places in between are for the learning curves.
PLACES = (
    *places("mp-formation", "mp-formation-05", "mp-gap", "mp-gap-05"),
    *places("jarvis-formation", "jarvis-formation-05", "jarvis-gap", "jarvis-gap-05"),
)
METRICS = metrics("mae", "mae-unseen", "mae-nonmetals", "mae-metals")
FAMILY = family("controls")
UNTAUGHT, TAUGHT, LABELS = variants("crabnet", "ts-crabnet", "crabnet-labels")
# Rows of a block: (variant, against).
PAIRS = (
    (TAUGHT, UNTAUGHT),
    (LABELS, UNTAUGHT),
    (TAUGHT, LABELS),
    *((name, UNTAUGHT) for name in variants("ts-crabnet-scalar", "ts-crabnet-unseen", "ts-crabnet-own")),
    *((name, UNTAUGHT) for name in variants("crabnet-foreign", "crabnet-longer")),
)
VALUE = ("trimean", "low", "high")
CHANGE = ("difference", "low", "high")
Row = tuple[str, str, str, list[str]]  # name, n, percent, a cell for each metric


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "transfer", argv)
    scored = set(results.scores["metric"])
    shown = [name for name in METRICS if name in scored]
    rows: list[Row] = []
    starts = []
    for place in PLACES:
        starts.append(len(rows))
        rows += block(results, place, shown)
    notes = [
        r"MAE on all test rows and on some, in thousandths of the unit. First row of a block: untaught student. Below:",
        r"differences, by default to the untaught student, paired by seed with 95\,\% intervals over seeds; negative",
        r"is better. \%: the difference as a share of the error that it is taken from. $n$: seeds.",
    ]
    table = tabular(
        columns(results, shown, rows), source="src/scripts/transfer_controls.py", rules=starts, notes=notes
    )
    write_generated(output, table)


def columns(results: Results, shown: list[str], rows: list[Row]) -> list[Column]:
    """The rows as columns; the percents stand beside the first metric, of which they are."""
    if not rows:
        return [Column("CrabNet", ["not run at this scale"])]
    names, counts, percents, cells = zip(*rows, strict=True)
    first, *others = (
        Column(heading(results.metric(name).label), column, PAIR, 2)
        for name, column in zip(shown, zip(*cells, strict=True), strict=True)
    )
    return [
        Column("CrabNet", names),
        Column("$n$", counts, "r"),
        first,
        Column(r"\%", percents, "r"),
        *others,
    ]


def heading(label: str) -> str:
    """A metric's label, what stands after a comma below the rest."""
    lines = escape(label).split(", ")
    stacked = r",\\".join(lines)
    return rf"\shortstack{{{stacked}}}" if len(lines) > 1 else stacked


def block(results: Results, place: str, shown: list[str]) -> list[Row]:
    """The untaught student at one place, and below it every difference; nothing where there is no difference."""
    contrasts = results.at(results.contrasts, place).filter(part="test", family=FAMILY)
    summary = results.at(results.summary, place).filter(part="test", variant=UNTAUGHT)
    base = {row["metric"]: row for row in summary.to_dicts()}
    rows = []
    for variant, against in PAIRS:
        pair = contrasts.filter(variant=variant, against=against)
        if pair.is_empty():
            continue
        change = {row["metric"]: row for row in pair.to_dicts()}
        first = change[shown[0]]
        percent = number(first["relative"], percent=True, digits=0, signed=True)
        cells = [estimate(change.get(name), CHANGE, signed=True) for name in shown]
        rows.append((rf"\quad {first['title']}", number(first["n"], digits=0), percent, cells))
    if not rows:
        return []
    title, first = results.place_row(place)["title"], base[shown[0]]
    head = rf"\emph{{{escape(title)}}} (m{escape(first['unit'])})"
    cells = [estimate(base.get(name), VALUE) for name in shown]
    return [(head, number(first["n"], digits=0), "", cells), *rows]


def estimate(row: dict | None, columns: tuple[str, str, str], *, signed: bool = False) -> str:
    """Number and interval for two columns of LaTeX; a dash where there is no such score."""
    found = [row[column] if row else None for column in columns]
    value, low, high = (None if part is None else THOUSANDTHS * part for part in found)
    style = {"digits": 0, "signed": signed}
    inside = bracketed(low, high, **style)
    return f"{number(value, **style)} & " + (rf"{{\scriptsize {inside}}}" if inside else "")


if __name__ == "__main__":
    main(sys.argv[1:])
