"""Table: what the source prints of its annotations (Table 1) and of text that encoders read (Table 4), beside ours."""

import sys
from typing import NamedTuple

from retort.report.names import place
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, escape, number, spelt, tabular, wrapped
from retort.sealed import write_generated

CITATION = "jeong2022scideberta"


class Annotated(NamedTuple):
    """A line of Table 1: what is annotated, the place and kind of ours, and the column of the quoted value."""

    name: str
    ours: str
    kind: str
    quoted: str


class Read(NamedTuple):
    """A line of Table 4: a system of the source, what it read, and how our counts of the like text end."""

    system: str
    text: str
    ours: str = ""


ANNOTATED = (
    Annotated("SciERC, entities", place("scierc-entities"), "entities", "scierc-entity-count"),
    Annotated("SciERC, relations", place("scierc-relations"), "relations", "scierc-relation-count"),
    Annotated("GENIA, entities", place("genia"), "entities", "genia-entity-count"),
)
CORPUS = place("corpus")
READ = (
    Read("BERT", "general text"),
    Read("DeBERTa", "general text", "of general"),
    Read("SciBERT", "science, whole papers"),
    Read("S2ORC-SciBERT", "science, whole papers"),
    Read("SciDeBERTa (CS)", "general, then abstracts of computer science", "of science"),
    Read("SciDeBERTa", "general, then abstracts of all fields"),
)
AMOUNTS = {"corpus-tokens": "billion tokens", "corpus-size": "GB"}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    quoted = published(results)
    counted = {
        (dataset, quantity): n
        for dataset, quantity, n in results.details("counts")
        .filter(part="all")
        .select("dataset", "quantity", "n")
        .iter_rows()
    }
    rows = [annotated(results, line, quoted, counted) for line in ANNOTATED if quoted]
    rules = [len(rows)]
    rows += [read(results, line, quoted, counted) for line in READ if quoted]
    headers = {"What": "l", "Types, or what is read": wrapped(0.36), "Printed": "l", "Here": "l"}
    columns = [
        Column(header, [row[at] for row in rows], align) for at, (header, align) in enumerate(headers.items())
    ]
    notes = [
        rf"Printed: by the source~\cite{{{CITATION}}}, in its Tables 1 and 4. Types: those of our test parts. GENIA"
        " there is nested and all of it; here it is flat, and as much of it as our largest split has."
    ]
    write_generated(
        output,
        tabular(columns, source="src/scripts/scitext_printed.py", rules=rules, notes=notes if rows else []),
    )


def published(results: Results) -> dict[tuple[str, str], dict]:
    """The quoted values by column and system of the source's tables; none beside generated data."""
    if results.places["generated"].any():
        return {}
    rows = results.published.filter(citation=CITATION).to_dicts()
    return {(value["id"].split("/", 2)[1], value["system"]): value for value in rows}


def annotated(results: Results, line: Annotated, quoted: dict, counted: dict) -> list[str]:
    """The cells of a line of Table 1."""
    row = results.place_row(line.ours)
    table = results.at(results.details("by_type"), line.ours).filter(target=line.kind)
    types = ", ".join(map(spelt, table["type"].unique().sort()))
    printed = next((value["value"] for (column, _), value in quoted.items() if column == line.quoted), None)
    here = counted.get((row["dataset"], line.kind)) if row else None
    return [line.name, escape(types), number(printed, digits=0), number(here, digits=0)]


def read(results: Results, line: Read, quoted: dict, counted: dict) -> list[str]:
    """The cells of a line of Table 4."""
    amounts = [
        f"{number(value['value'], digits=value['digits'])} {unit}"
        for column, unit in AMOUNTS.items()
        if (value := quoted.get((column, line.system)))
    ]
    row = results.place_row(CORPUS)
    here = [
        f"{number(n, digits=0)} {what}"
        for what in ("words", "pieces")
        if row and line.ours and (n := counted.get((row["dataset"], f"{what} {line.ours}")))
    ]
    return [line.system, line.text, ", ".join(amounts), ", ".join(here)]


if __name__ == "__main__":
    main(sys.argv[1:])
