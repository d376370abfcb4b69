"""Keep the results of a scale as its record, after a run: `python workflow/record.py laptop [--study transfer]`.

With `--only plan` what the plan says of places, systems, metrics and data sets is renewed and nothing else, as when a
title changed; with `--only costs` what runs took on this machine; with `--only models` the small models that commands
of `retort` answer with, as far as they were made here. All are refused where the configuration has other runs, or other
settings of a system, than the record.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import polars as pl
from alone import WorkflowError, alone
from make import models
from model import run_of

from retort.asking import kept
from retort.configuration import load
from retort.files import DamagedFile, check_manifest, write_whole
from retort.plan import Plan
from retort.record import (
    FOLDERS,
    MACHINES,
    MODEL_FILES,
    MODELS,
    PLAN,
    SUMS,
    TABLES,
    demand_unedited,
    read_origin,
    read_table,
    sums,
)
from retort.recorded_claims import CLAIMS, LedgerError, changed, demand_margins, judged
from retort.recorded_claims import MEND as ACCEPT
from retort.runs import RUNS, Run
from retort.sealed import opened, read_json, write_table
from retort.sealed import read_table as read_sealed
from retort.training.run import machine_identity

RESULTS = [*(f"{table}.parquet" for table in TABLES), "origin.json"]
MEASURED = ["costs.parquet", "timings.parquet"]
# What may be renewed alone: which files, and where results have them.
ONLY = {
    "plan": ([f"{table}.parquet" for table in PLAN], "."),
    "costs": (MEASURED, "measured"),
    "machine": (["scores.parquet", "origin.json"], "."),
    "models": ([], "."),
}
LIMIT = 1_000_000  # bytes; larger files do not belong into git
SMALL = 400_000  # bytes of a model that is kept; others are made by `make model`


def keep(results: Path, part: Path, record: Path, plan: Plan) -> None:
    """Copy all results of a study to a new folder, if they are those of the plan."""
    made = set(read_json(results / "origin.json")["runs"])
    _same(results, "runs", made, {str(run.folder) for run in plan.runs(results.name)})
    for name in FOLDERS:
        check_manifest(results / name)
    inside = [path.relative_to(results) for name in FOLDERS for path in (results / name).glob("*.parquet")]
    for name in [*RESULTS, *inside]:
        write_whole(part / name, opened(results / name))
    for name in MEASURED:
        write_whole(part / name, opened(results / "measured" / name))
    keep_models(part, plan, record)


def renew(what: str, results: Path, part: Path, record: Path, plan: Plan) -> None:
    """Copy a record to a new folder, with some of its tables from the results: a key of `ONLY`."""
    demand_unedited(record)
    known = set(read_origin(record)["runs"])
    _same(record, "runs", known, {str(run.folder) for run in plan.runs(record.name)})
    old = _settings(record / "systems.parquet")
    # Models need no results: what they were made with is compared with the configuration itself.
    new = _planned(plan, record.name) if what == "models" else _settings(results / "systems.parquet")
    variants = {Path(folder).parent.name for folder in known}
    _same(
        record, "settings", *({item for item in each.items() if item[0] in variants} for each in (old, new))
    )
    shutil.copytree(record, part, ignore=shutil.ignore_patterns(SUMS))
    names, folder = ONLY[what]
    inside = part / machine_of(results) if what == "machine" else part
    for name in names:
        write_whole(inside / name, opened(results / folder / name))
    if what == "models":
        keep_models(part, plan, record)


def _settings(systems: Path) -> dict[str, str]:
    return dict(read_table(systems).select("variant", "settings").iter_rows())


def _planned(plan: Plan, study: str) -> dict[str, str]:
    return {one["variant"]: json.dumps(one["settings"], sort_keys=True) for one in plan.systems(study)}


def keep_models(part: Path, plan: Plan, record: Path) -> None:
    """Copy the runs that commands answer with, and what they stand on, where they were made here and are small."""
    study = record.name
    if record != kept(study).parent:  # from where they answer
        return
    for name, block in models().items():
        if block["study"] != study or "place" not in block:
            continue
        asked = run_of(plan, name, block, record)
        stands_on = [used for each in plan.uses(asked).values() for used in each]
        if not all(_small(run) for run in (asked, *stands_on)):
            continue
        # Predictions say how good an answer is; of what one stands on they are not asked for.
        files = [(asked, "predictions.parquet")]
        files += [(run, file) for run in (asked, *stands_on) for file in MODEL_FILES]
        for run, file in files:
            inside = run.folder.relative_to(RUNS / study) / file
            write_whole(part / MODELS / inside, opened(run.folder / file))


def _small(run: Run) -> bool:
    """Whether a run was made here and its model is of a size that is kept."""
    model = run.folder / MODEL_FILES[0]
    return model.exists() and model.stat().st_size <= SMALL


def machine_of(results: Path) -> Path:
    """Where in the record of another machine this one's scores lie."""
    found = read_json(results / "origin.json")["machine"]
    if len(found) != 1:
        sys.exit(
            f"{results}: runs of the machines {', '.join(found)}, expected one. Hint: run all of them here."
        )
    return Path(MACHINES, *found)


def _same(record: Path, what: str, recorded: set, configured: set) -> None:
    if moved := sorted(recorded ^ configured):
        sys.exit(
            f"{record}: the {what} there are not those of the configuration; {len(moved)} differ, the first is "
            f"{moved[0]}. Hint: make record runs them again."
        )


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Keep the results of a scale as its record.")
    parser.add_argument("scale")
    parser.add_argument("--study", default="*")
    parser.add_argument("--only", choices=ONLY, help="renew some tables of the record, and leave the rest")
    arguments = parser.parse_args(argv)
    plan = Plan(load(Path("workflow/config"), arguments.scale))
    for study in sorted(plan.config["study"]):
        results, target = Path("data/results", study), Path("data/record", arguments.scale, study)
        if arguments.study not in ("*", study) or (arguments.only and not target.is_dir()):
            continue
        if arguments.only == "machine" and read_origin(target)["machine"] == [machine_identity()]:
            print(f"{target}: made on this machine")
            continue
        part = target.with_name(target.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            if arguments.only:
                renew(arguments.only, results, part, target, plan)
            else:
                keep(results, part, target, plan)
        except (DamagedFile, FileNotFoundError) as error:
            shutil.rmtree(part, ignore_errors=True)
            sys.exit(str(error))
        files = sorted(file for file in part.rglob("*") if file.is_file())
        for file in files:
            if (size := file.stat().st_size) > LIMIT:
                shutil.rmtree(part)
                sys.exit(f"{file}: {size} bytes, expected at most {LIMIT}. Hint: keep less per item.")
        (part / SUMS).write_text(json.dumps(sums(part), indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        print(f"{target}: {len(files) + 1} files")
    if not arguments.only:
        study = None if arguments.study == "*" else arguments.study
        try:
            keep_claims(
                Path("data/results"), Path("data/record", arguments.scale, CLAIMS), plan.config, study
            )
        except (LedgerError, DamagedFile) as error:
            sys.exit(str(error))


def keep_claims(results: Path, record: Path, config: dict, study: str | None) -> None:
    """Keep the verdicts as well, of one study beside those of the others, unless one changed that nobody accepted."""
    new = judged(config, results, study)
    demand_margins(config["claims"], record, config["acknowledged"])
    lines = changed(record, new, config["acknowledged"])
    if lines:
        print("".join(f"{line}\n" for line in lines), end="", file=sys.stderr)
        sys.exit(
            f"{record}: not kept, {len(lines)} verdicts changed. Hint: {ACCEPT}; then make record again."
        )
    if study is not None and record.exists():
        others = read_sealed(record).filter(pl.col("study") != study)
        new = pl.concat([others, new]) if others.height else new
    write_table(new, record)
    print(f"{record}: the verdicts on {new['id'].n_unique()} claims")


if __name__ == "__main__":
    try:
        alone(Path.cwd())
    except WorkflowError as error:
        sys.exit(str(error))
    main()
