"""What programs read: which table is missing is said by name, and paths have defaults."""

from pathlib import Path

import pytest

from retort.report.results import Results, figure_arguments


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
