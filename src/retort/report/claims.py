"""How claims and their verdicts are written: one entry for each claim, with its row for each control."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from retort.report.results import read as read_results
from retort.report.tables import DASH, escape, number
from retort.statistics.claims import FAIR, FALLEN_PREMISE, PUBLISHED, SILENT, WORDS
from retort.statistics.verdicts import LEVEL, REPRODUCED, SMALL, SUPPORTED

FOR = (REPRODUCED, SUPPORTED, SMALL)
# Percent and points, or as they are, with so many decimals.
DIGITS = {"gain": 2, "slope": 3}


@dataclass(frozen=True)
class Entry:
    """One claim: its row against the published control and, where it has one, against the fair one."""

    published: Mapping
    fair: Mapping | None

    @property
    def rows(self) -> list[Mapping]:
        return [self.published, *([self.fair] if self.fair is not None else [])]

    @property
    def judged(self) -> bool:
        return self.published["verdict"] not in SILENT

    @property
    def fairly(self) -> Mapping | None:
        """The row against the fair control, if that was judged."""
        return None if self.fair is None or self.fair["verdict"] in SILENT else self.fair

    def __getitem__(self, key: str) -> object:
        return self.published[key]


def entries(table: pl.DataFrame) -> list[Entry]:
    """The claims of claims.parquet, in its order."""
    rows = table.to_dicts()
    fair = {row["id"]: row for row in rows if row["control"] == FAIR}
    return [Entry(row, fair.get(row["id"])) for row in rows if row["control"] == PUBLISHED]


def read(folder: Path, studies: Iterable[str] | None = None) -> list[Entry]:
    """The claims below a folder of results; with `studies`, of these only."""
    table = read_results(folder / "claims.parquet")
    if studies is not None:
        table = table.filter(pl.col("study").is_in(list(studies)))
    return entries(table)


def by_verdict(found: Iterable[Entry]) -> list[Entry]:
    """Sorted by the verdict against the published control, then by source; otherwise in their order."""
    return sorted(found, key=lambda entry: (WORDS.index(str(entry["verdict"])), str(entry["source"])))


def amount(row: Mapping, value: float | None, *, signed: bool = False) -> str:
    """A value in the unit of a claim's estimand, as LaTeX: percent and points for fractions, times for multipliers."""
    if value is None:
        return DASH
    estimand = row["estimand"]
    if estimand == "multiplier":
        return rf"{number(math.exp(value), digits=1, of=[value])}$\times$"
    if estimand in DIGITS:
        return number(value, digits=DIGITS[estimand], signed=signed)
    if row["unit"] == "fraction":
        return number(value, digits=1, percent=True, signed=signed)
    if row["kind"] == "count":
        return number(value, digits=0)
    return number(value, digits=3 if abs(value) < 10 else 1, signed=signed)


def here(row: Mapping) -> str:
    """What was found, with its interval, which no line breaks."""
    text = amount(row, row["estimate"])
    if row["low"] is None or row["estimate"] is None:
        return text
    return rf"{text} \ci{{{amount(row, row['low'])}}}{{{amount(row, row['high'])}}}"


def published(row: Mapping) -> str:
    """What was published; a direction without a number is a direction."""
    if row["published"] is not None:
        return amount(row, row["published"])
    return {"equal": "equal", "count": DASH}.get(row["kind"], "better")


def word(row: Mapping) -> str:
    """The verdict as LaTeX: bold where the claim stands, with a dagger where its premise fell."""
    text = escape(row["verdict"])
    text = rf"\textbf{{{text}}}" if row["verdict"] in FOR else text
    fallen = (row["premise"] or "").startswith(FALLEN_PREMISE)
    return text + (r"\textsuperscript{\dag}" if fallen else "")


def counts(rows: Iterable[Mapping | Entry]) -> str:
    """How often each verdict was reached, in words; of claims, those against the control of their source."""
    words = [str(row["verdict"]) for row in rows]
    return "; ".join(f"{words.count(each)} {each}" for each in WORDS if each in words)


def expected_wrong(found: Iterable[Entry]) -> tuple[int, float, int, float]:
    """Tests behind the verdicts and how many would be passed wrongly at 5 % each; families, and the same after Holm."""
    rows = [row for entry in found for row in entry.rows if row["p"] is not None]
    families = len({row["family"] for row in rows})
    return len(rows), LEVEL * len(rows), families, LEVEL * families
