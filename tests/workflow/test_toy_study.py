"""A study that is dropped in as files reaches its figure and table, and docs/new-study.md shows these very files."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from ..report.records import SCALES
from ..report.tex import cells
from .project import ROOT, Project

TOY = Path(__file__).with_name("toy_study")
FILES = sorted(
    path.relative_to(TOY).as_posix() for path in TOY.rglob("*") if path.is_file() and path.suffix != ".pyc"
)
PAGE = ROOT / "docs/new-study.md"
BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RESULTS = "data/results/toy"


def recorded(scale: str) -> list[str]:
    """The studies that have a record at this scale."""
    return sorted(path.parent.name for path in (ROOT / "data/record" / scale).glob("*/sha256.json"))


@pytest.fixture(scope="module")
def toy(untouched, tmp_path_factory) -> Project:
    """A project into which the toy study was dropped, and which ran it."""
    project = untouched.copy(tmp_path_factory.mktemp("toy") / "retort")
    shutil.copytree(TOY, project.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    project.snakemake("toy")
    return project


def git(project: Project, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", "-C", project.folder, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def test_it_reaches_its_figure_and_table_and_no_file_of_the_project_changes(toy):
    assert (toy.folder / "src/tex/figures/toy_parity.pdf").read_bytes().startswith(b"%PDF")
    assert (toy.folder / "src/tex/tables/toy_main.tex").read_text().count(r"\\") > 4
    assert git(toy, "diff", "HEAD", "--stat") == []
    assert git(toy, "ls-files", "--others", "--exclude-standard") == FILES


def test_its_table_prints_its_summary_and_contrasts(toy):
    summary = pl.read_parquet(toy.folder / RESULTS / "summary.parquet")
    level = summary.filter(split="random-10", variant="borrowed", part="test", metric="mae")["mean"].item()
    contrasts = pl.read_parquet(toy.folder / RESULTS / "contrasts.parquet")
    here = contrasts.filter(
        split="random-10", variant="borrowed", against="ridge", family="control", part="test", metric="mae"
    )
    (row,) = here.to_dicts()
    # Each number leads to the ledger, which knows it.
    linked = (toy.folder / "src/tex/tables/toy_main.tex").read_text()
    printed = cells(re.sub(r"\\fromledger\{toy_main\}\{([^{}]*)\}", r"\1", linked))[-1]
    account = json.loads((toy.folder / "src/tex/tables/toy_main.json").read_text())
    assert all(entry["cells"] for entry in account["printed"])
    assert len(account["printed"]) == linked.count("fromledger")
    assert printed[0] == "ridge regression from the library's coefficients"
    assert printed[3] == f"{level:.3f}"
    assert printed[4].startswith(f"$-${-row['difference']:.3f} ")
    # What is borrowed helps where labels are scarce, beyond three draws and the test rows: the data are made so.
    assert (row["n"], row["n_items"]) == (3, 48)
    assert row["high"] < 0
    assert 0.01 < row["p"] < 0.05


def test_a_second_call_has_nothing_to_do(toy):
    assert "Nothing to be done" in toy.snakemake("toy").stdout


def test_its_command_answers_from_its_runs(toy):
    command = [sys.executable, "-m", "retort.cli", "toy", "Fe50Ni50"]
    done = subprocess.run(
        command, cwd=toy.folder, env=toy.environment(), capture_output=True, text=True, check=True
    )
    hardness = float(re.fullmatch(r"Fe50Ni50: (\d\.\d\d) GPa\n", done.stdout)[1])
    assert 0.5 < hardness < 1.6


@pytest.mark.parametrize("scale", SCALES)
def test_without_a_record_it_is_left_out_of_a_paper_from_the_record(toy, scale):
    done = toy.snakemake("all", scale=scale, source="record", overrides=[], options=["--dry-run"])
    (line,) = [line for line in done.stdout.splitlines() if "Left out of the paper" in line]
    assert "toy" in line
    assert f"data/record/{scale}" in line
    (recalled,) = re.findall(r"^recall +(\d+)$", done.stdout, re.MULTILINE)[:1]
    assert int(recalled) == len(recorded(scale))
    assert "toy_main" not in done.stdout
    assert "sections/toy.tex" not in done.stdout


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_left_out_neither_stamps_the_paper_nor_voids_its_claims(toy, tmp_path, scale):
    numbers, claims = "src/tex/output/numbers.tex", "data/results/claims.parquet"
    toy = toy.copy(tmp_path / "retort")
    kept = "precursors" if "precursors" in recorded(scale) else recorded(scale)[0]
    for study in recorded(scale):
        if study != kept:  # one that is left in is enough
            shutil.rmtree(toy.folder / "data/record" / scale / study)
    toy.snakemake(numbers, claims, scale=scale, source="record", overrides=[])
    text = (toy.folder / numbers).read_text()
    # The data of the toy are generated; those of the paper are so in smoke tests only.
    generated = scale == "smoke"
    assert ("\\generatedtrue" in text, "\\generatedfalse" in text) == (generated, not generated)
    assert "\\newcommand{\\ToyGainFew}{n/a}" in text
    assert "\\newcommand{\\ToyGainFewSign}{0}" in text
    verdicts = pl.read_parquet(toy.folder / claims)
    assert ("generated data" in set(verdicts["reason"])) == generated
    # Those of studies that are left out are not in the ledger.
    assert set(verdicts["study"]) == {kept}


def test_without_one_of_its_modules_it_stops_before_any_job(toy):
    module = toy.folder / "src/retort/studies/toy/benchmark.py"
    kept = module.read_text()
    module.unlink()
    try:
        done = toy.snakemake("toy", check=False)
    finally:
        module.write_text(kept)
    assert done.returncode != 0
    assert "benchmark.py" in done.stdout
    assert "Hint" in done.stdout


@pytest.mark.parametrize(("file", "text"), BLOCK.findall(PAGE.read_text()))
def test_the_page_shows_what_stands_in_the_files(file, text):
    content = (TOY / file).read_text()
    for excerpt in text.split("...\n"):
        assert excerpt in content, file


def test_the_page_shows_every_kind_of_file():
    shown = {file for file, _ in BLOCK.findall(PAGE.read_text())}
    left_out = {name for name in FILES if name.endswith(("__init__.py", "data.py", "schema.yaml", ".tex"))}
    left_out |= {"workflow/config/dataset/toy_library.yaml", "src/scripts/toy_parity.py"}
    assert shown == set(FILES) - left_out
