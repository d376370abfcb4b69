"""Table: the encoder's parts, by the loss on hidden pieces and by F1 once tuned; and coreference for relations."""

import sys
from typing import NamedTuple

from retort.report.names import metric, place, variant
from retort.report.results import Results, table_arguments
from retort.report.tables import Column, escape, tabular
from retort.sealed import write_generated

F1, SCIENCE, GENERAL = metric("f1"), metric("mlm-science"), metric("mlm-general")
CORPUS = place("corpus")
# Task: where it may be taken from; the first place where the most of its systems were run.
ENTITIES, RELATIONS = "entities", "relations"
PLACES = {
    ENTITIES: (place("scierc-entities"), place("scierc-entities-n90")),
    RELATIONS: (place("scierc-relations"),),
}


class Part(NamedTuple):
    """A line: the system, the pre-training that it stands on, and what has the part, of both."""

    system: str
    model: str = ""
    whole: str = ""
    whole_model: str = ""


WHOLE = variant("general"), variant("lm-general")
BLOCKS = {
    ENTITIES: (
        Part(*WHOLE),
        Part(variant("no-c2p"), variant("lm-no-c2p"), *WHOLE),
        Part(variant("no-p2c"), variant("lm-no-p2c"), *WHOLE),
        Part(variant("plain-decoder"), variant("lm-plain-decoder"), *WHOLE),
        Part(variant("bert"), variant("lm-bert-general"), *WHOLE),
    ),
    RELATIONS: (
        Part(variant("science"), variant("lm-science")),
        Part(variant("without-coreference"), whole=variant("science")),
    ),
}


def main(argv: list[str] | None = None) -> None:
    results, output = table_arguments(__file__, "scitext", argv)
    losses = {name: results.levels(CORPUS, name) for name in (GENERAL, SCIENCE)}
    places = {task: chosen(results, task) for task in BLOCKS}
    found = {task: results.levels(name, F1) for task, name in places.items()}
    blocks = {
        task: [part for part in block if part.system in found[task] or part.model in losses[GENERAL]]
        for task, block in BLOCKS.items()
    }
    where = {part: task for task, block in blocks.items() if len(block) > 1 for part in block}
    parts = list(where)
    starts = [number for number, part in enumerate(parts) if not part.whole]
    columns = [Column("System", [escape(results.short(part.system)) for part in parts])]
    for name, title in ((GENERAL, "general text"), (SCIENCE, "abstracts")):
        cells = [results.metric(name).level(losses[name].get(part.model, {})) for part in parts]
        columns.append(Column(rf"\shortstack{{loss on\\{title}}}", cells, r"r@{\,}l", 2))
    cells = [results.difference(CORPUS, part.whole_model, part.model, GENERAL) for part in parts]
    columns.append(Column(r"\shortstack{first less\\this, general}", cells, r"r@{\,}l", 2))
    columns.append(Column("Task", [called(results, where[part], places) for part in parts]))
    cells = [results.metric(F1).level(found[where[part]].get(part.system, {})) for part in parts]
    columns.append(Column(escape(results.metric(F1).header), cells, r"r@{\,}l", 2))
    cells = [results.difference(places[where[part]], part.whole, part.system, F1) for part in parts]
    columns.append(Column(r"\shortstack{first less\\this}", cells, r"r@{\,}l", 2))
    notes = [
        r"Losses in nats per hidden piece of test. First less this: what the first system of the block has more than"
        r" this one. A part that this one lacks helps where that is below zero of a loss, and above zero of F1."
        r" Numbers after a task: documents that train. 95\,\% intervals."
    ]
    table = tabular(columns, source="src/scripts/scitext_ablation.py", rules=starts, notes=notes)
    write_generated(output, table)


def chosen(results: Results, task: str) -> str:
    """Where the systems of a task are taken from."""
    systems = {part.system for part in BLOCKS[task]}
    return max(PLACES[task], key=lambda name: len(systems & set(results.levels(name, F1))))


def called(results: Results, task: str, places: dict[str, str]) -> str:
    """A task and how many documents train."""
    row = results.place_row(places[task])
    return f"{task}, {row['rows_train']}" if row else task


if __name__ == "__main__":
    main(sys.argv[1:])
