"""`retort trace` says where a number of the paper is from, and the other way, what a row or a run is printed as.

It reads the ledger of numbers that the build leaves (`retort.report.register`), by the standard library only.
"""

import argparse
import difflib
import functools
import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from retort.asking import AskError, print_json
from retort.files import sha256
from retort.record import hashes
from retort.sealed import read_json
from retort.trace_lines import MOST, digits, line, lines, program_line, program_lines, words

LEDGER = Path("src/tex/output/ledger.json")
RESULTS = Path("data/results")
NUMBERS = "numbers"
WHOLE_FAMILY = {"p_holm", "multiplier", "multiplier_low", "multiplier_high"}
RULES = {"figure": "plot_figure", "table": "render_table"}


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add `trace` to the `retort` command line."""
    parser = subparsers.add_parser(
        "trace",
        help="where a number, a table or a figure of the paper is from",
        description="Say of a number of the last build from which cell of the results it is, which rule and which runs "
        "made that, with seeds, checksums of their inputs and the commit, and of a figure which rows it draws; or of a "
        "result table or a run, which printed numbers and figures follow from it.",
    )
    parser.add_argument(
        "what",
        nargs="+",
        metavar="WHAT",
        help=r"a macro (\\PrecursorsSelectorFive), a table or figure (transfer_main), with a row and a column of it "
        "or a variant of it (transfer_main CrabNet), a number as it is printed (0.058), a table of results or a run "
        "(data/...)",
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
    figures = drawing(ledger, what, narrower)
    # A whole table has a line a number; a figure of which nothing is named draws no result.
    whole = None if narrower else ledger["programs"].get(Path(what).stem)
    if not entries and not figures and not whole:
        raise AskError(unknown(ledger, what, narrower))
    origins = Origins(RESULTS)
    full = bool(arguments.json) or (len(entries) <= MOST and not whole)
    told = [origin(ledger, entry, origins if full else None) for entry in entries]
    programs: dict[str, list] = {Path(what).stem: []} if whole else {}
    shown = [of_program(ledger, name, groups, origins) for name, groups in (programs | figures).items()]
    if arguments.json:
        print_json({"ledger": arguments.ledger.as_posix(), "programs": shown, "numbers": told})
        return 0
    for program in shown:
        print("\n".join(program_lines(program)) if len(shown) == 1 else program_line(program))
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
        return [entry for entry in printed if any(cell[0] == table_name(what) for cell in entry["cells"])]
    if what == stem and what in ledger["programs"]:
        return [entry for entry in printed if entry["in"] == what]
    if found := [entry for entry in printed if entry.get("name") in ends(what)]:
        return found
    return [entry for entry in printed if digits(entry["text"]) == digits(what)]


def drawing(ledger: Mapping, what: str, narrower: Iterable[str]) -> dict[str, list[dict]]:
    """The figures that are called `what`, or draw it, with the rows that are meant."""

    def meant(name: str, group: Mapping) -> bool:
        if what.startswith("data/runs/"):
            return any(
                under(what, run) for run in runs_of(ledger, group["table"], group["row"], group["columns"])
            )
        return what == name or group["table"] == table_name(what)

    found = {
        name: [
            group
            for group in program["drawn"]
            if meant(name, group) and all(word.lower() in words(group["row"]).lower() for word in narrower)
        ]
        for name, program in ledger["programs"].items()
    }
    return {name: groups for name, groups in found.items() if groups}


def table_name(file: str) -> str:
    """What the ledger calls a table of results."""
    return file.removeprefix("data/results/").removesuffix(".parquet")


def ends(name: str) -> tuple[str, ...]:
    """A macro, and those of its interval."""
    return (name, f"{name}Low", f"{name}High")


def narrows(entry: Mapping, narrower: Iterable[str]) -> bool:
    """Whether a number of a table is what the words ask for: its row, its column, or itself."""
    words = f"{entry.get('row', '')} | {entry.get('column', '')}".lower()
    return all(word.lower() in words or digits(word) == digits(entry["text"]) for word in narrower)


def unknown(ledger: Mapping, what: str, narrower: list[str]) -> str:
    """That nothing is called so, with what is called nearly so."""
    known = {entry["name"] for entry in ledger["printed"] if "name" in entry} | set(ledger["programs"])
    if narrower and what in known:
        rows = {entry["row"] for entry in ledger["printed"] if entry["in"] == what}
        drawn = ledger["programs"][what]["drawn"] if what in ledger["programs"] else []
        rows |= {group["row"]["variant"] for group in drawn if "variant" in group["row"]}
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

    def runs(self, wanted: set[str]) -> dict[str, dict]:
        """The runs that some patterns mean, each with its commit and the checksums of what it read."""
        found = {}
        for study in sorted({pattern.split("/")[2] for pattern in wanted}):
            made = self.of(study)
            for name, known in made["runs"].items():
                start, parts = name.split("/")[:3], name.split("/")[3:]
                if any(
                    "/".join((*start, *each)) in wanted
                    for each in itertools.product(*((part, "*") for part in parts))
                ):
                    found[name] = {"commit": made["commit"], **known}
        return found


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
    rule = "collect_numbers" if entry["in"] == NUMBERS else "render_table"
    return {
        **entry,
        "cells": cells,
        "rule": rule,
        "runs": origins.runs(named_runs(ledger, entry)) if origins else {},
        "commit": ledger["commit"],
        "scale": ledger["scale"],
    }


def of_program(ledger: Mapping, name: str, groups: list[dict], origins: Origins) -> dict[str, Any]:
    """What is known of a figure or a table, and of the rows that a figure draws."""
    program = ledger["programs"][name]
    files = {
        table: {key: ledger["tables"][table][key] for key in ("file", "sha256", "made by")}
        for table in program["reads"]
    }
    wanted = {
        run for group in groups for run in runs_of(ledger, group["table"], group["row"], group["columns"])
    }
    return {
        "name": name,
        **{key: program[key] for key in ("kind", "program", "numbers")},
        "rule": RULES[program["kind"]],
        "reads": [{**file, "unchanged": unchanged(file["file"], file["sha256"])} for file in files.values()],
        "drawn": [{"file": files[group["table"]]["file"], **group} for group in groups],
        "runs": origins.runs(wanted),
        "commit": ledger["commit"],
        "scale": ledger["scale"],
    }


@functools.cache
def unchanged(file: str, expected: str) -> bool | None:
    """Whether a result table is still the one that numbers were looked up in; None where it is gone."""
    return sha256(Path(file)) == expected if Path(file).exists() else None


def named_runs(ledger: Mapping, entry: Mapping) -> set[str]:
    """Where the runs lie that a number follows from, `*` for any name."""
    return {
        run
        for table, number, column in entry["cells"]
        for run in runs_of(ledger, table, ledger["tables"][table]["rows"][str(number)], [column])
    }


def runs_of(ledger: Mapping, table: str, row: Mapping, columns: Iterable[str]) -> set[str]:
    """Where the runs lie that some values of a row of results follow from, `*` for any name."""
    study = table.partition("/")[0] if "/" in table else row.get("study", "")
    if not study or table == "published" or ledger["tables"][table]["made by"] == "lay_out":
        return set()
    family = f"{row.get('dataset')}/{row.get('split')}"
    splits = ledger["places"].get(study, {}).get(family) or [row.get("split", "*")]
    variants = [row.get("variant", "*"), *filter(None, row.get("against", "").split(", "))]
    # Holm's correction and a verdict look at a whole family.
    if WHOLE_FAMILY & set(columns) or "dataset" not in row:
        splits, variants = ["*"], ["*"]
    seed = f"seed{row['seed']}" if "seed" in row else "*"
    return {
        f"data/runs/{study}/{row.get('dataset', '*')}/{split}/{variant}/{seed}"
        for split in splits
        for variant in variants
    }


def under(pattern: str, name: str) -> bool:
    """Whether a folder of a run is one of those that a pattern, or the beginning of one, means."""
    wanted, parts = pattern.rstrip("/").split("/"), name.split("/")
    return len(wanted) <= len(parts) and all(
        "*" in (one, other) or one == other for one, other in zip(wanted, parts, strict=False)
    )
