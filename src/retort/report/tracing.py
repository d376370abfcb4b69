"""From which cells of the result tables a printed number follows, found by running its program twice.

The first run notes every number that `retort.report.tables` writes, and leaves a mark where it stands. For the second
one each cell that holds a number was moved by some parts in a hundred million, no two by the same amount: what then
arrives where numbers are written is itself the name of its cell, whatever selected, joined and sorted it on the way.
What is computed on the way is not; whoever writes it says what it follows from (`of=`), from values as they were read.
Of a figure all that its axes hold is looked at in this way, as read or in percent; what follows from other values, such
as a mean, a colour or a place at the edge, is said with `drawn`.
"""

import os
import re
import runpy
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

RESULTS = Path("data/results")
# Characters for private use: no text holds them, and none leaves this module's care.
_MARKED = re.compile("\ue000(\\d+)\ue001(.*?)\ue002", re.DOTALL)
# A double keeps 23 of its bits, so that 67 million cells can be told apart, also in percent, and seven decimal places.
LOW_BITS = 29
ROOM = 8  # from a number to the next one: rounding a hundredth of a hundredfold moves a value by two at most
SCALES = (1.0, 100.0)
# Whole numbers that only count; others are names, places in an order or steps, which would be others if moved.
COUNTS = (
    "n",
    "gold",
    "n_items",
    "draws",
    "parameters",
    "rejects",
    "length",
    "rows",
    "test_structures_in_train",
)
COUNTED = ("rows_", "labels_")  # what the names of others begin with
# The labels at a place, where gains are; elsewhere rows are found by them.
LABELS = ("gains", "labels")
# Numbers that rows are found by, in the tables that have them.
NAMES = {"places": ("share",), "published": ("share",), "operating": ("n", "n_items", "truth")}
# A comparison may stand in several families, with the same numbers but for Holm's correction.
TWINS = {"contrasts": (["dataset", "split", "variant", "against", "part", "metric"], ("p_holm",))}


@dataclass(frozen=True, order=True)
class Cell:
    """A value of a result table: `table` is its path below data/results without suffix, `row` counts from 0."""

    table: str
    row: int
    column: str


@dataclass(frozen=True)
class Printed:
    """A number as it was written, and the values that it follows from; none besides its own if it was looked up."""

    value: float
    text: str
    of: tuple[float, ...] | None


class Recorder:
    """Notes what a program reads and which numbers it writes while it is the active one.

    Args:
        root: the folder of all results.
        marks: whether a mark is left around each number.
        apart: whether tables are read with cells that can be told apart.
    """

    def __init__(self, root: Path = RESULTS, *, marks: bool = False, apart: bool = False):
        self.root, self.marks, self.apart = root, marks, apart
        self.files: dict[str, Path] = {}
        self.tables: dict[str, pl.DataFrame] = {}
        self.printed: list[Printed] = []
        self.drawn: list[np.ndarray] = []
        # First number, table, column, moved values.
        self._columns: list[tuple[int, str, str, np.ndarray]] = []
        self._given = 1  # the next number that is given to a cell

    def read(self, path: Path, table: pl.DataFrame) -> pl.DataFrame:
        """The table as the program gets it."""
        name = Path(os.path.relpath(path, self.root)).with_suffix("").as_posix()
        if name not in self.tables:
            self.files[name], self.tables[name] = Path(os.path.normpath(path)), table
            if self.apart:
                self.tables[name] = self._told_apart(name, table)
        return self.tables[name]

    def note(self, value: float, text: str, of: Iterable[float | None] | None) -> str:
        """The text, with a mark around it where marks are wanted."""
        values = None if of is None else tuple(float(each) for each in of if each is not None)
        self.printed.append(Printed(float(value), text, values))
        return f"\ue000{len(self.printed) - 1}\ue001{text}\ue002" if self.marks else text

    def origins(self, printed: Printed) -> list[Cell]:
        """The cells that a number follows from; none where they cannot be told."""
        values = (printed.value,) if printed.of is None else printed.of
        return sorted(Cell(table, row, column) for table, column, rows in self.found(values) for row in rows)

    def found(self, values: ArrayLike) -> Iterator[tuple[str, str, list[int]]]:
        """The cells whose values these are, of either sign, as read or in percent: table, column, rows."""
        wanted = np.unique(np.abs(np.asarray(values, dtype=float)))
        wanted = wanted[np.isfinite(wanted) & (wanted > 0)]
        of_scale = []
        for scale in SCALES:
            bits = (wanted / scale).view(np.int64) + ROOM // 2
            of_scale.append(np.stack([bits % 2**LOW_BITS // ROOM, np.full(len(bits), scale), wanted]))
        numbers, scales, wanted = np.concatenate(of_scale, axis=1)
        at = np.searchsorted([first for first, *_ in self._columns], numbers, side="right") - 1
        for number in np.unique(at[at >= 0]):
            first, table, column, moved = self._columns[number]
            here = (at == number) & (numbers < first + len(moved))
            rows = (numbers[here] - first).astype(int)
            if len(rows := np.unique(rows[scales[here] * np.abs(moved[rows]) == wanted[here]])):
                yield table, column, rows.tolist()

    def _told_apart(self, name: str, table: pl.DataFrame) -> pl.DataFrame:
        own, shared = np.arange(table.height), twins(name, table)
        kind_of_table = name.rpartition("/")[2]
        apart, names = TWINS.get(kind_of_table, ([], ()))[1], NAMES.get(kind_of_table, ())
        moved = []
        for column, kind in table.schema.items():
            counted = column in COUNTS or column.startswith(COUNTED) or (kind_of_table, column) == LABELS
            counts = counted and kind.is_integer()
            if column in names or not (kind.is_float() or counts):
                continue
            values = table[column].cast(pl.Float64)
            numbers = _moved(values.to_numpy(), (own if column in apart else shared) + self._given)
            self._columns.append((self._given, name, column, numbers))
            self._given += table.height
            moved.append(pl.Series(column, numbers).set(values.is_null(), None))
        return table.with_columns(moved)


def _moved(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Each value with a number in its lowest bits; zeros, which have none to spare, as close to zero as can be."""
    bits = np.where(values == 0, 2.0**-1000, values).view(np.int64)
    near = ((bits >> LOW_BITS) << LOW_BITS | numbers * ROOM).view(np.float64)
    return np.where(np.isfinite(values), near, values)


def twins(name: str, table: pl.DataFrame) -> np.ndarray:
    """For each row of a result table the first one that holds the same comparison: mostly the row itself."""
    keys = TWINS.get(name.rpartition("/")[2], ([], ()))[0]
    if not keys or not set(keys) <= set(table.columns):
        return np.arange(table.height)
    return table.with_row_index("row").select(pl.col("row").first().over(keys))["row"].to_numpy()


_active: Recorder | None = None


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Let `recorder` note what is read and written within the block."""
    global _active
    before, _active = _active, recorder
    try:
        yield recorder
    finally:
        _active = before


def seen(path: Path, table: pl.DataFrame) -> pl.DataFrame:
    """A result table that was read, as whoever asked for it shall have it."""
    return table if _active is None else _active.read(path, table)


def noted(value: float, text: str, of: Iterable[float | None] | None = None) -> str:
    """A number that is written, with a mark where one is wanted."""
    return text if _active is None else _active.note(value, text, of)


def apart() -> bool:
    """Whether only the values are wanted that a figure follows from, and not the figure."""
    return _active is not None and _active.apart


def drawn(*values: ArrayLike | Iterable[float | None]) -> None:
    """Note values, as they were read, that a figure follows from and does not hold as they are."""
    if _active is not None and _active.apart:
        _active.drawn += [np.asarray(some, dtype=float).ravel() for some in values]


def plain(text: str) -> str:
    """A text without marks: what is compared, or left out where it stands already."""
    return _MARKED.sub(r"\2", text)


def replaced(text: str, by: Callable[[int, str], str]) -> str:
    """A text in which `by(number, text)` stands in the place of each marked number."""
    return _MARKED.sub(lambda found: by(int(found[1]), found[2]), text)


def marks(text: str) -> list[tuple[int, str]]:
    """Number and text of each mark, in order."""
    return [(int(found[1]), found[2]) for found in _MARKED.finditer(text)]


def run(program: Path, arguments: list[str], recorder: Recorder) -> None:
    """Run a program of src/scripts with a recorder."""
    before, sys.argv = sys.argv, [str(program), *arguments]
    try:
        with recording(recorder):
            runpy.run_path(str(program), run_name="__main__")
    finally:
        sys.argv = before


def paired(first: Recorder, second: Recorder) -> list[list[Cell]]:
    """For each number of the first run the cells that it follows from, as the second one has them.

    None are known of numbers that the second run did not write in the same order, as where a program asks whether two
    values are equal.
    """
    close = len(first.printed) == len(second.printed) and all(
        abs(one.value - two.value) <= 1e-5 * abs(one.value) + 1e-12
        for one, two in zip(first.printed, second.printed, strict=False)
    )
    return [second.origins(each) for each in second.printed] if close else [[] for _ in first.printed]
