"""Table: all systems under the one strict protocol, a column a set; below each score, the difference to the forest."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.protocols import Measure, measure, sizes, strict, title
from retort.report.results import Results, present, table_arguments
from retort.report.stacked import stacked
from retort.report.tables import escape, tabular

SYSTEMS = (
    *("forest", "svm", "ngram", "dmpnn", "gin", "gin-gentle", "smiles"),
    *("ngram-graph", "ngram-graph-untrained"),
    *("dino-tuned", "contrast-tuned", "molclr-tuned", "dino-smiles-tuned", "mlm-tuned"),
)
GROUPS = ("dmpnn", "ngram-graph", "dino-tuned")  # begin a group of rows
REFERENCE = "forest"


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    places = strict(results)
    summary = results.summary.filter(part="test")
    here = pl.concat([results.at(summary, name) for name in places]) if places else summary.clear()
    systems = present(SYSTEMS, here)
    labels, starts = [], []
    for name in systems:
        if name in GROUPS:
            starts.append(len(labels))
        labels += [escape(results.title(name))] + [""] * (name != REFERENCE)
    groups: dict[str, dict[str, list[str]]] = {}
    for name in places:
        table = results.at(summary, name)
        how = measure(table)
        header = rf"\shortstack{{{escape(title(results, name))}\\({escape(how.label)})}}"
        groups.setdefault(how.metric, {})[header] = cells(results, name, systems, how)
    columns, rules = stacked("System", labels, list(groups.values()), rules=starts)
    notes = []
    if len(here):
        notes.append(
            r"Trimean over seeds, with its interval over them where there are three; \textbf{bold}: best of a column."
        )
    if len(here) and REFERENCE in systems:
        notes.append(
            rf"Second lines: difference to {escape(results.title(REFERENCE))}, 95\,\% interval over test molecules."
        )
    notes += sizes(results, places, systems)
    write_whole(output, tabular(columns, source="src/scripts/molecules_strict.py", rules=rules, notes=notes))


def cells(results: Results, place: str, systems: list[str], how: Measure) -> list[str]:
    """The score of each system, followed by what it gains over the forest; the forest has only the first."""
    rows = {
        row["variant"]: row
        for row in results.at(results.summary, place).filter(part="test", metric=how.metric).to_dicts()
    }
    compared = results.at(results.details("paired"), place).filter(reference=REFERENCE, metric=how.metric)
    gains = {row["variant"]: row for row in compared.to_dicts()}
    scores = {name: how.number(rows[name]["trimean"]) for name in systems if name in rows}
    worths = [rows[name]["trimean"] for name in scores]
    # Those that print the same are equally good.
    best = how.number((max if how.rises else min)(worths)) if worths else None
    found = []
    for name in systems:
        text = scores.get(name, how.number(None))
        row, gain = rows.get(name, {}), gains.get(name)
        text = rf"\textbf{{{text}}}" if name in scores and text == best else text
        found.append(f"{text} & {how.interval(row.get('low'), row.get('high'))}")
        if name == REFERENCE:
            continue
        found.append(
            rf"{{\scriptsize {how.number(gain['difference'], signed=True)}}} & "
            + how.interval(gain["low"], gain["high"], signed=True)
            if gain
            else " & "
        )
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
