"""Each printed number is traced to the cells that it follows from: proven by changing cells and rendering again.

A cell of the results is changed, everything that reads it is rendered, and the numbers that are then printed otherwise
must be those that the accounts name, no other.
"""

import random
import shutil
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from retort.report import tracing
from retort.report.accounts import NUMBERS, collect_numbers, run_program
from retort.report.numbers import collect
from retort.report.printed import places, words
from retort.report.register import ledger
from retort.report.results import Results
from retort.report.tables import Column, number, numbers, tabular
from retort.report.tracing import COUNTS, Cell, Recorder, twins
from retort.sealed import read_table, write_table
from retort.trace import find, named_runs, under

from . import records

SCALE = "smoke"
CHANGES = 50
PRINTED_OF_THEM = 40  # the others may be printed or not
SEED = 16


class Paper:
    """All that is printed from a folder of results: the accounts, and how each number is printed now."""

    def __init__(self, root: Path, scratch: Path, scale: str = SCALE):
        self.root, self.scratch, self.scale = root, scratch, scale
        self.tables = {
            name: study for name, study in records.programs(scale).items() if records.is_table(name)
        }
        self.accounts = {name: self.account(name) for name in self.tables}
        self.accounts[NUMBERS] = collect_numbers(self.macros, root)[1]

    def macros(self):
        found = []
        for study in records.studies(self.scale):
            block, results = (
                records.plan(self.scale).config["study"][study],
                Results(self.root / study, study),
            )
            tables = {name: getattr(results, name) for name in ("places", "summary", "contrasts", "gains")}
            found += collect(
                study, block["numbers"], primary=block["primary"], details=results.details, **tables
            )
        return found

    def program(self, name: str) -> tuple[Path, list[str], Path]:
        study = self.tables[name]
        source = self.root / study if study else self.root
        return (
            records.ROOT / f"src/scripts/{name}.py",
            ["--results", str(source)],
            self.scratch / f"{name}.tex",
        )

    def account(self, name: str) -> dict:
        return run_program(*self.program(name), self.root)

    def printed(self, name: str) -> dict[tuple, str]:
        """Each number as it is printed now, by what it is called."""
        recorder = Recorder(self.root, marks=True)
        if name == NUMBERS:
            with tracing.recording(recorder):
                return {(name, macro.name): tracing.plain(macro.value) for macro in self.macros()}
        program, arguments, output = self.program(name)
        tracing.run(program, ["--output", str(output), *arguments], recorder)
        found, seen = {}, Counter()
        for _, text, row, column in places(output.read_text()):
            seen[row, column] += 1
            found[name, row, column, seen[row, column]] = text
        return found

    def called(self, name: str) -> dict[tuple, dict]:
        """The entries of an account by the same names."""
        if name == NUMBERS:
            return {(name, entry["name"]): entry for entry in self.accounts[name]["printed"]}
        found, seen = {}, Counter()
        for entry in self.accounts[name]["printed"]:
            at = entry["row"], entry["column"]
            seen[at] += 1
            found[(name, *at, seen[at])] = entry
        return found

    def changed(self) -> set[tuple]:
        """What is printed otherwise than at first, but for the sign of an interval, which is none."""
        now = {name: self.printed(name) for name in self.reading}
        return {
            key
            for name, found in now.items()
            for key, text in found.items()
            if self.before[name].get(key) != text and key[-1] not in self.signs
        }

    signs: frozenset = frozenset()
    reading: tuple = ()


@pytest.fixture(scope="module")
def paper(results, tmp_path_factory):
    root = shutil.copytree(results(SCALE), tmp_path_factory.mktemp("traced") / "results")
    made = Paper(root, tmp_path_factory.mktemp("scratch"))
    made.before = {name: made.printed(name) for name in made.accounts}
    made.signs = frozenset(key[-1] for key in made.before[NUMBERS] if key[-1].endswith("Sign"))
    return made


def cells(paper: Paper) -> tuple[list[Cell], list[Cell]]:
    """The cells that numbers are looked up in, and all others of measured values in the tables that reports read."""
    printed = {
        Cell(*cell)
        for account in paper.accounts.values()
        for entry in account["printed"]
        for cell in entry["cells"]
        if cell[0] != "published" and not cell[0].endswith("/places")
    }
    known = {
        name: file["file"] for account in paper.accounts.values() for name, file in account["reads"].items()
    }
    every = set()
    for name in sorted(known):
        if name == "published" or name.endswith("/places"):
            continue
        table = read_table(Path(known[name]))
        for column, kind in table.schema.items():
            if kind == pl.Float64 or (column in COUNTS[:2] and kind.is_integer()):
                there = table.with_row_index("row").filter(pl.col(column).is_not_null())["row"]
                every |= {Cell(name, row, column) for row in there}
    return sorted(cell for cell in printed if cell in every), sorted(every - printed)


def change(paper: Paper, cell: Cell) -> bytes:
    """Change one value, in all rows of the same comparison; returns the file as it was."""
    path = paper.root / f"{cell.table}.parquet"
    before, table = path.read_bytes(), read_table(path)
    whole = twins(cell.table, table)
    rows = (
        [cell.row]
        if cell.column == "p_holm"
        else [row for row in range(table.height) if whole[row] == whole[cell.row]]
    )
    values = table[cell.column].to_list()
    for row in rows:
        # By 40 s of processor time, so that a total in hundredths of an hour shows it, however many runs there are.
        values[row] = values[row] + 40 if cell.column == "cpu_seconds" else 2 * values[row] + 1
    write_table(table.with_columns(pl.Series(cell.column, values, table.schema[cell.column])), path)
    return before


def predicted(paper: Paper, cell: Cell) -> dict[tuple, bool]:
    """The numbers that follow from a cell, and whether each was computed, so that it may stay as it is printed."""
    table = read_table(paper.root / f"{cell.table}.parquet")
    row = cell.row if cell.column == "p_holm" else int(twins(cell.table, table)[cell.row])
    return {
        key: entry["computed"]
        for name in paper.accounts
        for key, entry in paper.called(name).items()
        if [cell.table, row, cell.column] in entry["cells"]
    }


def test_a_changed_cell_changes_the_numbers_that_are_traced_to_it_and_no_other(paper):
    looked_up, others = cells(paper)
    draw = random.Random(SEED)
    drawn = draw.sample(looked_up, PRINTED_OF_THEM) + draw.sample(others, CHANGES - PRINTED_OF_THEM)
    wrong, stayed, count = [], [], 0
    for cell in drawn:
        expected = predicted(paper, cell)
        paper.reading = tuple(
            name for name, account in paper.accounts.items() if cell.table in account["reads"]
        )
        before = change(paper, cell)
        try:
            found = paper.changed()
        finally:
            (paper.root / f"{cell.table}.parquet").write_bytes(before)
        count += len(found)
        certain = {key for key, computed in expected.items() if not computed}
        stayed += sorted(set(expected) - found)
        if not certain <= found <= set(expected):
            wrong.append((cell, sorted(found - set(expected)), sorted(certain - found)))
    assert wrong == []
    assert count >= PRINTED_OF_THEM
    # A median and the least or the greatest of several values need not be printed otherwise.
    assert len(stayed) <= CHANGES // 4, stayed


def loose(accounts: dict[str, dict]) -> list[tuple]:
    """The numbers without a cell, but for those that are counted: how many labels a set of the table has."""
    return [
        (entry["in"], entry.get("name") or entry["row"], entry["text"])
        for name, account in accounts.items()
        for entry in account["printed"]
        if not entry["cells"] and name != "molecules_published_molclr"
    ]


def test_every_number_is_traced(paper):
    assert loose(paper.accounts) == []


@pytest.mark.parametrize("scale", [scale for scale in records.SCALES if scale != SCALE])
def test_every_number_of_a_larger_scale_is_traced(scale, results, tmp_path):
    assert loose(Paper(results(scale), tmp_path, scale).accounts) == []


def test_a_changed_run_changes_no_number_that_it_is_not_named_for(paper, results, tmp_path):
    study, variant, seed = "precursors", "learned-mpc", 0
    whole = ledger(
        paper.accounts,
        kinds=dict.fromkeys(paper.accounts, "table"),
        places={name: read_table(paper.root / name / "places.parquet") for name in records.studies(SCALE)},
        facts={},
    )
    root = shutil.copytree(results(SCALE), tmp_path / "results")
    place = read_table(root / study / "places.parquet").sort("order").row(0, named=True)
    of_run = {"dataset": place["dataset"], "split": place["splits"][0], "variant": variant, "seed": seed}
    for path in [root / study / "scores.parquet", *sorted((root / study / "items").glob("*.parquet"))]:
        this = pl.all_horizontal(pl.col(key) == value for key, value in of_run.items())
        changed = pl.when(this).then(1 - pl.col("value")).otherwise(pl.col("value"))
        write_table(read_table(path).with_columns(changed.alias("value")), path)
    records.derive(SCALE, study, root)
    was, paper.root = paper.root, root
    try:
        paper.reading = (*(name for name, owner in paper.tables.items() if owner == study), NUMBERS)
        found = paper.changed()
    finally:
        paper.root = was
    run = f"data/runs/{study}/{of_run['dataset']}/{of_run['split']}/{variant}/seed{seed}"
    named = {
        key
        for name in paper.accounts
        for key, entry in paper.called(name).items()
        if any(under(pattern, run) for pattern in named_runs(whole, entry))
    }
    assert len(found) >= 10
    assert found <= named


class TestParts:
    def test_marks_stand_where_numbers_are_and_leave_nothing_behind(self):
        columns = [Column("System", ["CrabNet", "Roost"]), numbers("Error", [0.5, 0.25], digits=2)]
        with tracing.recording(Recorder(marks=True)) as recorder:
            marked = tabular(
                [*columns[:1], numbers("Error", [0.5, 0.25], digits=2)], source="here", notes=[number(3.0)]
            )
        assert tracing.plain(marked) == tabular(columns, source="here", notes=["3.0"])
        assert [(text, row, column) for _, text, row, column in places(marked)] == [
            ("0.50", "CrabNet", "Error"),
            ("0.25", "Roost", "Error"),
            ("3.0", "note", ""),
        ]
        assert [each.value for each in recorder.printed] == [0.5, 0.25, 3.0]

    def test_equal_values_are_told_apart_and_stay_what_they_are(self):
        table = pl.DataFrame({"mean": [0.5, 0.5, 0.0, -0.5, None], "n": [3, 3, 3, 3, 3]})
        recorder = Recorder(Path("r"), apart=True)
        read = recorder.read(Path("r/s/summary.parquet"), table)
        assert read["mean"][:4].n_unique() == 4
        assert read["mean"].null_count() == 1
        assert read["mean"].to_list()[:2] == pytest.approx([0.5, 0.5], rel=1e-7)
        assert 0 < read["mean"][2] < 1e-200
        with tracing.recording(recorder):
            number(read["mean"][1])
            number(-read["mean"][3])
            number(read["n"][2], digits=0)
            number(read["mean"].mean(), of=read["mean"])
        found = [recorder.origins(each) for each in recorder.printed]
        assert found[0] == [Cell("s/summary", 1, "mean")]
        assert found[1] == [Cell("s/summary", 3, "mean")]
        assert found[2] == [Cell("s/summary", 2, "n")]
        assert found[3] == [Cell("s/summary", row, "mean") for row in range(4)]

    def test_columns_with_gaps_share_no_number(self):
        table = pl.DataFrame({"mean": [None, None, 0.5, 0.5], "low": [0.5, 0.5, 0.5, None]})
        recorder = Recorder(Path("r"), apart=True)
        read = recorder.read(Path("r/s/summary.parquet"), table)
        found = {column: rows for _, column, rows in recorder.found(read.drop_nulls().to_numpy())}
        assert found == {"mean": [2], "low": [2]}
        assert len({*read["mean"].drop_nulls(), *read["low"].drop_nulls()}) == 5

    def test_values_in_percent_are_found_and_no_neighbour_with_them(self):
        table = pl.DataFrame({"mean": [*[0.999] * 400, *[1e-9] * 400, *[0.0] * 400, *[1.28] * 400]})
        recorder = Recorder(Path("r"), apart=True)
        values = recorder.read(Path("r/s/summary.parquet"), table)["mean"]
        for row in range(0, 1600, 7):
            for scale in (100, -100, -1):
                assert list(recorder.found([scale * values[row]])) == [("s/summary", "mean", [row])]
        assert list(recorder.found([3 * values[0], values[0] + values[1], float("nan"), 0.0])) == []

    def test_what_rows_are_found_by_stays_what_it_is(self):
        table = pl.DataFrame({"share": [1.0, 1.0], "rows_train": [5, 5], "step": [3, 3], "n": [2, 2]})
        read = Recorder(Path("r"), apart=True).read(Path("r/s/places.parquet"), table)
        assert read["share"].to_list() == [1.0, 1.0]
        assert read["step"].to_list() == [3, 3]
        assert read["rows_train"].n_unique() == read["n"].n_unique() == 2

    def test_a_comparison_of_two_families_is_one(self):
        keys = {
            name: ["a", "a", "b"] for name in ("dataset", "split", "variant", "against", "part", "metric")
        }
        table = pl.DataFrame({**keys, "difference": [0.5, 0.5, 0.5], "p_holm": [0.1, 0.2, 0.3]})
        assert twins("s/contrasts", table).tolist() == [0, 0, 2]
        read = Recorder(Path("r"), apart=True).read(Path("r/s/contrasts.parquet"), table)
        assert (read["difference"].n_unique(), read["p_holm"].n_unique()) == (2, 3)

    @pytest.mark.parametrize(
        ("tex", "said"),
        [
            (r"\emph{published, quoted}~\cite{he2023precursor}", "published, quoted"),
            (r"\shortstack{plates\\MAE}", "plates MAE"),
            (r"$-$0.3\,\%", "-0.3 %"),
            (r"\quad random (3 draws)", "random (3 draws)"),
        ],
    )
    def test_words(self, tex, said):
        assert words(tex) == said

    def test_a_number_is_found_as_people_type_it(self):
        printed = [
            {"in": "t", "text": r"$-$1\,350.5", "cells": []},
            {"in": NUMBERS, "name": "A", "text": "3"},
        ]
        some = {"printed": printed, "programs": {}, "tables": {}}
        assert find(some, "-1350.5") == printed[:1]
        assert find(some, "A") == printed[1:]
