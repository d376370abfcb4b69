"""Table: what was published of SciERC and GENIA, beside ours: from BERT and DeBERTa, with science and without."""

import sys
from typing import NamedTuple

from retort.report.names import metric, place, variant, variants
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, escape, number, tabular
from retort.sealed import write_generated

CITATION = "jeong2022scideberta"
F1 = metric("f1")


class Task(NamedTuple):
    """A column: the source's in its table, and the place of ours, if there is one."""

    header: str
    quoted: str
    ours: str


TASKS = (
    Task("entities", "entities", place("scierc-entities")),
    Task("relations", "relations", place("scierc-relations")),
    Task("coreference", "coreference", place("scierc-coreference")),
    Task("entities", "genia-entities", place("genia")),
    Task("coreference", "genia-coreference", ""),
)
OURS = variants("random", "bert", "bert-science", "general", "general-longer", "science")
CONTROL, READ = variant("general"), variant("science")


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    levels = [results.levels(task.ours, F1) if task.ours else {} for task in TASKS]
    systems = [name for name in OURS if any(name in rows for rows in levels)]
    quoted = published(results)
    labels = [rf"\emph{{{escape(system)}}}" for system in quoted] + [
        escape(results.short(name)) for name in systems
    ]
    rules = [len(quoted)]
    both = {CONTROL, READ} <= set(systems)
    if both:
        rules.append(len(labels))
        labels.append("science less general text")
    columns = [Column("System", labels or ["not run at this scale"])]
    for number_, task in enumerate(TASKS if labels else ()):
        cells = [quote(values.get(task.quoted)) for values in quoted.values()]
        cells += [results.metric(F1).level(levels[number_].get(name, {})) for name in systems]
        cells += [results.difference(task.ours, READ, CONTROL, F1)] if both else []
        data = "SciERC" if number_ < 3 else "GENIA"
        columns.append(Column(rf"\shortstack{{{data}\\{task.header}}}", cells, r"r@{\,}l", 2))
    rows = [row for task in TASKS if task.ours and (row := results.place_row(task.ours))]
    documents = ", ".join(number(row["rows_train"], digits=0) for row in rows)
    notes = [
        rf"F1 in \%; ours with 95\,\% intervals, from {documents} annotated documents in the order of the columns."
    ]
    if quoted:
        notes.append(
            rf"\emph{{Italic}}: quoted~\cite{{{CITATION}}}, $\pm$ standard deviation of five runs where given; SCIIE,"
            r" SciBERT and S2ORC-SciBERT on SciERC there from their own papers, the last two by taggers on other gold."
            " GENIA there: nested, with coreference; ours: flat."
        )
    table = tabular(columns, source="src/scripts/scitext_published.py", rules=rules, notes=notes)
    write_generated(output, table)


def published(results: Results) -> dict[str, dict[str, dict]]:
    """The quoted F1 by system and column of the source's table; none beside generated data."""
    if results.places["generated"].any():
        return {}
    rows: dict[str, dict[str, dict]] = {}
    for value in results.published.filter(citation=CITATION, metric=F1).to_dicts():
        _, column, _ = value["id"].split("/", 2)
        rows.setdefault(value["system"], {})[column] = value
    return rows


def quote(value: dict | None) -> str:
    """A quoted value in percent with its spread, the two cells of a column; dashes where the source has none."""
    if value is None:
        return "-- & "
    digits = value["digits"]
    spread = number(value["spread"], digits=digits) if value["spread"] is not None else ""
    return rf"\emph{{{number(value['value'], digits=digits)}}} & " + (
        rf"{{\scriptsize $\pm$\,{spread}}}" if spread else ""
    )


if __name__ == "__main__":
    main(sys.argv[1:])
