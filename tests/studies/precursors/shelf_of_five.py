"""A knowledge base small enough to work out every proposal by hand.

Known: LiCoO2 (Li2CO3 + Co3O4 twice, LiOH + CoO once), LiMn2O4 (LiOH + MnO2), NaCoO2 (Na2CO3 + Co3O4),
Li2MnO3 (Li2CO3 + MnO2), NaMnO2 (Na2CO3 + MnO2). Asked: LiCoMnO4, Li3CoO3, TiO2.
Usage: Li2CO3 3, LiOH 2, Co3O4 3, CoO 1, MnO2 3, Na2CO3 2.
"""

import numpy as np
import polars as pl

from retort.chemistry.composition import key, parse
from retort.studies.precursors.data import Archive

REACTIONS = [
    ("LiCoO2", ["Co3O4", "Li2CO3"], "train"),
    ("LiCoO2", ["Co3O4", "Li2CO3"], "train"),
    ("LiCoO2", ["CoO", "LiOH"], "train"),
    ("LiMn2O4", ["LiOH", "MnO2"], "train"),
    ("NaCoO2", ["Co3O4", "Na2CO3"], "train"),
    ("Li2MnO3", ["Li2CO3", "MnO2"], "train"),
    ("NaMnO2", ["MnO2", "Na2CO3"], "train"),
    ("LiCoMnO4", ["Co3O4", "LiOH", "MnO2"], "valid"),
    ("Li3CoO3", ["Co3O4", "LiOH"], "test"),
    ("TiO2", ["TiCl4"], "test"),
]
KNOWN = ["LiCoO2", "LiMn2O4", "NaCoO2", "Li2MnO3", "NaMnO2"]


def rows() -> pl.DataFrame:
    """The reactions as a prepared table."""
    return pl.DataFrame(
        [
            {
                "id": f"r{number:02d}",
                "target": target,
                "target_key": key(parse(target)),
                "precursors": precursors,
                "doi": f"10.1/{number}",
                "year": 2000 + number,
                "published_part": part,
                "weight": 1.0,
            }
            for number, (target, precursors, part) in enumerate(REACTIONS)
        ]
    )


def archive() -> Archive:
    """The same as arrays, put together without the code under test's reader."""
    targets = sorted({target for target, _, _ in REACTIONS})
    precursors = sorted({name for _, names, _ in REACTIONS for name in names})
    elements = sorted({element for formula in (*targets, *precursors) for element in parse(formula)})

    def fractions(formulas):
        table = np.array([[parse(f).get(element, 0) for element in elements] for f in formulas], np.float32)
        return table / table.sum(axis=1, keepdims=True)

    width = max(len(names) for _, names, _ in REACTIONS)
    sets = [sorted(precursors.index(name) for name in names) for _, names, _ in REACTIONS]
    return Archive(
        elements=tuple(elements),
        targets=targets,
        formulas=targets,
        precursors=precursors,
        target_fractions=fractions(targets),
        precursor_fractions=fractions(precursors),
        ids=[f"r{number:02d}" for number in range(len(REACTIONS))],
        part=np.array([part for _, _, part in REACTIONS]),
        target=np.array([targets.index(target) for target, _, _ in REACTIONS]),
        sets=np.array([members + [-1] * (width - len(members)) for members in sets]),
        weight=np.ones(len(REACTIONS)),
    )


def similarity(archive: Archive, order: list[str]) -> np.ndarray:
    """One row of cosines that falls from 0.9 by 0.1 along `order`."""
    known = [archive.targets[target] for target in archive.known.targets]
    return np.array([[0.9 - 0.1 * order.index(name) for name in known]])


def named(archive: Archive, proposals, owner: int = 0) -> list[frozenset[str]]:
    """The sets proposed for one target, by name, in the order of their rank."""
    return [
        frozenset(archive.precursors[member] for member in members if member >= 0)
        for row, members in zip(proposals.owner, proposals.sets.tolist(), strict=True)
        if row == owner
    ]
