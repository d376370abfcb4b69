"""Table: what needs no pre-training or no tuning, beside the extractor; and SciBERT's two tasks, renewed or not."""

import sys

from retort.report.names import metric, metrics, place, variants
from retort.report.results import table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

F1 = metric("f1")
OTHERS = metrics("precision", "recall", "f1-macro")
BLOCKS = (
    (
        place("scierc-entities-n35"),
        "entities",
        variants("gazetteer", "word-crf", "random-frozen", "science-frozen", "random", "science"),
    ),
    (
        place("scierc-entities-n90"),
        "entities",
        variants("gazetteer", "word-crf", "random-frozen", "science-frozen", "random", "science"),
    ),
    (
        place("scierc-entities"),
        "entities",
        variants("gazetteer", "word-crf", "random-frozen", "science-frozen", "random", "science"),
    ),
    (
        place("scierc-tags"),
        "entities, flat",
        variants(
            "gazetteer", "word-crf", "random-frozen", "science-frozen", "science-tagger", "tagger-renewed"
        ),
    ),
    (
        place("scierc-pairs"),
        "class of a pair",
        variants("random-pairs", "general-pairs", "science-pairs", "pairs-renewed"),
    ),
)


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    rows, starts = [], []
    for name, task, systems in BLOCKS:
        levels = results.levels(name, F1)
        others = {each: results.levels(name, each) for each in OTHERS}
        starts.append(len(rows))
        for system in systems:
            if system not in levels:
                continue
            first = len(rows) == starts[-1]
            documents = results.place_row(name)["rows_train"]
            rows.append(
                [
                    task if first else "",
                    number(documents, digits=0) if first else "",
                    escape(results.short(system)),
                    results.metric(F1).level(levels[system]),
                    *(
                        results.metric(each).number(others[each].get(system, {}).get("mean"))
                        for each in OTHERS
                    ),
                ]
            )
    headers = ["Task", "Documents", "System", results.metric(F1).header]
    headers += [results.metric(each).header for each in ("precision", "recall")] + ["macro F1 (%)"]
    aligns = ["l", "r", "l", r"r@{\,}l", "r", "r", "r"]
    columns = [
        Column(escape(header), [row[at] for row in rows], align, 2 if "@" in align else 1)
        for at, (header, align) in enumerate(zip(headers, aligns, strict=True))
    ]
    notes = [
        r"Means over draws and seeds, F1 with 95\,\% intervals. Tags of words cannot say one entity within another:"
        " flat entities are SciBERT's version of the data, which lacks these. A pair is given and has a class, so that"
        " F1 is accuracy there."
    ]
    table = tabular(columns, source="src/scripts/scitext_baselines.py", rules=starts, notes=notes)
    write_generated(output, table)


if __name__ == "__main__":
    main(sys.argv[1:])
