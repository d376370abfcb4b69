"""Table: what each part is worth. The 2 x 2 of similarity and completion, then parts of the training taken away."""

import sys
from dataclasses import dataclass
from itertools import accumulate

import polars as pl

from retort.files import write_whole
from retort.report.results import present, table_arguments
from retort.report.tables import Column, escape, estimates_of, number, numbers, probability, tabular
from retort.statistics.summary import contrasts

METRIC = "success@5"
SEED = 0
REFERENCE = "selector"
ABLATIONS = {
    "selector": "PrecursorSelector",
    "no-composition": "without composition recovery",
    "no-masking": "without masking",
    "no-context": "without given precursors as context",
    "learned-mpc": "without the common set as first attempt",
    "raw-mpc-first": "raw similarity",
    "learned-common-first": "common completion",
    "raw-common-first": "raw similarity, common completion",
    "combined": "combined proposals",
    "combined-ensemble": "combined proposals, ensemble",
}
# Its replicate s joins the selectors 3s to 3s + 2: there is no run of the same seed to pair it with.
UNPAIRED = {"combined-ensemble"}
GROUPS = ("no-composition", "raw-mpc-first", "combined")
# What one part is worth while the other is held fixed.
WORTH = {
    ("selector", "raw-mpc-first"): "learned similarity, with MPC",
    ("learned-common-first", "raw-common-first"): "learned similarity, with common completion",
    ("selector", "learned-common-first"): "MPC, with learned similarity",
    ("raw-mpc-first", "raw-common-first"): "MPC, with raw similarity",
}
WORTH_WITHOUT_FIRST = {
    ("learned-mpc", "raw-mpc"): "learned similarity, with MPC",
    ("learned-common", "raw-common"): "learned similarity, with common completion",
    ("learned-mpc", "learned-common"): "MPC, with learned similarity",
    ("raw-mpc", "raw-common"): "MPC, with raw similarity",
}
VALUE = ("trimean", "low", "high")
CHANGE = ("difference", "difference_low", "difference_high")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "precursors", argv)
    scores = results.at_place(results.scores).filter(metric=METRIC)
    items = results.at_place(results.items).filter(metric=METRIC)
    summary = results.at_place(results.summary).filter(metric=METRIC)
    variants = present(ABLATIONS, summary)
    have = set(summary["variant"])
    partners = [variant for variant in variants if variant != REFERENCE and variant not in UNPAIRED]
    against = [(variant, REFERENCE) for variant in partners if REFERENCE in have]
    compared = contrasts(scores, items, against, seed=SEED)

    systems = pl.DataFrame({"variant": variants}, schema={"variant": pl.String})
    blocks = [Block("", [escape(ABLATIONS[name]) for name in variants], systems, compared, summary)]
    for title, worth in (
        ("Worth of one part, the other held fixed", WORTH),
        ("The same without a forced first attempt", WORTH_WITHOUT_FIRST),
    ):
        pairs = {pair: name for pair, name in worth.items() if have >= set(pair)}
        if pairs:
            keys = pl.DataFrame(
                list(pairs), schema={"variant": pl.String, "baseline": pl.String}, orient="row"
            )
            gains = contrasts(scores, items, pairs, seed=SEED)
            blocks.append(Block(title, [escape(name) for name in pairs.values()], keys, gains, None))

    columns = [joined(column) for column in zip(*(block.columns() for block in blocks), strict=True)]
    order = list(ABLATIONS)
    group = [sum(order.index(start) <= order.index(name) for start in GROUPS) for name in variants]
    rules = [row for row in range(1, len(variants)) if group[row] != group[row - 1]]
    ends = list(accumulate(len(block.columns()[0].cells) for block in blocks))
    targets = summary.filter(part="test")["n_items"].drop_nulls()
    counted = f" {number(targets[0], digits=0)} test targets." if len(targets) else ""
    notes = [
        rf"Percent solved within five attempts.{counted} $\Delta$: points above {escape(ABLATIONS[REFERENCE])},",
        r"or gained by the part named; paired by seed. $p$: Wilcoxon on the test part, after Holm within each",
        r"block; before it, $n$ runs cannot give less than $2^{1-n}$ (0.06 for five).",
    ]
    table = tabular(
        columns, source="src/scripts/precursors_ablation.py", rules=rules + ends[:-1], notes=notes
    )
    write_whole(output, table)


@dataclass(frozen=True)
class Block:
    """Some rows under a title: the contrasts at `keys`, and the systems' own values where there are any."""

    title: str
    names: list[str]
    keys: pl.DataFrame
    contrasts: pl.DataFrame
    summary: pl.DataFrame | None

    def _at(self, table: pl.DataFrame, part: str) -> pl.DataFrame:
        return self.keys.join(
            table.filter(part=part), on=self.keys.columns, how="left", maintain_order="left"
        )

    def _values(self, part: str, header: str) -> Column:
        if self.summary is None:
            return Column(header, [" & "] * len(self.names), r"r@{\,}l", 2)
        return estimates_of(header, self._at(self.summary, part), *VALUE, percent=True)

    def _changes(self, part: str, header: str) -> Column:
        return estimates_of(header, self._at(self.contrasts, part), *CHANGE, percent=True, signed=True)

    def columns(self) -> list[Column]:
        test = self._at(self.contrasts, "test")
        runs = test if self.summary is None else self._at(self.summary, "test")
        columns = [
            Column("System", self.names),
            numbers("$n$", runs["n"].to_list(), digits=0),
            self._values("test", "test"),
            self._changes("test", r"$\Delta$ test"),
            Column("$p$", [probability(p) for p in test["p_holm"]], "r"),
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
