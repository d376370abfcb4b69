"""`retort scores my_plate` prints how good the systems of a study were on a data set, as a table that people read.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse
import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from retort.asking import AskError, print_json, write_output
from retort.sealed import read_table

if TYPE_CHECKING:
    import polars as pl

RESULTS = Path("data/results")
SUMMARY = "summary.parquet"
# What a table for spreadsheets has of a score: what it is of, and the columns of the summary.
KEPT = ("dataset", "split", "system", "part", "metric", "unit", "n", "n_items", "mean", "low", "high", "note")


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `scores` to the `retort` command line."""
    parser = subparsers.add_parser(
        "scores",
        help="how good each system was on a data set, such as one's own",
        description="Print the test scores of all systems that were trained on a data set, the best first, with "
        "95 % intervals. The table that -o writes has all metrics, of validation too.",
    )
    parser.add_argument("dataset", metavar="DATASET", help="e.g. my_plate")
    parser.add_argument("--metric", help="e.g. rmse (default: the study's first)")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT.csv", help="a file that all scores are written to"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Print the scores of a data set; 0.

    Raises:
        AskError: nothing was scored on it, or not by such a metric.
    """
    import polars as pl

    found = [scored(folder, arguments.dataset) for folder in studies(arguments.dataset)]
    table = pl.concat(found)
    if arguments.json:
        print_json({"dataset": arguments.dataset, "scores": table.to_dicts()})
        return 0
    for one in found:
        print("\n".join(told(one, arguments.metric)))
    if arguments.output:
        # The mark in front tells spreadsheet programs that it is UTF-8.
        write_output("\ufeff" + table.write_csv(), arguments.output)
    return 0


def studies(dataset: str) -> list[Path]:
    """The folders of results that know of scores on a data set.

    Raises:
        AskError: there is none.
    """
    known = {
        folder.parent: set(read_table(folder)["dataset"]) for folder in sorted(RESULTS.glob(f"*/{SUMMARY}"))
    }
    if found := [folder for folder, names in known.items() if dataset in names]:
        return found
    names = sorted(set().union(*known.values()))
    near = difflib.get_close_matches(dataset, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "run its study first, e.g. make results STUDY=transfer."
    raise AskError(
        f"nothing in {RESULTS} was scored on {dataset!r}, but on {', '.join(names) or 'nothing'}. Hint: {hint}"
    )


def scored(folder: Path, dataset: str) -> "pl.DataFrame":
    """The scores of a study on a data set: `study`, `KEPT` and `better`, metrics in the study's order."""
    import polars as pl

    metrics = (
        read_table(folder / "metrics.parquet").with_row_index("order").select("metric", "order", "better")
    )
    systems = read_table(folder / "systems.parquet").select("variant", system="title")
    rows = read_table(folder / SUMMARY).filter(dataset=dataset).join(systems, on="variant")
    rows = rows.join(metrics, on="metric").sort("split", "order", "part", maintain_order=True)
    return rows.select(pl.lit(folder.name).alias("study"), *KEPT, "better")


def told(table: "pl.DataFrame", metric: str | None) -> list[str]:
    """The test scores by one metric, for people, under a line for each split.

    Raises:
        AskError: there are none by this metric.
    """
    test = table.filter(part="test")
    lines = []
    for (split,), rows in test.group_by("split", maintain_order=True):
        others = rows["metric"].unique(maintain_order=True).to_list()
        shown = metric or others[0]
        if shown not in others:
            raise AskError(
                f"{rows['dataset'][0]} has no scores by {shown!r}. Hint: it has {', '.join(others)}"
            )
        best = rows.filter(metric=shown).sort(
            "mean", descending=rows.filter(metric=shown)["better"][0] == "higher"
        )
        unit = best["unit"][0]
        lines.append(
            f"{rows['study'][0]}, {rows['dataset'][0]} ({split}): {shown} of test in {unit}, the best first"
        )
        width = max(best["system"].str.len_chars())
        for row in best.iter_rows(named=True):
            interval = "" if row["low"] is None else f"  [{row['low']:.4g}, {row['high']:.4g}]"
            note = f"  ({row['note']})" if row["note"] else ""
            lines.append(f"  {row['system']:<{width}}  {row['mean']:8.4g}{interval}{note}")
        del others[others.index(shown)]
        if others:
            lines.append(f"  also: {', '.join(others)}")
    return lines
