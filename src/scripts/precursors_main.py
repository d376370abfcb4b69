"""Table: success within k attempts on the test targets, every system beside the published value and the baseline."""

import json
import sys

import polars as pl

from retort.report.names import family, metric, variant, variants
from retort.report.results import Results, present, table_arguments
from retort.report.tables import DASH, Column, escape, estimates_of, number, numbers, tabular, text
from retort.report.tracing import plain
from retort.sealed import write_generated

ATTEMPTS = {1: metric("success@1"), 3: metric("success@3"), 5: metric("success@5"), 10: metric("success@10")}
COMPARED_AT = 5
BASELINE = family("baseline")
PUBLISHED = variant("selector")
# With the common set as first attempt, without it, without neighbours, combined.
GROUPS = (
    (
        *variants("selector", "raw-mpc-first", "magpie-mpc-first"),
        *variants("learned-common-first", "raw-common-first", "magpie-common-first"),
    ),
    variants("learned-mpc", "raw-mpc", "learned-common", "raw-common"),
    variants("bare-head", "most-frequent"),
    variants("combined", "combined-ensemble"),
)
# Settings of a system: what the table calls them.
SIMILARITIES = {"learned": "learned", "composition": "raw", "magpie": "Magpie"}
COMPLETIONS = {"learned": "MPC", "common": "common"}
VALUE = ("mean", "low", "high")
DIFFERENCE = ("difference", "low", "high")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "precursors", argv)
    place = results.main_place()
    summary = results.at(results.summary, place).filter(part="test")
    compared = results.at(results.contrasts, place).filter(family=BASELINE, part="test")
    groups = [found for group in GROUPS if (found := present(group, summary))]
    order = pl.DataFrame(
        {"variant": [name for group in groups for name in group]}, schema={"variant": pl.String}
    )

    def at(table: pl.DataFrame, k: int) -> pl.DataFrame:
        return order.join(table.filter(metric=ATTEMPTS[k]), on="variant", how="left", maintain_order="left")

    described = [parts(results, name) for name in order["variant"]]
    own = at(summary, COMPARED_AT)
    columns = [
        text("Similarity", [similarity for similarity, _, _ in described]),
        text("Completion", [completion for _, completion, _ in described]),
        Column("First", [r"$\bullet$" if first else "" for _, _, first in described], "c"),
        numbers("$n$", own["n"], digits=0),
        first_attempts(at(summary, 1), described),
        *(estimates_of(f"$k = {k}$", at(summary, k), *VALUE, percent=True) for k in ATTEMPTS if k > 1),
        estimates_of(
            rf"$\Delta_{{{COMPARED_AT}}}$", at(compared, COMPARED_AT), *DIFFERENCE, percent=True, signed=True
        ),
    ]
    rows = published(results, place)
    columns = [
        Column(column.header, [*above, *column.cells], column.align, column.span)
        for column, above in zip(columns, rows, strict=True)
    ]
    starts = [sum(map(len, groups[:index])) + len(rows[0]) for index in range(len(groups))]
    notes = []
    if len(compared):
        notes.append(
            rf"$\Delta_{{{COMPARED_AT}}}$: points above {escape(results.title(compared['against'][0]))} "
            rf"at $k = {COMPARED_AT}$, on the same targets."
        )
    first_ones = [
        row["mean"]
        for row, (_, _, first) in zip(at(summary, 1).to_dicts(), described, strict=True)
        if first and row["mean"] is not None
    ]
    common = {
        plain(cell): cell for value in first_ones if (cell := number(value, percent=True, of=first_ones))
    }
    if common:
        known = ", ".join(common[each] for each in sorted(common))
        notes.append(rf"The common set alone, the first attempt where marked: {known}.")
    targets = own["n_items"].drop_nulls()
    if len(targets):
        notes.append(rf"{number(targets[0], digits=0)} test targets; $n$: runs with different seeds.")
    write_generated(
        output, tabular(columns, source="src/scripts/precursors_main.py", rules=starts, notes=notes)
    )


def first_attempts(rows: pl.DataFrame, described: list[tuple[str, str, bool]]) -> Column:
    """Success of the first attempt, where that is the system's own and not the common set."""
    own = [not first for _, _, first in described]
    shown = rows.with_columns(
        pl.when(pl.Series(own, dtype=pl.Boolean)).then(pl.col(name)).alias(name) for name in VALUE
    )
    return estimates_of("$k = 1$", shown, *VALUE, percent=True)


def parts(results: Results, name: str) -> tuple[str, str, bool]:
    """Similarity and completion of a system, and whether it begins with the common set: from its settings."""
    settings = json.loads(results.system(name)["settings"])
    similarity, completion = SIMILARITIES[settings["similarity"]], COMPLETIONS[settings["completion"]]
    if settings["method"] == "compose":  # no neighbour; what is common is what occurs most often
        similarity, completion = "none", "frequency" if completion == "common" else completion
    if settings["method"] == "combine":
        completion += f", {results.short(name)}"
    return similarity, completion, settings["common_first"]


def published(results: Results, place: dict) -> list[list[str]]:
    """Of each column, the cells of published values: none where nothing was published of this place."""
    quoted = {k: results.quoted(place, name).get(PUBLISHED) for k, name in ATTEMPTS.items()}
    citations = {value["citation"] for value in quoted.values() if value}
    if not citations:
        return [[] for _ in range(4 + len(quoted) + 1)]
    values = [number(value["value"], digits=value["digits"]) if value else DASH for value in quoted.values()]
    head = rf"\emph{{published, quoted}}~\cite{{{','.join(sorted(citations))}}}"
    first = parts(results, PUBLISHED)[2]
    return [
        [head],
        [""],
        [r"$\bullet$" if first else ""],
        [DASH],
        *([f"{cell} & "] for cell in [*values, DASH]),
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
