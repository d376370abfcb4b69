"""The programs of src/scripts run on made-up results, at a full and a small grid, and repeat themselves to the byte."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from retort.report.results import Results, figure_arguments

from . import fixture, programs
from .programs import OVERVIEWS, ROOT, check_table, is_table, output, run_elsewhere

SCRIPTS = sorted((ROOT / "src/scripts").glob("*.py"))
MINE = [path for path in SCRIPTS if path.stem.startswith("precursors_") or path.stem in OVERVIEWS]
SMALL = ("selector", "raw-common-first")


def run(script, results, folder):
    return programs.run(script, results, folder, home=ROOT)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("full"), targets=120)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("small"), targets=30, variants=SMALL)


@pytest.fixture(scope="module")
def elsewhere(full, tmp_path_factory):
    """All outputs again, from another process with other string hashes."""
    return run_elsewhere(MINE, full, tmp_path_factory.mktemp("again"), home=ROOT)


@pytest.mark.parametrize("script", MINE, ids=lambda path: path.stem)
def test_same_bytes_twice(script, full, elsewhere, tmp_path):
    assert run(script, full, tmp_path).read_bytes() == output(script, elsewhere).read_bytes()


@pytest.mark.parametrize("script", MINE, ids=lambda path: path.stem)
def test_small_grid(script, small, tmp_path):
    assert run(script, small, tmp_path).stat().st_size > 200


@pytest.mark.parametrize("script", [path for path in MINE if is_table(path)], ids=lambda path: path.stem)
def test_tables_are_well_formed(script, full, tmp_path):
    check_table(run(script, full, tmp_path).read_text())


def test_published_value_stands_beside_its_own_data_only(full, tmp_path):
    script = ROOT / "src/scripts/precursors_main.py"
    assert "published" in run(script, full, tmp_path).read_text()
    renamed = tmp_path / "other"
    renamed.mkdir()
    for name in ("scores", "summary"):
        table = pl.read_parquet(full / f"{name}.parquet").with_columns(dataset=pl.lit("generated"))
        table.write_parquet(renamed / f"{name}.parquet")
    assert "published" not in run(script, renamed, tmp_path).read_text()


def test_what_is_missing_is_named(tmp_path, capsys):
    with pytest.raises(FileNotFoundError, match=r"scores\.parquet.*snakemake results"):
        _ = Results(tmp_path, "precursors").scores
    with pytest.raises(SystemExit):
        figure_arguments("precursors_map.py", "precursors", ["--results", str(tmp_path / "no")])
    assert "not a folder" in capsys.readouterr().err


def test_default_paths(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/results/precursors").mkdir(parents=True)
    results, path = figure_arguments("src/scripts/precursors_map.py", "precursors", [])
    assert results.folder == Path("data/results/precursors")
    assert path == Path("src/tex/figures/precursors_map.pdf")


def test_draws_of_a_split_share_a_row_and_a_data_set_is_named_once(small, tmp_path):
    table = pl.read_parquet(small / "datasets.parquet")
    draws = [
        table.with_columns(split=pl.lit(split), rows=pl.col("rows") + more)
        for split, more in (("random-0", 0), ("random-1", 7), ("published-05", 0), ("published", 0))
    ]
    folder = tmp_path / "results" / small.name
    shutil.copytree(small, folder)
    pl.concat(draws).write_parquet(folder / "datasets.parquet")
    rows = programs.cells(run(ROOT / "src/scripts/datasets.py", folder, tmp_path).read_text())
    assert [row[1] for row in rows[:3]] == ["published", "published-05", "random"]
    assert [bool(row[0]) for row in rows[:3]] == [True, False, False]
    assert [row[5] for row in rows[:3]] == ["12", "", ""]
    assert rows[2][4].replace(r"\,", "") == "2934--2941"
