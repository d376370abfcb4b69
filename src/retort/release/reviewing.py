"""What a reviewer of the artifact is handed: claims with commands and expected values, and `codecheck.yml`."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
import yaml

from retort.statistics.claims import SILENT

CODECHECK = "https://codecheck.org.uk/spec/config/1.0/"


def claims(
    verdicts: pl.DataFrame, *, scale: str, tolerance: Mapping[str, Mapping], minutes: Mapping[str, float]
) -> pl.DataFrame:
    """A row for each claim that was judged, against each control.

    Columns: claim, statement, verdict, command (which makes the estimate again), file, row, expected, low, high,
    tolerance (on another machine; on the record's own the bytes are equal), minutes (of one processor).

    Args:
        tolerance: of each study, by metric or `default`.
        minutes: what all runs of each study take.
    """
    rows = [
        {
            "claim": row["id"],
            "statement": row["statement"],
            "verdict": row["verdict"],
            "command": f"make results SCALE={scale} STUDY={row['study']}; retort claims {row['id']}",
            "file": "data/results/claims.parquet",
            "row": f"id {row['id']}, control {row['control']}",
            "expected": row["estimate"],
            "low": row["low"],
            "high": row["high"],
            "tolerance": _tolerance(tolerance.get(row["study"], {}), row),
            "minutes": math.ceil(minutes.get(row["study"], 0.0)),
        }
        for row in verdicts.to_dicts()
        if row["estimate"] is not None and row["verdict"] not in SILENT
    ]
    schema = {
        **dict.fromkeys(("claim", "statement", "verdict", "command", "file", "row"), pl.String),
        **dict.fromkeys(("expected", "low", "high", "tolerance"), pl.Float64),
        "minutes": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def _tolerance(allowed: Mapping[str, float], row: Mapping) -> float | None:
    """How far an estimate may lie from ours elsewhere.

    Of a level as far as a score; of a difference twice as far; of a gain, which has no unit, as far as the claim's
    margin, within which nothing was to count as a difference.
    """
    one = allowed.get(row["metric"] or "", allowed.get("default"))
    if row["estimand"] in ("gain", "slope", "multiplier") or one is None:
        return row["margin"]
    return one if row["estimand"] == "level" else 2 * one


def shown(
    programs: Mapping[str, Mapping], sums: Mapping[str, str], titles: Mapping[str, str]
) -> pl.DataFrame:
    """A row for each figure and table: command, file, what it shows, the checksum that is expected, minutes.

    Args:
        programs: of the ledger of numbers.
        sums: checksums by path.
        titles: the captions, by label.
    """
    rows = []
    for name, program in programs.items():
        figure = program["kind"] == "figure"
        file = f"src/tex/{'figures' if figure else 'tables'}/{name}.{'pdf' if figure else 'tex'}"
        rows.append(
            {
                "what": name,
                "shows": titles.get(f"{'fig' if figure else 'tab'}:{name}", "").partition(". ")[0],
                "command": f"make figure NAME={name}",
                "file": file,
                "sha256": sums[file],
                "minutes": 1,
            }
        )
    return pl.DataFrame(rows)


def shipped(path: str) -> str:
    """Where a release has what `make paper` makes in src/tex."""
    return path.replace("src/tex/", "printed/", 1)


def codecheck(facts: Mapping[str, Any], files: pl.DataFrame) -> str:
    """`codecheck.yml` as authors hand it in; what the specification asks of the codechecker is left to that person."""
    head = (
        "%YAML 1.1\n---\n"
        "# CODECHECK configuration (codecheck.org.uk), written by `make release`.\n"
        "# The codechecker adds: codechecker (a list, each with name and ORCID), report (a DOI), and may add summary,\n"
        "# check_time, certificate. Each file of the manifest is made again by `make paper`, RELEASE.md says how.\n"
    )
    value = {
        "version": CODECHECK,
        "source": f"{facts['repository']}/tree/{facts['commit']}",
        "paper": {
            "title": facts["title"],
            "authors": [{"name": facts["authors"]}],
            "reference": facts["repository"],
        },
        "manifest": [
            {"file": "pdf/ms.pdf", "comment": "the manuscript"},
            {"file": "pdf/supplement.pdf", "comment": "the supplement, with the ledger of numbers"},
            *(
                {"file": shipped(row["file"]), "comment": row["shows"] or row["what"]}
                for row in files.iter_rows(named=True)
            ),
        ],
        "repository": facts["repository"],
    }
    return head + yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)


def markdown(table: pl.DataFrame, columns: Iterable[str] | None = None) -> str:
    """A table as Markdown."""
    names = list(columns or table.columns)
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    for row in table.select(names).iter_rows():
        lines.append(f"| {' | '.join(_cell(value) for value in row)} |")
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
