"""The programs of src/scripts run on made-up results, at a full and a small grid, and repeat themselves to the byte."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import fixture
import polars as pl
import pytest

from retort.report.results import Results, figure_arguments

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "src/scripts").glob("*.py"))
OVERVIEWS = {"datasets", "costs", "claims"}
MINE = [path for path in SCRIPTS if path.stem.startswith("precursors_") or path.stem in OVERVIEWS]
SMALL = ("selector", "raw-common-first")


def draws(script):
    return "style.save" in script.read_text()


def output(script, folder):
    return folder / f"{script.stem}.{'pdf' if draws(script) else 'tex'}"


def arguments(script, results, folder):
    source = results.parent if script.stem in OVERVIEWS else results
    return ["--results", str(source), "--output", str(output(script, folder))]


def run(script, results, folder):
    runpy.run_path(str(script))["main"](arguments(script, results, folder))
    return output(script, folder)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("full"), targets=120)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return fixture.make(tmp_path_factory.mktemp("small"), targets=30, variants=SMALL)


@pytest.fixture(scope="module")
def elsewhere(full, tmp_path_factory):
    """All outputs again, from another process with other string hashes."""
    folder = tmp_path_factory.mktemp("again")
    calls = [(str(script), arguments(script, full, folder)) for script in MINE]
    code = f"import runpy\nfor path, given in {calls!r}: runpy.run_path(path)['main'](given)"
    environment = os.environ | {"PYTHONHASHSEED": "7", "POLARS_MAX_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=environment)
    return folder


@pytest.mark.parametrize("script", MINE, ids=lambda path: path.stem)
def test_same_bytes_twice(script, full, elsewhere, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert run(script, full, tmp_path).read_bytes() == output(script, elsewhere).read_bytes()


@pytest.mark.parametrize("script", MINE, ids=lambda path: path.stem)
def test_small_grid(script, small, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert run(script, small, tmp_path).stat().st_size > 200


@pytest.mark.parametrize("script", [path for path in MINE if not draws(path)], ids=lambda path: path.stem)
def test_tables_are_well_formed(script, full, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    tex = run(script, full, tmp_path).read_text()
    bare = re.sub(r"\\[{}]", "", tex)
    assert bare.count("{") == bare.count("}")
    assert tex.count(r"\begin{tabular}") == tex.count(r"\end{tabular}") == 1
    preamble = re.search(r"\\begin\{tabular\}\{(.*)\}\n", tex)[1]
    preamble = re.sub(r"@\{[^}]*\}|>\{[^}]*\}|p\{[^}]*\}", lambda m: "l" if m[0][0] == "p" else "", preamble)
    body = tex.split(r"\midrule")[1].split(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert rows
    for row in rows:
        assert len(re.findall(r"(?<!\\)&", row)) + 1 == len(preamble), row
    assert not re.search(r"(?<=[& ])(nan|None|inf)(?= *[&\\\\])", tex)


def test_published_value_stands_beside_its_own_data_only(full, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
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
