"""Runs that are written by hand: documents, splits, and what systems of known quality say of them."""

from pathlib import Path

import numpy as np
import polars as pl

from retort.datasets.documents import DOCUMENTS, document, entity, mentions, relation
from retort.datasets.prepared import REJECT_SCHEMA
from retort.runs import Place, Run, RunInputs, StudyPlan
from retort.sealed import write_table
from retort.studies.scitext.data import Annotations, Document, predictions, read

PARTS = {"train": 6, "valid": 2, "test": 12}


def corpus(folder: Path, noise: str = "noise") -> RunInputs:
    """Twenty documents of two sentences; each has five entities, three relations and two clusters.

    The second entity is wider than eight words, the third lies in it, and the last word of every document is its own.

    Args:
        noise: how those of test write the word `noise`.
    """
    rows = []
    for number in range(sum(PARTS.values())):
        first = ["we", "parse", *(f"w{place}" for place in range(2, 13)), "."]
        tested = number >= PARTS["train"] + PARTS["valid"]
        second = ["it", "beats", noise if tested else "noise", "on", f"data{number}"]
        rows.append(
            document(
                f"d{number:02d}",
                [first, second],
                entities=[
                    entity(1, 2, "Task"),
                    entity(2, 12, "Method"),
                    entity(4, 5, "Method"),
                    entity(16, 17, "Task"),
                    entity(18, 19, "Task"),
                ],
                relations=[
                    relation((2, 12), (1, 2), "USED-FOR"),
                    relation((2, 12), (4, 5), "CONJUNCTION"),
                    relation((16, 17), (18, 19), "COMPARE"),
                ],
                clusters=[mentions([(2, 12), (14, 15)]), mentions([(1, 2), (16, 17)])],
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    prepared, split = folder / "small.parquet", folder / "entities.parquet"
    write_table(pl.DataFrame(rows, schema=dict(DOCUMENTS)), prepared)
    rejects = [
        ("a.json", 1, "x", "no words"),
        ("a.json", 2, "y", "no words"),
        ("b.json", 1, "z", "it stands twice"),
    ]
    write_table(
        pl.DataFrame(rejects, schema=dict(REJECT_SCHEMA), orient="row"),
        prepared.with_suffix(".rejects.parquet"),
    )
    part = [name for name, count in PARTS.items() for _ in range(count)]
    write_table(pl.DataFrame({"id": [row["id"] for row in rows], "part": part}), split)
    return RunInputs(prepared, split)


def forgetful(documents: list[Document], seed: int, kept: float) -> list[Annotations]:
    """All that is annotated, each with the chance `kept`; Compare the other way round; pairs always a bit wrong."""
    draw = np.random.default_rng(seed)
    said = []
    for each in documents:
        some = {
            name: [thing for thing in getattr(each.gold, name) if draw.random() < kept]
            for name in ("entities", "relations", "clusters")
        }
        some["relations"] = [
            r._replace(
                head_start=r.tail_start, head_end=r.tail_end, tail_start=r.head_start, tail_end=r.head_end
            )
            if r.type == "COMPARE"
            else r
            for r in some["relations"]
        ]
        pairs = [r if draw.random() < kept else r._replace(type="USED-FOR") for r in each.gold.relations]
        said.append(Annotations(**some, pairs=pairs))
    return said


def run(
    folder: Path, inputs: RunInputs, variant: str, seed: int, target: str = "entities", kept: float = 0.8
) -> Run:
    """A run of a forgetful system, with its predictions on disk."""
    documents = read(inputs.prepared, inputs.split).predicted
    home = folder / variant / target / f"seed{seed}"
    home.mkdir(parents=True)
    write_table(
        predictions(documents, forgetful(documents, seed, kept), target), home / "predictions.parquet"
    )
    settings = {"method": "extract", "target": target}
    return Run("scitext", "small", inputs.split.stem, variant, seed, home, inputs, settings)


def plan(*splits: str) -> StudyPlan:
    """The places of the splits of the one data set, each its own family."""
    places = tuple(
        Place("small", split, (split,), f"small-{split}", "entities", split, 1.0, False) for split in splits
    )
    return StudyPlan("general", {}, places)
