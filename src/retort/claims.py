"""`retort claims` prints the ledger of claims, `retort claims T12` one claim with its evidence.

Only the standard library is imported before the command runs, so that `retort --help` stays quick.
"""

import argparse
import difflib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from retort.asking import AskError, finished_runs, print_json
from retort.recorded_claims import CLAIMS
from retort.sealed import read_json, read_table

if TYPE_CHECKING:
    import polars as pl

RESULTS, RECORD = Path("data/results"), Path("data/record")
# The record of the largest scale speaks where nothing was run here.
SCALES = ("full", "laptop", "smoke")
MOST_RUNS = 12


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `claims` to the `retort` command line."""
    parser = subparsers.add_parser(
        "claims",
        help="what others claimed, and what became of it here",
        description="Print the ledger of published claims with their verdicts, or one claim with its evidence.",
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="one claim, e.g. T12")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--ledger",
        type=Path,
        metavar="FILE",
        help="the claims.parquet to read (default: that of data/results, or else of the record)",
    )
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Print the ledger, or one claim; 0.

    Raises:
        AskError: there is no ledger, or no such claim.
    """
    file = ledger(arguments.ledger)
    rows = read_table(file).to_dicts()
    if arguments.id is None:
        if arguments.json:
            print_json({"ledger": file.as_posix(), "claims": rows})
        else:
            print("\n".join(overview(rows)))
        return 0
    found = [row for row in rows if row["id"].lower() == arguments.id.lower()]
    if not found:
        near = difflib.get_close_matches(arguments.id.upper(), [row["id"] for row in rows], n=1, cutoff=0.0)
        hint = f" Hint: did you mean {near[0]}? `retort claims` lists them." if near else ""
        raise AskError(f"{file} has no claim {arguments.id!r}.{hint}")
    seen = runs(file.parent, found)
    if arguments.json:
        print_json({"ledger": file.as_posix(), "claim": found, "runs": seen})
    else:
        print("\n".join(evidence(found, seen)))
    return 0


def ledger(given: Path | None) -> Path:
    """The file that speaks.

    Raises:
        AskError: there is none.
    """
    files = [given] if given else [RESULTS / CLAIMS, *(RECORD / scale / CLAIMS for scale in SCALES)]
    for file in files:
        if file.exists():
            return file
    raise AskError(f"{files[0]}: no such file. Hint: make it with: snakemake data/results/claims.parquet")


def overview(rows: list[dict]) -> Iterator[str]:
    """The ledger by study, a line a claim: id, source, verdicts, statement; and how many there are of each verdict."""
    fair = {row["id"]: row["verdict"] for row in rows if row["control"] == "fair"}
    first = sorted((row for row in rows if row["control"] == "published"), key=lambda row: row["study"])
    widths = [max((len(row[key]) for row in first), default=0) for key in ("id", "source")]
    verdicts = [row["verdict"] + (f"; fair: {fair[row['id']]}" if row["id"] in fair else "") for row in first]
    for row, verdict in zip(first, verdicts, strict=True):
        mark = " (premise fallen)" if (row["premise"] or "").startswith("fallen") else ""
        yield f"{row['id']:<{widths[0]}}  {row['source']:<{widths[1]}}  {verdict}{mark}: {row['statement']}"
    counted = {row["verdict"]: sum(each["verdict"] == row["verdict"] for each in first) for row in first}
    together = ", ".join(f"{count} {word}" for word, count in sorted(counted.items()))
    yield f"{len(first)} claims: {together}"


def evidence(rows: list[dict], seen: list[str]) -> Iterator[str]:
    """One claim with all that its verdicts stand on."""
    row = rows[0]
    yield f"{row['id']}  {row['statement']}"
    yield f'said      "{row["quote"]}"'
    yield f"where     {row['source']}, {row['where']}"
    unit = f" in {row['unit']}" if row["unit"] else ""
    yield f"kind      {row['kind']} of a {row['estimand']}{unit}, {row['comparable']}"
    if row["published"] is not None:
        spread = "unknown" if row["spread"] is None else f"{row['spread']:g}"
        yield f"published {row['published']:g}, spread {spread}, rounding {row['rounding']:g}"
    yield f"margin    {row['margin']:g}: {row['why']}"
    if row["premise"]:
        yield f"requires  {', '.join(row['requires'])}: {row['premise']}"
    for each in rows:
        yield from _verdict(each)
    if seen:
        more = f" and {len(seen) - MOST_RUNS} more" if len(seen) > MOST_RUNS else ""
        yield "runs      " + "\n          ".join(seen[:MOST_RUNS]) + more
    yield "shown in  the ledger of the supplement" + (", the table of headline claims" * row["headline"])


def _verdict(row: Mapping) -> Iterator[str]:
    against = f" against {row['against']}" if row["against"] else ""
    yield f"{row['control']:<9} {row['verdict']}: {row['variant'] or row['estimand']}{against} at {row['place'] or '-'}"
    if row["reason"]:
        yield f"          {row['reason']}"
    if row["estimate"] is not None:
        items = f", {row['n_items']} test items" if row["n_items"] else ""
        interval = f" [{row['low']:.4g}, {row['high']:.4g}]" if row["low"] is not None else ""
        over = "" if row["kind"] == "count" else f", {row['n']} replicates{items}"
        yield f"          {row['estimate']:.6g}{interval}{over}"
    if row["estimand"] == "multiplier" and row["estimate"] is not None:
        yield f"          {math.exp(row['estimate']):.2g} times the labels"
    if row["margin_needed"] is not None:
        yield f"          would be the same within a margin of {row['margin_needed']:.3g}"
    if row["p"] is not None:
        before = f" (before Holm: {row['verdict_raw']})" if row["verdict_raw"] != row["verdict"] else ""
        yield f"          p {row['p']:.2g}, {row['p_holm']:.2g} after Holm{before}"


def runs(folder: Path, rows: list[dict]) -> list[str]:
    """The runs that a claim stands on: finished ones here, or else those that the results are of."""
    found: dict[str, None] = {}
    for row in rows:
        if row["dataset"] is None:
            continue
        variants = {row["variant"], *(row["against"] or "").split(", ")}
        splits = _splits(folder / row["study"], row)
        here = [
            path.as_posix()
            for path, record in finished_runs(row["study"])
            if (record["dataset"], record["variant"]) in {(row["dataset"], name) for name in variants}
            and record["split"] in splits
        ]
        origin = folder / row["study"] / "origin.json"
        named = read_json(origin)["runs"] if not here and origin.exists() else here
        for name in named:
            parts = Path(name).parts
            if (
                len(parts) > 3
                and parts[-4] == row["dataset"]
                and parts[-3] in splits
                and parts[-2] in variants
            ):
                found[name] = None
    return list(found)


def _splits(results: Path, row: Mapping) -> set[str]:
    """The draws of a row's place."""
    path = results / "places.parquet"
    if not path.exists():
        return {row["split"]}
    places: pl.DataFrame = read_table(path)
    rows = places.filter(dataset=row["dataset"], split=row["split"])
    return {split for splits in rows["splits"].to_list() for split in splits or []} | {row["split"]}
