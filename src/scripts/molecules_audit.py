"""Table: the same classifiers under each split of each data set, with what the test part shares with training."""

import sys

import polars as pl

from retort.files import write_whole
from retort.report.protocols import AUC, measure, middle, strict, title, under
from retort.report.results import Results, present, table_arguments
from retort.report.tables import DASH, Column, escape, number, tabular

# Protocol: (what it is called, end of the data set's name).
PROTOCOLS = {
    "strict": ("strict", ""),
    "scaffold": ("scaffold", ""),
    "chiral": ("scaffold, with chirality", ""),
    "balanced": ("scaffold, balanced", ""),
    "random": ("random", ""),
    "published": ("distributed by IBM", "_ibm"),
}
SYSTEMS = ("forest", "svm", "ngram", "gin", "dmpnn", "dino-tuned", "dino-frozen")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    scores = results.scores.filter(part="test")
    audit = results.details("audit")
    # One unit for the whole table: a set of numbers may be split once more only for a figure.
    places = [
        name
        for name in strict(results)
        if measure(results.at(scores, name)) == AUC and len(protocols(scores, results.block(name)[0])) > 1
    ]
    others = pl.concat(
        [scores.clear()]
        + [
            rows
            for name in places
            for key, rows in protocols(scores, results.block(name)[0]).items()
            if key != "strict"
        ]
    )
    systems = present(SYSTEMS, others)
    labels, shared, known, cells, rules = [], [], [], [[] for _ in systems], []
    for name in places:
        dataset = results.block(name)[0]
        rules.append(len(labels))
        labels.append(heading(results, audit, name))
        shared.append("")
        known.append("")
        for column in cells:
            column.append(" & ")
        for protocol, rows in protocols(scores, dataset).items():
            about = under(audit, dataset + PROTOCOLS[protocol][1], protocol)
            draws = rows["split"].n_unique()
            labels.append(
                r"\quad " + escape(PROTOCOLS[protocol][0]) + (f" ({draws} draws)" if draws > 1 else "")
            )
            shared.append(number(about["test_scaffold_in_train"].mean(), percent=True, digits=0))
            known.append(number(about["test_structures_in_train"].cast(pl.Float64).mean(), digits=0))
            for column, system in zip(cells, systems, strict=True):
                found = rows.filter(variant=system, metric=AUC.metric)
                value, low, high = middle(found["value"])
                column.append(f"{AUC.number(value)} & {AUC.interval(low, high)}")
    if not labels:
        labels, shared, known = ["no set was split in several ways at this scale"], [DASH], [DASH]
    columns = [
        Column("Set and split", labels),
        Column(r"\shortstack{scaffold in\\training (\%)}", shared, "r"),
        Column(r"\shortstack{molecules\\in training}", known, "r"),
        *(
            Column(escape(results.title(system)), column, r"r@{\,}l", 2)
            for system, column in zip(systems, cells, strict=True)
        ),
    ]
    notes = []
    if places:
        notes = [
            "First columns: test molecules whose ring system, or which themselves, are in training, mean over draws.",
            "Scores: trimean over seeds and draws, with its interval over them where there are three.",
        ]
    write_whole(output, tabular(columns, source="src/scripts/molecules_audit.py", rules=rules, notes=notes))


def protocols(scores: pl.DataFrame, dataset: str) -> dict[str, pl.DataFrame]:
    """The scores under each protocol that a data set has; other versions of its files count too."""
    found = {name: under(scores, dataset + end, name) for name, (_, end) in PROTOCOLS.items()}
    return {name: rows for name, rows in found.items() if not rows.is_empty()}


def heading(results: Results, audit: pl.DataFrame, name: str) -> str:
    """The set with its rows, and those that occur again or contradict each other."""
    dataset = results.block(name)[0]
    # Under the strict protocol such rows are in no part, where the audit does not count them.
    rows = audit.filter(pl.col("dataset") == dataset, pl.col("split") != "strict")
    text = rf"\emph{{{escape(title(results, name))}}}"
    if rows.is_empty():
        return text
    repeated, against, count = (rows[column].max() for column in ("repeated", "contradictory", "rows"))
    return rf"{text}: {number(count, digits=0)} rows, {repeated} again, {against} contradict"


if __name__ == "__main__":
    main(sys.argv[1:])
