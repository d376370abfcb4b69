"""Edited by hand."""

import shutil
import subprocess
import sys

import polars as pl

from retort.sealed import write_table

from ..workflow.project import Project
from .suite import Bench, fault, refused, same, shell

RECORD = "data/record/smoke/precursors"


def _edit_record(project: Project) -> None:
    """One score of the record becomes 0.999, in a Parquet file that is whole."""
    path = project.folder / RECORD / "scores.parquet"
    scores = pl.read_parquet(path)
    scores[3, "value"] = 0.999
    scores.write_parquet(path)


@fault("a score of the record is set to 0.999 and rendered", then="refused: the file is named")
def edited_record(bench: Bench) -> str:
    project = bench.rendered()
    _edit_record(project)
    return refused(project.snakemake("ms.pdf", source="record", overrides=[], check=False), "scores.parquet")


def _verify(project: Project, *options: str, **environment: str) -> subprocess.CompletedProcess:
    """`make verify` up to its rerun, which is no part of this: one that fails at once stands for it."""
    (project.folder / "Snakefile").write_text("raise WorkflowError('no rerun')\n", encoding="utf-8")
    command = [
        sys.executable,
        "workflow/verify.py",
        "smoke",
        "--cores",
        "1",
        "--study",
        "precursors",
        *options,
    ]
    return shell(project, *command, env=project.environment(**environment))


@fault("a score of the record is set to 0.999 and verified", then="named, before anything runs")
def edited_record_verified(bench: Bench) -> str:
    project = bench.rendered()
    _edit_record(project)
    return refused(_verify(project, "--here"), "scores.parquet", "changed since it was recorded")


@fault("the record's `sha256.json` is torn, then `make verify`", then="named, before anything runs")
def torn_sums(bench: Bench) -> str:
    project = bench.rendered()
    sums = project.folder / RECORD / "sha256.json"
    sums.write_text(sums.read_text(encoding="utf-8")[:100], encoding="utf-8")
    return refused(_verify(project, "--here"), "sha256.json")


@fault("`make verify` in a folder without `.git`", then="refused: what is missing")
def no_git(bench: Bench) -> str:
    project = bench.rendered()
    shutil.rmtree(project.folder / ".git")
    # Nor may a repository further up stand for it.
    return refused(_verify(project, GIT_CEILING_DIRECTORIES=str(project.folder.parent)), r"\.git")


def _edited_tex(bench: Bench, name: str, old: str, new: str) -> str:
    project = bench.rendered()
    path = project.folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} has no {old!r} to edit"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = project.snakemake("ms.pdf", source="record", overrides=[], check=False)
    if done.returncode:
        return refused(done, path.name)
    same(project, bench.printed, name, "ms.pdf")
    return "made anew"


@fault(
    "a number of `src/tex/output/numbers.tex` is edited",
    then="made anew or refused; the paper does not print it",
)
def edited_numbers(bench: Bench) -> str:
    text = (bench.printed.folder / "src/tex/output/numbers.tex").read_text(encoding="utf-8")
    line = next(
        line for line in text.splitlines() if line.startswith(r"\newcommand{\Precursors") and "}{" in line
    )
    value = line.split("}{")[-1].split("}", 1)[0]
    return _edited_tex(bench, "src/tex/output/numbers.tex", line, line.replace(f"{{{value}}}", "{99.9}"))


@fault("a cell of a generated table is edited", then="made anew or refused; the paper does not print it")
def edited_table(bench: Bench) -> str:
    return _edited_tex(bench, "src/tex/tables/precursors_main.tex", r"\bottomrule", r"99.9 & \\ \bottomrule")


@fault(
    "the margin of a claim is widened once its results were judged",
    then="refused: claim, margin, what it was",
)
def widened_margin(bench: Bench) -> str:
    project = bench.rendered()
    # Of generated data nothing is judged: a verdict stands for that of a record that has some.
    record = project.folder / "data/record/smoke/claims.parquet"
    verdicts = pl.read_parquet(record)
    row = int((verdicts["id"] == "P1").arg_true()[0])
    verdicts[row, "verdict"] = "undecided"
    write_table(verdicts, record)
    claims = project.folder / "workflow/config/claims/he2023precursor.yaml"
    text, margin = claims.read_text(encoding="utf-8"), verdicts["margin"][row]
    assert f"margin: {margin}" in text, f"P1 has no margin {margin} to widen"
    claims.write_text(text.replace(f"margin: {margin}", "margin: 0.2", 1), encoding="utf-8")
    done = project.snakemake("data/results/claims.parquet", source="record", overrides=[], check=False)
    return refused(done, f"claim P1: margin is 0.2, but was {margin}")


@fault("a result is typed into the prose", then="refused: number and place")
def typed_result(bench: Bench) -> str:
    project = bench.fresh()
    section = project.folder / "src/tex/sections/precursors.tex"
    text = section.read_text(encoding="utf-8")
    section.write_text(text + "\nThe selector reaches 83.7\\,\\% of the targets.\n", encoding="utf-8")
    done = project.snakemake("ms.pdf", options=["--dry-run"], check=False)
    return refused(done, r"sections/precursors.tex:\d+", "83.7")
