"""Results from the committed records, as `snakemake --config from=record` makes them, and programs that read them."""

import os
import runpy
import subprocess
import sys
from contextlib import chdir
from functools import cache
from pathlib import Path

import polars as pl

from retort import layout
from retort.configuration import load_once
from retort.plan import Plan
from retort.record import SUMS, recall
from retort.recorded_claims import judged
from retort.sealed import write_table
from retort.statistics.cells import families as families_of
from retort.statistics.cells import gather
from retort.statistics.contrasts import Pair, contrasts
from retort.statistics.gains import gains
from retort.statistics.operating import operate
from retort.statistics.summary import summarize

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "data/record"
SCALES = sorted(path.name for path in RECORD.iterdir() if path.is_dir())
# Programs about all studies, which no study's YAML lists.
OVERVIEW_TABLES = ("answer", "claims", "claims_headline", "costs", "datasets", "robust_gains")
OVERVIEWS = (*OVERVIEW_TABLES, "claims_forest", "loans", "operating", "synthesis")


@cache
def plan(scale: str) -> Plan:
    """The plan of a scale, from the project's configuration."""
    return Plan(
        load_once(ROOT / "workflow/config", scale=scale, overrides=[], cache=ROOT / ".snakemake/retort")
    )


def studies(scale: str) -> list[str]:
    """The studies that have a record at this scale."""
    return sorted(study for study in plan(scale).config["study"] if (RECORD / scale / study).is_dir())


def programs(scale: str) -> dict[str, str | None]:
    """Each program of src/scripts that can be run from the records of a scale, with its study (None: of all)."""
    blocks = plan(scale).config["study"]
    return dict.fromkeys(OVERVIEWS) | {
        name: study for study in studies(scale) for name in blocks[study]["figures"] + blocks[study]["tables"]
    }


def is_table(script: str) -> bool:
    """Whether a program writes a table."""
    blocks = plan(SCALES[0]).config["study"].values()
    return script in OVERVIEW_TABLES or any(script in block["tables"] for block in blocks)


def make(scale: str, folder: Path) -> Path:
    """All results of a scale in the new `folder`, from its records."""
    for study in studies(scale):
        record = RECORD / scale / study
        files = (path for path in record.rglob("*") if path.is_file() and path.name != SUMS)
        recall(record, files, folder / study)
        derive(scale, study, folder)
    finish(scale, folder)
    return folder


def derive(scale: str, study: str, folder: Path) -> None:
    """Write what follows from a study's scores, items and places: levels, comparisons, gains."""
    results = folder / study
    scores, places, metrics = (
        pl.read_parquet(results / f"{name}.parquet") for name in ("scores", "places", "metrics")
    )
    files = sorted((results / "items").glob("*.parquet"))
    items = pl.concat(map(pl.read_parquet, files)) if files else pl.DataFrame()
    cells = gather(scores, items, metrics, families_of(places))
    titles = {(family, *pair): title for family, *pair, title in plan(scale).contrast_titles(study)}
    families = {
        family: [Pair(*pair, titles.get((family, *pair))) for pair in pairs]
        for family, pairs in plan(scale).families(study).items()
    }
    loans = plan(scale).config["study"][study]["loans"]
    write_table(summarize(cells), results / "summary.parquet")
    write_table(contrasts(cells, families), results / "contrasts.parquet")
    write_table(gains(cells, loans, places), results / "gains.parquet")


def finish(scale: str, folder: Path) -> None:
    """Write the tables of all studies together: quoted values, and claims with their verdicts."""
    config = plan(scale).config
    write_table(layout.published(config["published"]), folder / "published.parquet")
    write_table(operate(seed=config["seed"], cases=10), folder / "operating.parquet")
    write_table(judged(config, folder), folder / "claims.parquet")


# Running programs.


def output(script: str, folder: Path) -> Path:
    """Where a program writes in `folder`."""
    return folder / f"{script}.{'tex' if is_table(script) else 'pdf'}"


def arguments(script: str, study: str | None, results: Path, folder: Path) -> list[str]:
    """The command line of a program that reads `results`, a folder of all studies."""
    source = results / study if study else results
    return ["--results", str(source), "--output", str(output(script, folder))]


def run(script: str, study: str | None, results: Path, folder: Path) -> Path:
    """Run a program; returns what it wrote. It works in `folder`, so that it can read nothing but the results."""
    with chdir(folder):
        runpy.run_path(str(ROOT / f"src/scripts/{script}.py"))["main"](
            arguments(script, study, results, folder)
        )
    return output(script, folder)


ELSEWHERE = """
import runpy, traceback
for path, given in {calls!r}:
    try:
        runpy.run_path(path)["main"](given)
    except Exception:
        traceback.print_exc()
"""


def run_elsewhere(names: dict[str, str | None], results: Path, folder: Path) -> Path:
    """Run all programs in another process with other string hashes and one thread; returns `folder`.

    A program that fails leaves nothing there, so that only its own test fails.
    """
    calls = [
        (str(ROOT / f"src/scripts/{script}.py"), arguments(script, study, results, folder))
        for script, study in names.items()
    ]
    environment = os.environ | {"PYTHONHASHSEED": "7", "POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-c", ELSEWHERE.format(calls=calls)]
    subprocess.run(command, check=True, cwd=folder, env=environment)
    return folder
