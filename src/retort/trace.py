"""`retort trace` says where a number of the paper is from, and the other way, what a row or a run is printed as.

It reads the ledger of numbers that the build leaves (`retort.report.register`), by the standard library only.
"""

import argparse
import difflib
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from retort.asking import AskError, print_json
from retort.files import sha256
from retort.record import hashes
from retort.sealed import read_json

LEDGER = Path("src/tex/output/ledger.json")
RESULTS = Path("data/results")
NUMBERS = "numbers"
MOST = 12  # numbers that are told in full; of more there is a line each
MOST_RUNS = 6


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `trace` to the `retort` command line."""
    parser = subparsers.add_parser(
        "trace",
        help="where a number, a table or a figure of the paper is from",
        description="Say of a number of the last build from which cell of the results it is, which rule and which runs "
        "made that, with seeds, checksums of their inputs and the commit; or of a result table or a run, which printed "
        "numbers follow from it.",
    )
    parser.add_argument(
        "what",
        nargs="+",
        metavar="WHAT",
        help=r"a macro (\\PrecursorsSelectorFive), a table or figure (transfer_main), with a row and a column of it "
        "(transfer_main CrabNet), a number as it is printed (0.058), a table of results or a run (data/...)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--ledger", type=Path, default=LEDGER, metavar="FILE", help="default: %(default)s")
    parser.set_defaults(run=command)


def command(arguments: argparse.Namespace) -> int:
    """Print what is known; 0.

    Raises:
        AskError: there is no ledger, or nothing in it is called so.
    """
    if not arguments.ledger.exists():
        raise AskError(
            f"{arguments.ledger}: no such file. Hint: a build of the paper leaves it: make paper, or "
            f"snakemake {LEDGER}"
        )
    ledger = read_json(arguments.ledger)
    what, *narrower = [text.strip().lstrip("\\") for text in arguments.what]
    what = what.removeprefix("fig:").removeprefix("tab:")
    entries = [entry for entry in find(ledger, what) if narrows(entry, narrower)]
    program = ledger["programs"].get(Path(what).stem)
    if not entries and not (program and not narrower):
        raise AskError(unknown(ledger, what, narrower))
    origins = Origins(RESULTS)
    whole = program and not narrower
    full = bool(arguments.json) or (len(entries) <= MOST and not whole)
    told = [origin(ledger, entry, origins if full else None) for entry in entries]
    if arguments.json:
        print_json({"ledger": arguments.ledger.as_posix(), "program": program, "numbers": told})
        return 0
    if program and whole:
        print("\n".join(of_program(ledger, Path(what).stem, program)))
    for each in told:
        print("\n".join(lines(each)) if full else line(each))
    return 0


# Which numbers are meant


def find(ledger: Mapping, what: str) -> list[dict]:
    """The printed numbers that are called `what`, or stand on it."""
    printed = ledger["printed"]
    stem = Path(what).stem
    if what.startswith("data/runs/"):
        return [entry for entry in printed if any(under(what, run) for run in named_runs(ledger, entry))]
    if what in ledger["tables"] or what.startswith("data/"):
        name = what.removeprefix("data/results/").removesuffix(".parquet")
        return [entry for entry in printed if any(cell[0] == name for cell in entry["cells"])]
    if what == stem and what in ledger["programs"]:
        return [entry for entry in printed if entry["in"] == what]
    if found := [entry for entry in printed if entry.get("name") in ends(what)]:
        return found
    return [entry for entry in printed if digits(entry["text"]) == digits(what)]


def ends(name: str) -> tuple[str, ...]:
    """A macro, and those of its interval."""
    return (name, f"{name}Low", f"{name}High")


def digits(text: str) -> str:
    """A number as people type it: no thin spaces, no mathematics, a plain minus."""
    return text.replace("$", "").replace("\\,", "").replace("\u2212", "-").replace(" ", "").rstrip("%")


def narrows(entry: Mapping, narrower: Iterable[str]) -> bool:
    """Whether a number of a table is what the words ask for: its row, its column, or itself."""
    words = f"{entry.get('row', '')} | {entry.get('column', '')}".lower()
    return all(word.lower() in words or digits(word) == digits(entry["text"]) for word in narrower)


def unknown(ledger: Mapping, what: str, narrower: list[str]) -> str:
    """That nothing is called so, with what is called nearly so."""
    known = {entry["name"] for entry in ledger["printed"] if "name" in entry} | set(ledger["programs"])
    if narrower and what in known:
        rows = {entry["row"] for entry in ledger["printed"] if entry["in"] == what}
        return f"{what} has no number at {', '.join(narrower)}. Hint: its rows are {'; '.join(sorted(rows))}"
    near = difflib.get_close_matches(what, known, n=3, cutoff=0.6)
    hint = (
        f"did you mean {', '.join(near)}?" if near else "name a macro, a table, a figure or a printed number."
    )
    return f"{what}: no number of this build is called or printed so. Hint: {hint}"


# What is known of one


class Origins:
    """Where the runs of each study are from; read once."""

    def __init__(self, results: Path):
        self.results, self._known = results, dict[str, dict]()

    def of(self, study: str) -> dict:
        if study not in self._known:
            path = self.results / study / "origin.json"
            made = read_json(path) if path.exists() else {"runs": {}, "commit": "unknown"}
            self._known[study] = {"commit": made["commit"], "runs": hashes(made)}
        return self._known[study]


def origin(ledger: Mapping, entry: Mapping, origins: Origins | None) -> dict[str, Any]:
    """What is known of a printed number; with `origins`, its runs as well."""
    cells = []
    for table, number, column in entry["cells"]:
        known = ledger["tables"][table]
        cells.append(
            {
                "file": known["file"],
                "column": column,
                "row": known["rows"][str(number)],
                "sha256": known["sha256"],
            }
            | {"made by": known["made by"], "unchanged": unchanged(known["file"], known["sha256"])}
        )
    runs: dict[str, dict] = {}
    wanted = named_runs(ledger, entry) if origins else set()
    for study in sorted({pattern.split("/")[2] for pattern in wanted}):
        made = origins.of(study) if origins else {}
        runs |= {
            name: {"commit": made["commit"], **known}
            for name, known in made["runs"].items()
            if any(under(pattern, name) for pattern in wanted)
        }
    rule = "collect_numbers" if entry["in"] == NUMBERS else "render_table"
    return {
        **entry,
        "cells": cells,
        "rule": rule,
        "runs": runs,
        "commit": ledger["commit"],
        "scale": ledger["scale"],
    }


@functools.cache
def unchanged(file: str, expected: str) -> bool | None:
    """Whether a result table is still the one that numbers were looked up in; None where it is gone."""
    return sha256(Path(file)) == expected if Path(file).exists() else None


def named_runs(ledger: Mapping, entry: Mapping) -> set[str]:
    """Where the runs lie that a number follows from, `*` for any name."""
    found = set()
    for table, number, column in entry["cells"]:
        study = table.partition("/")[0] if "/" in table else ""
        row = ledger["tables"][table]["rows"][str(number)]
        study = study or row.get("study", "")
        if not study or table == "published" or ledger["tables"][table]["made by"] == "lay_out":
            continue
        family = f"{row.get('dataset')}/{row.get('split')}"
        splits = ledger["places"].get(study, {}).get(family) or [row.get("split", "*")]
        variants = [row.get("variant", "*"), *filter(None, row.get("against", "").split(", "))]
        # Holm's correction and a verdict look at a whole family.
        if column in ("p_holm", "multiplier", "multiplier_low", "multiplier_high") or "dataset" not in row:
            splits, variants = ["*"], ["*"]
        seed = f"seed{row['seed']}" if "seed" in row else "*"
        found |= {
            f"data/runs/{study}/{row.get('dataset', '*')}/{split}/{variant}/{seed}"
            for split in splits
            for variant in variants
        }
    return found


def under(pattern: str, name: str) -> bool:
    """Whether a folder of a run is one of those that a pattern, or the beginning of one, means."""
    wanted, parts = pattern.rstrip("/").split("/"), name.split("/")
    return len(wanted) <= len(parts) and all(
        "*" in (one, other) or one == other for one, other in zip(wanted, parts, strict=False)
    )


# How it is said


def called(told: Mapping) -> str:
    """What a number is called: its macro, or where in a table it stands."""
    if "name" in told:
        return f"\\{told['name']}"
    return f"{told['in']}, {told['row']}" + (f", {told['column']}" if told["column"] else "")


def line(told: Mapping) -> str:
    """A number in one line."""
    cells = "; ".join(f"{cell['file']} {cell['column']} ({words(cell['row'])})" for cell in told["cells"][:1])
    more = f" and {len(told['cells']) - 1} more cells" if len(told["cells"]) > 1 else ""
    return f"{called(told)}  {digits(told['text'])}  {cells or 'a count of rows'}{more}"


def words(row: Mapping) -> str:
    """What names a row: where, which system, held against which, and the rest."""
    first = [key for key in ("study", "dataset", "split", "variant", "against") if key in row]
    return ", ".join(f"{key} {row[key]}" for key in (*first, *(key for key in row if key not in first)))


def lines(told: Mapping) -> Iterator[str]:
    """A number with all that is known of it."""
    yield f"{called(told)}  prints {digits(told['text'])}"
    if not told["cells"]:
        yield "from      a count of what the table shows; no single cell of the results"
    else:
        yield f"value     {told['value']:.17g}" + (", computed from all of these" if told["computed"] else "")
    for cell in told["cells"][:MOST]:
        state = {True: "", False: " (changed since)", None: " (gone)"}[cell["unchanged"]]
        yield f"from      {cell['file']}, column {cell['column']}{state}"
        yield f"row       {words(cell['row'])}"
        yield f"made by   {cell['made by']}; sha256 {cell['sha256'][:16]}"
    if len(told["cells"]) > MOST:
        yield f"          and {len(told['cells']) - MOST} more cells"
    yield f"printed by {told['rule']}, at scale {told['scale']}, commit {told['commit'][:10]}"
    yield from run_lines(told["runs"])


def run_lines(runs: Mapping[str, Mapping]) -> Iterator[str]:
    """The runs behind a number, those of all seeds in one line, with the checksums of what they read."""
    groups: dict[str, list[str]] = {}
    for name in runs:
        groups.setdefault(name.rpartition("/")[0], []).append(name)
    for folder, names in list(groups.items())[:MOST_RUNS]:
        seeds = ", ".join(sorted((re.sub(r".*seed", "", name) for name in names), key=int))
        facts = runs[names[0]]
        hashes = ", ".join(f"{key} {facts[key][:10]}" for key in ("prepared", "split", "settings", "code"))
        yield f"runs      {folder}, seeds {seeds}"
        commits = ", ".join(dict.fromkeys(runs[name]["commit"][:10] for name in names))
        yield f"          inputs: {hashes}; commit {commits}"
    if len(groups) > MOST_RUNS:
        yield f"          and {sum(map(len, list(groups.values())[MOST_RUNS:]))} more runs (--json has all)"


def of_program(ledger: Mapping, name: str, program: Mapping) -> Iterator[str]:
    """What is known of a whole figure or table."""
    rule = {"figure": "plot_figure", "table": "render_table"}[program["kind"]]
    yield f"{name}  {program['kind']}, drawn by {program['program']} (rule {rule}), at commit {ledger['commit'][:10]}"
    for table in program["reads"]:
        known = ledger["tables"][table]
        state = {True: "", False: " (changed since)", None: " (gone)"}[
            unchanged(known["file"], known["sha256"])
        ]
        yield f"reads     {known['file']}, made by {known['made by']}; sha256 {known['sha256'][:16]}{state}"
