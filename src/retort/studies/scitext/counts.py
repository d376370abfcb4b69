"""What the data sets of the study really have, part by part: sources' own counts are now and then off."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import polars as pl
from safetensors.numpy import load_file

from retort.datasets.parts import PARTS
from retort.runs import Run
from retort.sealed import read_table
from retort.studies.scitext.data import Annotations, Entity
from retort.studies.scitext.readings import SYMMETRIC, WIDEST

ALL = "all"
VIEW = "word_pieces"
DOMAINS = ("general", "science")


def counts(runs: Iterable[Run]) -> Iterator[tuple[str, str, str, int, float]]:
    """`dataset, part, quantity, n, value` of every data set by the split that trains with most of its documents."""
    # Of equally large splits the first by name, so that the order of the runs does not matter.
    splits = {(run.dataset, run.split): run for run in runs}
    largest: dict[str, tuple[int, Run]] = {}
    for (dataset, _), run in sorted(splits.items()):
        size = int((read_table(run.inputs.split)["part"] == "train").sum())
        if dataset not in largest or size > largest[dataset][0]:
            largest[dataset] = size, run
    for dataset, (_, run) in largest.items():
        table = read_table(run.inputs.prepared).with_row_index("place")
        table = table.join(read_table(run.inputs.split).select("id", "part"), on="id", maintain_order="left")
        parts = {part: table.filter(part=part) for part in PARTS}
        of = _annotated if "entities" in table.columns else partial(_corpus, pieces=_pieces(run))
        found = {part: of(rows) for part, rows in parts.items()}
        found[ALL] = {name: sum(each[name] for each in found.values()) for name in next(iter(found.values()))}
        found[ALL] |= _rejects(run)
        for part, quantities in found.items():
            yield from ((dataset, part, name, n, float(n)) for name, n in quantities.items())


def _annotated(table: pl.DataFrame) -> dict[str, int]:
    said = [
        Annotations.of(row) for row in table.select("entities", "relations", "clusters").iter_rows(named=True)
    ]
    lengths = table["sentences"].list.len()
    return {
        "documents": len(table),
        "sentences": int(lengths.sum()),
        "words": int(table["sentences"].explode().list.len().sum()) if len(table) else 0,
        "entities": sum(len(each.entities) for each in said),
        "nested entities": sum(_nested(each.entities) for each in said),
        f"entities wider than {WIDEST}": sum(
            e.end - e.start > WIDEST for each in said for e in each.entities
        ),
        "relations": sum(len(each.relations) for each in said),
        "symmetric relations": sum(r.type.upper() in SYMMETRIC for each in said for r in each.relations),
        "clusters": sum(len(each.clusters) for each in said),
        "mentions": sum(len(cluster) for each in said for cluster in each.clusters),
    }


def _nested(entities: Iterable[Entity]) -> int:
    """Entities that share a word with another one."""
    spans = sorted(entities)
    shared = set()
    for place, one in enumerate(spans):
        for other in range(place + 1, len(spans)):
            if spans[other].start >= one.end:
                break
            shared |= {place, other}
    return len(shared)


def _corpus(table: pl.DataFrame, pieces: pl.Series | None) -> dict[str, int]:
    """Documents and words by domain, and pieces, of which `pieces` has the number of each prepared row."""
    found: dict[str, int] = {"documents": len(table), "words": _words(table)}
    for domain in DOMAINS:
        here = table.filter(domain=domain)
        found[f"documents of {domain}"] = len(here)
        found[f"words of {domain}"] = _words(here)
        if pieces is not None:
            found[f"pieces of {domain}"] = int(pieces.gather(here["place"]).sum())
    return found


def _pieces(run: Run) -> pl.Series | None:
    """(N,) of each prepared row; None where the run does not read the view."""
    folder = run.inputs.features.get(VIEW)
    if folder is None:
        return None
    return pl.Series(np.diff(load_file(folder / "pieces.safetensors")["offsets"]))


def _words(table: pl.DataFrame) -> int:
    return int(table["text"].str.split(" ").list.len().sum())


def _rejects(run: Run) -> dict[str, int]:
    """How many rows were refused, in all and for each reason."""
    rejects = read_table(run.inputs.prepared.with_suffix(".rejects.parquet"))
    reasons = rejects["reason"].value_counts().sort("reason")
    return {"rejects": len(rejects)} | {f"rejected: {reason}": count for reason, count in reasons.iter_rows()}
