"""Table: DINO with one part changed at a time: frozen probe, difference to the reference, teacher's entropy."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.protocols import Measure, measure, middle, strict, title
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, number, tabular

# Reference of a block: its ablations.
BLOCKS = {
    "dino-short": (
        *("dino-connected", "dino-window", "dino-locals0", "dino-locals4"),
        *("dino-no-centring", "dino-no-sharpening", "dino-batchnorm"),
    ),
    "dino-smiles-short": ("dino-smiles-canonical", "dino-smiles-window"),
}
REFERENCE_OF = {variant: reference for reference, variants in BLOCKS.items() for variant in variants}
FROZEN = "-frozen"
ENTROPY = "teacher_entropy"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    summary = results.summary.filter(part="test")
    wanted = [name for reference, variants in BLOCKS.items() for name in (reference, *variants)]
    frozen = [name + FROZEN for name in wanted]
    places = [name for name in strict(results) if len(present(frozen, results.at(summary, name))) > 1]
    here = pl.concat([summary.clear(), *(results.at(summary, name) for name in places)])
    shown = [name for name in wanted if name + FROZEN in present(frozen, here)]
    labels = [(r"\quad " if name in REFERENCE_OF else "") + escape(results.title(name)) for name in shown]
    columns = [Column("Pre-training", labels or ["not run at this scale"])]
    for name in places:
        how = measure(results.at(summary, name))
        header = rf"\shortstack{{{escape(title(results, name))}\\({escape(how.label)})}}"
        columns.append(Column(header, [score(results, name, each, how) for each in shown], "r"))
        cells = [difference(results, name, each, how) for each in shown]
        columns.append(Column("difference", cells, r"r@{\,}l", 2))
    if shown:
        columns.append(
            Column(r"\shortstack{entropy of\\the teacher}", [entropy(results, name) for name in shown], "r")
        )
    rules = [row for row, name in enumerate(shown) if name in BLOCKS and row]
    notes = []
    if shown:
        notes.append(
            r"Trimean over seeds; differences to the reference of the block, 95\,\% intervals over test molecules."
        )
        notes.append("Entropy in nats, at the last step, trimean over seeds.")
    write_whole(
        output, tabular(columns, source="src/scripts/molecules_ablation.py", rules=rules, notes=notes)
    )


def score(results: Results, place: str, name: str, how: Measure) -> str:
    rows = results.at(results.summary, place).filter(variant=name + FROZEN, part="test", metric=how.metric)
    return how.number(rows["trimean"][0] if len(rows) else None)


def difference(results: Results, place: str, name: str, how: Measure) -> str:
    """Probe minus that of the reference; a reference has none."""
    if name not in REFERENCE_OF:
        return " & "
    paired = results.at(results.details("paired"), place)
    rows = paired.filter(
        variant=name + FROZEN, reference=REFERENCE_OF[name] + FROZEN, metric=how.metric
    ).to_dicts()
    if not rows:
        return f"{how.number(None)} & "
    (row,) = rows
    return (
        f"{how.number(row['difference'], signed=True)} & {how.interval(row['low'], row['high'], signed=True)}"
    )


def entropy(results: Results, name: str) -> str:
    """The teacher's entropy over prototypes at the last step that was logged."""
    rows = results.history.filter(variant=name, part="train", term=ENTROPY)
    last = rows.sort("step").group_by("dataset", "split", "seed", maintain_order=True).last()
    return number(middle(last["value"])[0], digits=2)


if __name__ == "__main__":
    main(sys.argv[1:])
