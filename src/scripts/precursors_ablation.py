"""Table: what each part is worth. The 2 x 2 of similarity and completion, then parts of the training taken away."""

import sys
from dataclasses import dataclass
from itertools import accumulate

import polars as pl

from retort.report.names import family, metric, variant, variants
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, estimates_of, number, numbers, tabular
from retort.sealed import write_generated

METRIC = metric("success@5")
REFERENCE = variant("selector")
# Rows of the first block, set apart in groups: each minus the reference. The ensemble has no run of the same seed to
# pair with: its replicate s joins the selectors 3s to 3s + 2.
ABLATION = family("ablation")
GROUPS = (
    variants("selector"),
    variants("no-composition", "fixed-weights", "static-masks", "no-masking", "no-masking-full"),
    variants("no-context", "supervised", "longer", "longer-last"),
    variants("selector-random", "selector-mat2vec", "learned-mpc"),
    variants("raw-mpc-first", "learned-common-first", "raw-common-first"),
    variants("combined", "combined-ensemble"),
)
# Title of a further block: its family, and the pairs of it, what one part is worth while the other is held fixed.
WORTH = {
    "Worth of one part, the other held fixed": (
        family("worth"),
        (
            variants("selector", "raw-mpc-first"),
            variants("learned-common-first", "raw-common-first"),
            variants("selector", "learned-common-first"),
            variants("raw-mpc-first", "raw-common-first"),
        ),
    ),
    "The same without a forced first attempt": (
        family("worth-without-first"),
        (
            variants("learned-mpc", "raw-mpc"),
            variants("learned-common", "raw-common"),
            variants("learned-mpc", "learned-common"),
            variants("raw-mpc", "raw-common"),
        ),
    ),
}
VALUE = ("mean", "low", "high")
CHANGE = ("difference", "low", "high")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "precursors", argv)
    place = results.main_place()
    summary = results.at(results.summary, place).filter(metric=METRIC)
    compared = results.at(results.contrasts, place).filter(metric=METRIC)
    groups = [found for group in GROUPS if (found := present(group, summary))]
    systems = [(name, REFERENCE) for group in groups for name in group]
    blocks = [Block("", results, systems, compared.filter(family=ABLATION), summary)]
    for title, (name, pairs) in WORTH.items():
        gains = compared.filter(family=name)
        have = set(gains.select("variant", "against").iter_rows())
        if known := [pair for pair in pairs if pair in have]:
            blocks.append(Block(title, results, known, gains, None))

    columns = [joined(column) for column in zip(*(block.columns() for block in blocks), strict=True)]
    ends = [*accumulate(map(len, groups)), *accumulate(len(block.columns()[0].cells) for block in blocks)]
    targets = summary.filter(part="test")["n_items"].drop_nulls()
    counted = f" {number(targets[0], digits=0)} test targets." if len(targets) else ""
    notes = [
        rf"Percent solved within five attempts.{counted} $\Delta$: points above {escape(results.title(REFERENCE))},",
        r"or gained by the part named; paired by seed and target.",
    ]
    table = tabular(columns, source="src/scripts/precursors_ablation.py", rules=ends, notes=notes)
    write_generated(output, table)


@dataclass(frozen=True)
class Block:
    """Some rows under a title: the comparisons of `pairs`, and the systems' own values where there are any."""

    title: str
    results: Results
    pairs: list[tuple[str, str]]
    contrasts: pl.DataFrame
    summary: pl.DataFrame | None

    def _at(self, table: pl.DataFrame, part: str) -> pl.DataFrame:
        keys = [key for key in ("variant", "against") if key in table.columns]
        rows = pl.DataFrame(self.pairs, schema={"variant": pl.String, "against": pl.String}, orient="row")
        return rows.join(table.filter(part=part), on=keys, how="left", maintain_order="left")

    def _names(self) -> list[str]:
        """What the comparison is called, or the system where it is compared with nothing."""
        titles = self._at(self.contrasts, "test").select("variant", "title").iter_rows()
        return [escape(title or self.results.title(name)) for name, title in titles]

    def _values(self, part: str, header: str) -> Column:
        if self.summary is None:
            return Column(header, [" & "] * len(self.pairs), r"r@{\,}l", 2)
        return estimates_of(header, self._at(self.summary, part), *VALUE, percent=True)

    def _changes(self, part: str, header: str) -> Column:
        return estimates_of(header, self._at(self.contrasts, part), *CHANGE, percent=True, signed=True)

    def columns(self) -> list[Column]:
        test = self._at(self.contrasts, "test")
        runs = test if self.summary is None else self._at(self.summary, "test")
        columns = [
            Column("System", self._names()),
            numbers("$n$", runs["n"], digits=0),
            self._values("test", "test"),
            self._changes("test", r"$\Delta$ test"),
            self._values("valid", "validation"),
            self._changes("valid", r"$\Delta$ validation"),
        ]
        if not self.title:
            return columns
        heads = [rf"\emph{{{self.title}}}"] + ["&" * (column.span - 1) for column in columns[1:]]
        return [
            Column(column.header, [head, *column.cells], column.align, column.span)
            for head, column in zip(heads, columns, strict=True)
        ]


def joined(parts: tuple[Column, ...]) -> Column:
    """One column of the whole table from that of each block."""
    return Column(
        parts[0].header, [cell for part in parts for cell in part.cells], parts[0].align, parts[0].span
    )


if __name__ == "__main__":
    main(sys.argv[1:])
