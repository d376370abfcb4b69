"""What only pictures need: one test abstract as several systems read it."""

import hashlib
from collections import Counter
from collections.abc import Iterator

import polars as pl

from retort.runs import Run
from retort.studies.scitext.data import Annotations, Document, read
from retort.studies.scitext.tables import ILLUSTRATIONS

SHOWN = ("word-crf", "random", "general", "general-longer", "science")
GOLD = "gold"
LENGTHS = (60, 140)  # words of an abstract that fits a column and says something


def illustrate(runs: list[Run]) -> dict[str, pl.DataFrame]:
    """The tables of `tables.ILLUSTRATIONS`."""
    rows = list(_example(runs))
    return {"example": pl.DataFrame(rows, schema=ILLUSTRATIONS["example"], orient="row")}


def _example(runs: list[Run]) -> Iterator[tuple]:
    """The rows of `example`: of the data set and split that has most of the shown runs, the first by name of equals."""
    shown = [run for run in sorted(runs) if run.variant in SHOWN and run.settings.get("target") == "entities"]
    if not shown:
        return
    places = Counter((run.dataset, run.split) for run in shown)
    dataset, split = min(places, key=lambda place: (-places[place], place))
    first: dict[str, Run] = {}
    for run in shown:
        if (run.dataset, run.split) == (dataset, split):
            first.setdefault(run.variant, run)
    one = next(iter(first.values()))
    document = _typical(read(one.inputs.prepared, one.inputs.split).of("test"))
    said = {GOLD: document.gold} | {
        name: Annotations.of(
            first[name].read("predictions").row(by_predicate=pl.col("id") == document.id, named=True)
        )
        for name in SHOWN
        if name in first
    }
    gold = {entity[:3] for entity in document.gold.entities}
    words = document.words
    for variant, annotations in said.items():
        for entity in sorted(annotations.entities):
            start, end, kind = entity[:3]
            text = " ".join(words[start:end])
            yield dataset, split, variant, document.id, start, end, text, kind, entity[:3] in gold


def _typical(documents: list[Document]) -> Document:
    """One of a length that can be shown, drawn by a hash and so whatever systems make of it; any where none has it."""
    low, high = LENGTHS
    fitting = [each for each in documents if low <= len(each.words) <= high] or documents
    return min(fitting, key=lambda each: hashlib.sha256(f"example:{each.id}".encode()).hexdigest())
