"""Table: how much the spelling of a molecule gives away: models of strings, by which string they read."""

import sys

import polars as pl

from retort.report.names import metric, variant
from retort.report.protocols import STRICT, estimate, main_metric
from retort.report.results import Results, present, table_arguments
from retort.report.tables import Column, escape, tabular
from retort.sealed import write_generated

# System: (group, what it reads).
COLUMNS = {
    variant("ngram-raw"): ("n-grams", "as in the file"),
    variant("ngram-canonical"): ("n-grams", "canonical"),
    variant("ngram"): ("n-grams", "standardised"),
    variant("smiles-raw"): ("transformer", "as in the file"),
    variant("smiles"): ("transformer", "standardised"),
    variant("forest"): ("random forest", "standardised"),
}
DETECTOR = variant("ngram-raw")
PROTOCOLS = ("scaffold", STRICT)  # the published protocol before ours
CLASSES = metric("roc_auc")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "molecules", argv)
    sets = detected(results)
    have = present(COLUMNS, pl.concat([results.summary.clear(), *(rows for _, rows in sets)]))
    titles, splits = [], []
    for place, rows in sets:
        measure = main_metric(results, rows)
        # The caption says what is printed of classes.
        unit = "" if measure.name == CLASSES else f" ({escape(measure.header)})"
        titles.append(f"{escape(place['title'])}{unit}")
        splits.append(escape(place["split"]))
    columns = [Column("Set", titles or ["not run at this scale"]), Column("Split", splits or [""])]
    for system in have:
        group, reads = COLUMNS[system]
        cells = [score(results, rows, system) for _, rows in sets]
        columns.append(Column(rf"\shortstack{{{group},\\{reads}}}", cells, r"r@{\,}l", 2))
    write_generated(output, tabular(columns, source="src/scripts/molecules_leak.py"))


def detected(results: Results) -> list[tuple[dict, pl.DataFrame]]:
    """A place for each data set on which the detector read raw strings, with its test scores; classes come first."""
    summary = results.summary.filter(part="test")
    found: dict[str, tuple[dict, pl.DataFrame]] = {}
    for protocol in PROTOCOLS:
        for place in results.places.filter(protocol=protocol, share=1.0).sort("order").to_dicts():
            rows = summary.filter(dataset=place["dataset"], split=place["split"])
            if DETECTOR in set(rows["variant"]):
                found.setdefault(place["dataset"], (place, rows))
    return sorted(
        found.values(), key=lambda one: (main_metric(results, one[1]).name != CLASSES, one[0]["order"])
    )


def score(results: Results, rows: pl.DataFrame, system: str) -> str:
    """The score of a system with its interval, a dash where it did not run."""
    measure = main_metric(results, rows)
    return " & ".join(estimate(measure, rows.filter(variant=system, metric=measure.name)))


if __name__ == "__main__":
    main(sys.argv[1:])
