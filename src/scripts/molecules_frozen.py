"""Table: linear probe and nearest neighbours on frozen encoders, and what they gain over the same one untrained."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.protocols import Measure, measure, sizes, strict, title
from retort.report.results import Results, present, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, tabular

# Encoder: the same one with random weights.
UNTRAINED = {
    "gin-frozen": None,
    "dino-frozen": "gin-frozen",
    "dino-long-frozen": "gin-frozen",
    "dino-chembl-frozen": "gin-frozen",
    "contrast-frozen": "gin-frozen",
    "molclr-frozen": "gin-frozen",
    "walks-frozen": None,
    "ngram-graph-frozen": "walks-frozen",
    "smiles-frozen": None,
    "dino-smiles-frozen": "smiles-frozen",
    "mlm-frozen": "smiles-frozen",
}
NEIGHBOURS = "_knn"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    summary = results.summary.filter(part="test")
    places = [name for name in strict(results) if present(UNTRAINED, results.at(summary, name))]
    here = pl.concat([results.at(summary, name) for name in places]) if places else summary.clear()
    systems = present(UNTRAINED, here)
    labels, starts, counts = [], [], []
    for name in systems:
        starts += [len(labels)] * (UNTRAINED[name] is None)
        labels += [escape(results.title(name))] + [r"\quad minus untrained"] * (UNTRAINED[name] is not None)
        if UNTRAINED[name] is not None:
            counts += [f"{escape(results.title(name))} {said}" for said in verdict(results, name)]
    groups: dict[str, dict[str, list[str]]] = {}
    for name in places:
        how = measure(results.at(summary, name))
        header = rf"\shortstack{{{escape(title(results, name))}\\({escape(how.label)})}}"
        groups.setdefault(how.metric, {})[header] = cells(results, name, systems, how)
    columns, rules = stacked("Encoder", labels, list(groups.values()), rules=starts)
    notes = []
    if systems:
        notes.append("Linear probe, and in brackets the nearest neighbours: trimean over seeds.")
        notes += sizes(results, places, systems)
    if counts:
        notes.append(r"Sets on which the probe is better / worse than untrained by an interval without zero:")
        notes += ["; ".join(counts[start : start + 2]) + "." for start in range(0, len(counts), 2)]
    write_whole(output, tabular(columns, source="src/scripts/molecules_frozen.py", rules=rules, notes=notes))


def gain(results: Results, place: str, name: str, metric: str) -> dict | None:
    """The difference to the untrained network over test molecules, where there is one."""
    paired = results.at(results.details("paired"), place)
    rows = paired.filter(variant=name, reference=UNTRAINED[name], metric=metric).to_dicts()
    return rows[0] if rows else None


def verdict(results: Results, name: str) -> list[str]:
    """`better / worse of sets` by intervals without zero; nothing where the two were not compared."""
    rows = results.details("verdicts").filter(variant=name, reference=UNTRAINED[name]).to_dicts()
    return [f"{row['better']} / {row['worse']} of {row['sets']}" for row in rows]


def cells(results: Results, place: str, systems: list[str], how: Measure) -> list[str]:
    """The score of each encoder, followed by its gain where it has an untrained counterpart."""
    rows = {
        (row["variant"], row["metric"]): row["trimean"]
        for row in results.at(results.summary, place).filter(part="test").to_dicts()
    }
    found = []
    for name in systems:
        neighbours = rows.get((name, how.metric + NEIGHBOURS))
        beside = "" if neighbours is None else f"({how.number(neighbours)})"
        found.append(f"{how.number(rows.get((name, how.metric)))} & {beside}")
        if UNTRAINED[name] is None:
            continue
        row = gain(results, place, name, how.metric)
        interval = how.interval(row["low"], row["high"], signed=True) if row else ""
        found.append(
            rf"{{\scriptsize {how.number(row['difference'], signed=True)}}} & {interval}" if row else " & "
        )
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
