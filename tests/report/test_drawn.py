"""Each figure names the cells that it draws: proven by changing cells and drawing it again.

All cells that a figure does not name are changed at once, and its bytes must stay; of those that figures name, some of
each are changed one at a time, and it must become another one.
"""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from retort.report import tracing
from retort.report.accounts import PLANNED, run_program
from retort.report.tracing import COUNTS, NAMES, Cell, Recorder, twins
from retort.sealed import read_table, write_table

from . import records

CHANGES = 50
SEED = 16


def numbers(text: str) -> Iterator[int]:
    """The whole numbers that `ranges` wrote."""
    for part in text.split(", "):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def measured(name: str, table: pl.DataFrame) -> list[str]:
    """The columns of a result table that hold measured values."""
    kind_of_table = name.rpartition("/")[2]
    if kind_of_table in (*PLANNED, "published"):
        return []
    return [
        column
        for column, kind in table.schema.items()
        if (kind.is_float() or (column in COUNTS[:2] and kind.is_integer()))
        and column not in NAMES.get(kind_of_table, ())
    ]


class Figures:
    """All figures from a folder of results: their accounts, their bytes, and how they are now."""

    def __init__(self, scale: str, root: Path, scratch: Path):
        self.root, self.scratch = root, scratch
        programs = records.programs(scale)
        self.studies = {name: programs[name] for name in programs if not records.is_table(name)}
        self.accounts = {name: run_program(*self.program(name), root) for name in self.studies}
        self.before = {name: self.program(name)[2].read_bytes() for name in self.studies}
        self.named = {
            name: {
                Cell(group["table"], row, column)
                for group in account["drawn"]
                for column in group["columns"]
                for row in numbers(group["rows"])
            }
            for name, account in self.accounts.items()
        }

    def program(self, name: str) -> tuple[Path, list[str], Path]:
        source = self.root / (self.studies[name] or "")
        return (
            records.ROOT / f"src/scripts/{name}.py",
            ["--results", str(source)],
            self.scratch / f"{name}.pdf",
        )

    def changed(self, name: str) -> bool:
        """Whether a figure is another one now."""
        program, arguments, output = self.program(name)
        tracing.run(program, ["--output", str(output), *arguments], Recorder(self.root))
        return output.read_bytes() != self.before[name]

    def change(self, table: str, cells: dict[str, np.ndarray]) -> bytes:
        """Change the values of some rows (a mask for each column) of a table; returns the file as it was."""
        path = self.root / f"{table}.parquet"
        before, read = path.read_bytes(), read_table(path)
        write_table(
            read.with_columns(
                pl.when(pl.Series(rows))
                .then(2 * pl.col(column) + 1)
                .otherwise(pl.col(column))
                .cast(read.schema[column])
                .alias(column)
                for column, rows in cells.items()
            ),
            path,
        )
        return before


@pytest.fixture(scope="module", params=records.SCALES)
def figures(request, results, tmp_path_factory):
    root = shutil.copytree(results(request.param), tmp_path_factory.mktemp("drawn") / "results")
    return Figures(request.param, root, tmp_path_factory.mktemp("scratch"))


def test_what_a_figure_does_not_name_does_not_change_it(figures):
    wrong = []
    for name, account in figures.accounts.items():
        before = {}
        for table in account["reads"]:
            read = read_table(figures.root / f"{table}.parquet")
            first = twins(table, read)
            others = {
                column: ~np.isin(
                    np.arange(read.height) if column == "p_holm" else first,
                    [
                        cell.row
                        for cell in figures.named[name]
                        if (cell.table, cell.column) == (table, column)
                    ],
                )
                for column in measured(table, read)
            }
            before[table] = figures.change(table, others)
        try:
            wrong += [name] if figures.changed(name) else []
        finally:
            for table, content in before.items():
                (figures.root / f"{table}.parquet").write_bytes(content)
    assert wrong == []


@pytest.mark.parametrize("figures", ["smoke"], indirect=True)
def test_what_figures_name_changes_them(figures):
    drawing: dict[Cell, list[str]] = {}
    for name, cells in figures.named.items():
        for cell in cells - {cell for cell in cells if cell.table == "published"}:
            drawing.setdefault(cell, []).append(name)
    draw = random.Random(SEED)
    chosen = [draw.choice(sorted(cells & drawing.keys())) for cells in figures.named.values() if cells]
    chosen += draw.sample(sorted(drawing), CHANGES - len(chosen))
    stayed = []
    for cell in chosen:
        read = read_table(figures.root / f"{cell.table}.parquet")
        rows = np.arange(read.height) if cell.column == "p_holm" else twins(cell.table, read)
        before = figures.change(cell.table, {cell.column: rows == cell.row})
        try:
            stayed += [(name, cell) for name in drawing[cell] if not figures.changed(name)]
        finally:
            (figures.root / f"{cell.table}.parquet").write_bytes(before)
    # A median, a value beyond the edge or a difference that stays clear need not show.
    assert len(stayed) <= CHANGES // 10, stayed
