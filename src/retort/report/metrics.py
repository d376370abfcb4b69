"""How a metric is written: its label, its factor, its decimals, and which way is better."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from retort.report.tables import bracketed, number


@dataclass(frozen=True)
class Metric:
    """A metric and how it is written.

    Attributes:
        name: its name in the tables of results.
        label: what tables and axes call it.
        unit: of the values as stored; `target` for that of the predicted quantity.
        better: `lower` or `higher`.
        digits: decimals.
        percent: whether fractions are written in percent.
    """

    name: str
    label: str
    unit: str
    better: str
    digits: int
    percent: bool

    @property
    def header(self) -> str:
        """The label, with the sign of percent where values are written so."""
        return f"{self.label} (%)" if self.percent else self.label

    @property
    def best(self) -> Callable:
        """`max` or `min`, whichever gives the best of several values."""
        return max if self.better == "higher" else min

    def number(
        self, value: float | None, *, signed: bool = False, of: Iterable[float | None] | None = None
    ) -> str:
        """One value as LaTeX; a dash for none. `of` as in `tables.number`."""
        return number(value, digits=self.digits, percent=self.percent, signed=signed, of=of)

    def interval(self, low: float | None, high: float | None, *, signed: bool = False) -> str:
        """Its interval as LaTeX in smaller type; empty where there is none."""
        text = bracketed(low, high, digits=self.digits, percent=self.percent, signed=signed)
        return rf"{{\scriptsize {text}}}" if text else ""

    def level(self, row: Mapping) -> str:
        """Mean and interval of a row of the summary as two cells of LaTeX; a dash of an empty one."""
        return f"{self.number(row.get('mean'))} & {self.interval(row.get('low'), row.get('high'))}"

    def difference(self, row: Mapping) -> str:
        """A difference of the contrasts with its interval and their signs, as two cells of LaTeX."""
        return (
            f"{self.number(row['difference'], signed=True)} & "
            f"{self.interval(row['low'], row['high'], signed=True)}"
        )
