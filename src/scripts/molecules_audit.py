"""Table: the same classifiers under each split of each data set, with what the test part shares with training."""

import sys
from dataclasses import dataclass

import polars as pl

from retort.report.names import metric, place, variants
from retort.report.protocols import STRICT, estimate, main_metric, strict
from retort.report.results import Results, present, table_arguments
from retort.report.tables import DASH, Column, escape, number, tabular
from retort.sealed import write_generated

# Protocol: what it is called.
PROTOCOLS = {
    STRICT: "strict",
    "scaffold": "scaffold",
    "chiral": "scaffold, with chirality",
    "balanced": "scaffold, balanced",
    "random": "random",
}
# Set: the same one as IBM distributes it, split.
DISTRIBUTED = {
    place("bbbp"): place("bbbp-ibm"),
    place("bace"): place("bace-ibm"),
    place("clintox"): place("clintox-ibm"),
}
SYSTEMS = variants("forest", "svm", "ngram", "gin", "dmpnn", "dino-tuned", "dino-frozen")
METRIC = metric("roc_auc")


@dataclass(frozen=True)
class Splitting:
    """One data set under one protocol.

    Attributes:
        title: of the protocol.
        scores: rows of `summary`, on test, with the metric of the table.
        audit: rows of the audit, one for each draw.
    """

    title: str
    scores: pl.DataFrame
    audit: pl.DataFrame


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    # One unit for the whole table: a set of numbers may be split once more only for a figure.
    sets = {name: splittings(results, name) for name in strict(results) if classes(results, name)}
    sets = {name: found for name, found in sets.items() if len(found) > 1}
    # What ran under the strict protocol alone tells nothing of splits.
    others = [one.scores for found in sets.values() for one in found if one.title != PROTOCOLS[STRICT]]
    systems = present(SYSTEMS, pl.concat([results.summary.clear(), *others]))
    labels, shared, known, cells, rules = [], [], [], [[] for _ in systems], []
    for name, found in sets.items():
        rules.append(len(labels))
        labels.append(heading(results, name))
        shared.append("")
        known.append("")
        for column in cells:
            column.append(" & ")
        for one in found:
            draws = one.scores["draws"].max() or 1
            labels.append(r"\quad " + escape(one.title) + (f" ({draws} draws)" if draws > 1 else ""))
            scaffolds, structures = (
                one.audit[f"test_{what}_in_train"] for what in ("scaffold", "structures")
            )
            shared.append(number(scaffolds.mean(), percent=True, digits=0, of=scaffolds))
            known.append(number(structures.mean(), digits=0, of=structures))
            for column, system in zip(cells, systems, strict=True):
                column.append(score(results, one, system))
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
    if sets:
        notes = [
            "First columns: test molecules whose ring system, or which themselves, are in training, mean over draws.",
            "Scores: mean over seeds and draws with its interval over these and over test molecules.",
        ]
    write_generated(
        output, tabular(columns, source="src/scripts/molecules_audit.py", rules=rules, notes=notes)
    )


def classes(results: Results, name: str) -> bool:
    """Whether classes are predicted at a place."""
    return main_metric(results, results.at(results.scores, name)).name == METRIC


def splittings(results: Results, name: str) -> list[Splitting]:
    """The protocols under which a data set has scores; another version of its files counts too."""
    dataset = results.place_row(name)["dataset"]
    found = [under(results, dataset, protocol, title) for protocol, title in PROTOCOLS.items()]
    distributed = results.place_row(DISTRIBUTED[name]) if name in DISTRIBUTED else None
    if distributed:
        found.append(under(results, distributed["dataset"], distributed["protocol"], "distributed by IBM"))
    return [one for one in found if not one.scores.is_empty()]


def under(results: Results, dataset: str, protocol: str, title: str) -> Splitting:
    """A data set under a protocol, with all labels."""
    rows = {"dataset": dataset, "protocol": protocol, "share": 1.0}
    return Splitting(title, *of(results, results.places.filter(**rows)))


def of(results: Results, places: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores of some places, and the audit of all their draws."""
    families, draws = (
        places.select("dataset", "split"),
        places.select("dataset", split="splits").explode("split"),
    )
    scores = results.summary.filter(part="test", metric=METRIC)
    return (
        scores.join(families, on=["dataset", "split"], how="semi"),
        results.details("audit").join(draws, on=["dataset", "split"], how="semi"),
    )


def score(results: Results, one: Splitting, system: str) -> str:
    """The score of a system, with its interval."""
    return " & ".join(estimate(results.metric(METRIC), one.scores.filter(variant=system)))


def heading(results: Results, name: str) -> str:
    """The set with its rows, and those that occur again or contradict each other."""
    row = results.place_row(name)
    text = rf"\emph{{{escape(row['title'])}}}"
    # Under the strict protocol such rows are in no part, where the audit does not count them.
    others = results.places.filter(pl.col("protocol") != STRICT, dataset=row["dataset"])
    _, rows = of(results, others)
    if rows.is_empty():
        return text
    repeated, against, count = (rows[column].max() for column in ("repeated", "contradictory", "rows"))
    return rf"{text}: {number(count, digits=0)} rows, {repeated} again, {against} contradict"


if __name__ == "__main__":
    main(sys.argv[1:])
