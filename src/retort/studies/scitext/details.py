"""The study's statistics that need predictions of all runs of a place together, and what its data sets have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from retort.runs import Run, StudyPlan
from retort.statistics.cells import Cell, level
from retort.statistics.components import Level
from retort.statistics.influence import Estimate
from retort.studies.scitext import readings
from retort.studies.scitext.counts import counts
from retort.studies.scitext.data import Annotations, Document, Documents, read
from retort.studies.scitext.tables import DETAILS

# Every type by itself, by the primary reading; a cluster has no type.
BY_TYPE = {"entities": readings.entities, "relations": readings.relations, "pairs": readings.pairs}
Rows = Iterator[tuple]
Split = tuple[str, str]  # paths of a prepared table and of a split


@dataclass(frozen=True)
class Judged:
    """A run, the documents of test, and what is annotated and said of each, in one order."""

    run: Run
    documents: Sequence[Document]
    gold: Sequence[Annotations]
    said: Sequence[Annotations]
    train: frozenset[str]

    @property
    def ids(self) -> list[str]:
        return [document.id for document in self.documents]

    @classmethod
    def of(cls, run: Run, documents: Documents, train: frozenset[str]) -> "Judged":
        """The run on documents of which `train` are the words that training shows, in lower case."""
        said = {
            row["id"]: Annotations.of(row)
            for row in run.read("predictions").filter(part="test").iter_rows(named=True)
        }
        test = documents.of("test")
        return cls(run, test, [each.gold for each in test], [said[each.id] for each in test], train)


def details(runs: list[Run], plan: StudyPlan) -> dict[str, pl.DataFrame]:
    """The tables of `tables.DETAILS`; all but `counts` of test and of runs that extract something."""
    found: dict[str, list[tuple]] = {name: [] for name in DETAILS}
    places: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        if run.settings["method"] != "pretrain":
            places.setdefault((run.dataset, plan.place(run).split, run.variant), []).append(run)
    splits: dict[Split, tuple[Documents, frozenset[str]]] = {}
    for place, here in sorted(places.items()):
        judged = [Judged.of(run, *_documents(run, splits)) for run in sorted(here)]
        target = here[0].settings["target"]
        for name, rows in (
            ("readings", _readings(judged, target)),
            ("by_type", _by_type(judged, target)),
            ("unseen", _unseen(judged) if target == "entities" else ()),
        ):
            found[name] += [(*place, *row) for row in rows]
    found["counts"] = list(counts(runs))
    return {name: pl.DataFrame(rows, schema=DETAILS[name], orient="row") for name, rows in found.items()}


def _documents(run: Run, known: dict[Split, tuple[Documents, frozenset[str]]]) -> tuple[Documents, frozenset]:
    """Those of the run's split and the words of its training documents; read once for all runs."""
    key = str(run.inputs.prepared), str(run.inputs.split)
    if key not in known:
        documents = read(run.inputs.prepared, run.inputs.split)
        known[key] = (
            documents,
            frozenset(word.lower() for each in documents.of("train") for word in each.words),
        )
    return known[key]


def _level(judged: Sequence[Judged], estimates: Sequence[Estimate]) -> Level:
    """Of one statistic of each run, over replicates and, where all have the same ones, documents."""
    same = all(each.ids == judged[0].ids for each in judged)
    return level(
        Cell(
            splits=np.array([each.run.split for each in judged]),
            seeds=np.array([each.run.seed for each in judged]),
            values=np.array([float(estimate.value) for estimate in estimates]),
            influence=np.stack([estimate.influence for estimate in estimates]) if same else None,
            ids=np.arange(len(judged[0].ids)) if same else None,
        )
    )


def _columns(found: Level) -> tuple:
    """`value, low, high, se, df, n`."""
    return found.value, found.low, found.high, found.se, found.df, found.n


def _readings(judged: Sequence[Judged], target: str) -> Rows:
    """`target, reading`, a level and `difference, difference_low, difference_high`."""
    found = [readings.of(target, each.gold, each.said) for each in judged]
    primary = [each[readings.F1] for each in found]
    for name in found[0]:
        if name in (readings.PRECISION, readings.RECALL):
            continue
        values = [each[name] for each in found]
        difference: tuple = (None, None, None)
        if name != readings.F1:
            differences = [
                Estimate(one.value - other.value, one.influence - other.influence)
                for one, other in zip(values, primary, strict=True)
            ]
            difference = _columns(_level(judged, differences))[:3]
        yield target, name, *_columns(_level(judged, values)), *difference


def _by_type(judged: Sequence[Judged], target: str) -> Rows:
    """`target, type, gold` and a level, of the types that test has."""
    if target not in BY_TYPE:
        return
    gold = judged[0].gold
    every = (
        thing.type for said in gold for thing in (said.entities if target == "entities" else said.relations)
    )
    for name in sorted(set(every)):
        counted = [BY_TYPE[target](each.gold, each.said, name) for each in judged]
        yield (
            target,
            name,
            int(counted[0].gold.sum()),
            *_columns(_level(judged, [each.f1 for each in counted])),
        )


def _unseen(judged: Sequence[Judged]) -> Rows:
    """`seen, gold` and a level of recall; runs that have no such entity are left out."""
    for seen in (True, False):
        kept, counted = [], []
        for each in judged:
            gold = [_only(*both, each.train, seen) for both in zip(each.documents, each.gold, strict=True)]
            found = readings.entities(gold, each.said)
            if found.gold.any():
                kept.append(each)
                counted.append(found)
        if counted:
            size = float(np.mean([each.gold.sum() for each in counted]))
            yield seen, size, *_columns(_level(kept, [each.recall for each in counted]))


def _only(document: Document, gold: Annotations, train: frozenset[str], seen: bool) -> Annotations:
    """The entities of which all words are in training documents, or the others."""
    words = [word.lower() in train for word in document.words]
    return Annotations(entities=[e for e in gold.entities if all(words[e.start : e.end]) == seen])
