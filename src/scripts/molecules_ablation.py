"""Table: DINO with one part changed at a time: frozen probe, difference to the reference, teacher's entropy."""

import sys

import polars as pl

from retort.report.metrics import Metric
from retort.report.names import variant
from retort.report.protocols import gain, heading, main_metric, strict
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

# Pre-training: its frozen encoder. The first of a block is the control of the others.
BLOCKS = (
    {
        variant("dino-short"): variant("dino-short-frozen"),
        variant("dino-connected"): variant("dino-connected-frozen"),
        variant("dino-window"): variant("dino-window-frozen"),
        variant("dino-locals0"): variant("dino-locals0-frozen"),
        variant("dino-locals4"): variant("dino-locals4-frozen"),
        variant("dino-no-centring"): variant("dino-no-centring-frozen"),
        variant("dino-no-sharpening"): variant("dino-no-sharpening-frozen"),
        variant("dino-batchnorm"): variant("dino-batchnorm-frozen"),
    },
    {
        variant("dino-smiles-short"): variant("dino-smiles-short-frozen"),
        variant("dino-smiles-canonical"): variant("dino-smiles-canonical-frozen"),
        variant("dino-smiles-window"): variant("dino-smiles-window-frozen"),
    },
)
FROZEN = {name: frozen for block in BLOCKS for name, frozen in block.items()}
ENTROPY = "teacher_entropy"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    summary = results.summary.filter(part="test")
    places = [
        name for name in strict(results) if len(present(FROZEN.values(), results.at(summary, name))) > 1
    ]
    here = pl.concat([summary.clear(), *(results.at(summary, name) for name in places)])
    ran = present(FROZEN.values(), here)
    blocks = [[name for name, frozen in block.items() if frozen in ran] for block in BLOCKS]
    shown = [name for block in blocks for name in block]
    changed = {name for name in shown if results.system(FROZEN[name])["control"]}
    labels = [(r"\quad " if name in changed else "") + escape(results.title(name)) for name in shown]
    columns = [Column("Pre-training", labels or ["not run at this scale"])]
    for name in places:
        measure = main_metric(results, results.at(summary, name))
        scores = [score(results, name, FROZEN[each], measure) for each in shown]
        columns.append(Column(heading(results, name, measure), scores, "r"))
        cells = [difference(results, name, FROZEN[each], measure) for each in shown]
        columns.append(Column("difference", cells, r"r@{\,}l", 2))
    if shown:
        columns.append(
            Column(r"\shortstack{entropy of\\the teacher}", [entropy(results, name) for name in shown], "r")
        )
    notes = []
    if shown:
        notes.append(
            "Differences to the reference of the block. Entropy in nats, at the last step, mean over seeds."
        )
    rules = [len(blocks[0])]
    write_generated(
        output, tabular(columns, source="src/scripts/molecules_ablation.py", rules=rules, notes=notes)
    )


def score(results: Results, place: str, name: str, measure: Metric) -> str:
    rows = results.at(results.summary, place).filter(variant=name, part="test", metric=measure.name)
    return measure.number(rows["mean"][0] if len(rows) else None)


def difference(results: Results, place: str, name: str, measure: Metric) -> str:
    """Probe minus that of its control; a reference has none."""
    control = results.system(name)["control"]
    if not control:
        return " & "
    found, interval = gain(results, place, name, control, measure)
    return f"{found or measure.number(None)} & {interval}"


def entropy(results: Results, name: str) -> str:
    """The teacher's entropy over prototypes at the last step that was logged."""
    rows = results.history.filter(variant=name, part="train", term=ENTROPY)
    last = rows.sort("step").group_by("dataset", "split", "seed", maintain_order=True).last()
    return number(last["value"].mean() if len(last) else None, digits=2, of=last["value"])


if __name__ == "__main__":
    main(sys.argv[1:])
