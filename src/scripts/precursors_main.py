"""Table: success within k attempts on the test targets, every system beside the published value and the baseline."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.results import present, table_arguments
from retort.report.tables import DASH, Column, escape, estimates, number, numbers, tabular, text

ATTEMPTS = (1, 3, 5, 10)
COMPARED_AT = 5
# The same targets for both systems, so the interval is over targets: what another test set would change.
DIFFERENCE = ("item_difference", "item_difference_low", "item_difference_high")
# (similarity, completion, begins with the common set), in the order of the table; None starts a new group.
SYSTEMS = {
    "selector": ("learned", "MPC", True),
    "raw-mpc-first": ("raw", "MPC", True),
    "magpie-mpc-first": ("Magpie", "MPC", True),
    "learned-common-first": ("learned", "common", True),
    "raw-common-first": ("raw", "common", True),
    "magpie-common-first": ("Magpie", "common", True),
    "learned-mpc": ("learned", "MPC", False),
    "raw-mpc": ("raw", "MPC", False),
    "learned-common": ("learned", "common", False),
    "raw-common": ("raw", "common", False),
    "bare-head": ("none", "MPC", False),
    "most-frequent": ("none", "frequency", False),
    "combined": ("learned", "MPC, combined", False),
    "combined-ensemble": ("learned", "MPC, ensemble", False),
}
GROUPS = ("selector", "learned-mpc", "bare-head", "combined", "combined-ensemble")
PUBLISHED = {5: "82"}
PUBLISHED_FOR, CITATION = "ceder", "he2023precursor"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "precursors", argv)
    summary = results.at_place(results.summary).filter(part="test")
    systems = present(SYSTEMS, summary)
    baseline = summary["baseline"].drop_nulls().unique()
    order = pl.DataFrame({"variant": systems}, schema={"variant": pl.String})

    def at(k: int) -> pl.DataFrame:
        return order.join(
            summary.filter(metric=f"success@{k}"), on="variant", how="left", maintain_order="left"
        )

    compared = at(COMPARED_AT)
    described = [SYSTEMS[variant] for variant in systems]
    columns = [
        text("Similarity", [similarity for similarity, _, _ in described]),
        text("Completion", [completion for _, completion, _ in described]),
        Column("First", [r"$\bullet$" if first else "" for _, _, first in described], "c"),
        numbers("$n$", compared["n"].to_list(), digits=0),
        *(
            estimates(
                f"$k = {k}$", *(at(k)[name].to_list() for name in ("trimean", "low", "high")), percent=True
            )
            for k in ATTEMPTS
        ),
        estimates(
            rf"$\Delta_{{{COMPARED_AT}}}$",
            *(compared[name].to_list() for name in DIFFERENCE),
            percent=True,
            signed=True,
        ),
    ]
    first_of_group = groups(systems)
    if results.place[0] == PUBLISHED_FOR:
        quoted = [rf"\emph{{published, quoted}}~\cite{{{CITATION}}}", "", r"$\bullet$", DASH]
        quoted += [f"{PUBLISHED[k]} & " if k in PUBLISHED else f"{DASH} & " for k in ATTEMPTS]
        quoted += [f"{DASH} & "]
        columns = [
            Column(column.header, [cell, *column.cells], column.align, column.span)
            for column, cell in zip(columns, quoted, strict=True)
        ]
        first_of_group = [1] + [row + 1 for row in first_of_group]
    notes = []
    if len(baseline):
        notes.append(
            rf"$\Delta_{{{COMPARED_AT}}}$: points above {escape(results.title(baseline[0]))} at $k = {COMPARED_AT}$, "
            "target by target, with the 95\\,\\% interval over targets."
        )
    targets = compared["n_items"].drop_nulls()
    if len(targets):
        notes.append(rf"{number(targets[0], digits=0)} test targets; $n$: runs with different seeds.")
    write_whole(
        output, tabular(columns, source="src/scripts/precursors_main.py", rules=first_of_group, notes=notes)
    )


def groups(systems: list[str]) -> list[int]:
    """Rows at which a group begins, whichever of its systems are there."""
    order = list(SYSTEMS)
    group = [sum(order.index(start) <= order.index(name) for start in GROUPS[:4]) for name in systems]
    return [row for row in range(1, len(systems)) if group[row] != group[row - 1]]


if __name__ == "__main__":
    main(sys.argv[1:])
