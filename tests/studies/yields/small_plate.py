"""A plate of 48 small reactions, prepared, with its views: four halides, three amines, two bases, two solvents."""

from functools import cache
from itertools import product
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl

from retort.datasets.views import component_descriptors, reaction_fingerprints, reaction_graphs
from retort.runs import RunInputs
from retort.sealed import write_table

HALIDES = {"Clc1ccccc1": "c1ccccc1", "Brc1ccccc1": "c1ccccc1", "Ic1ccncc1": "c1ccncc1", "CCBr": "CC"}
AMINES = {"CN": "CN", "CCN": "CCN", "NC1CC1": "C1CC1N"}  # and what is left of them in the product
BASES = ("O=C([O-])[O-].[K+].[K+]", "CCN(CC)CC")
SOLVENTS = ("CO", "CS(C)=O")
ROLES = ["halide", "amine", "base", "solvent"]
NETWORK = {
    "views": ["graph", "sequence", "features"],
    "graph": {"width": 8, "steps": 2, "iterations": 2, "readout": 12},
    "sequence": {"longest": 64, "width": 8, "layers": 2, "heads": 2, "attention": "components"},
    "features": {
        "source": "computed",
        "width": 8,
        "experts": 3,
        "mixtures": 2,
        "dense": 1,
        "dropout": 0.1,
        "entry": 0.05,
    },
    "head": {"width": 16, "dropout": 0.1},
}
SETTINGS = {
    "method": "network",
    "network": NETWORK,
    "loss": {"noise": 0.1, "agreement": 0.01, "balance": 0.01},
    "training": {
        "epochs": 3,
        "batch": 16,
        "least_steps": 1,
        "most_steps": 1000,
        "extra_steps": 0,
        "learning_rate": 3e-3,
        "weight_decay": 1e-5,
        "warmup": 0.1,
        "evaluations": 3,
        "passes": 5,
    },
    "pretraining": {
        "pretext": "contrast",
        "steps": 8,
        "batch": 16,
        "learning_rate": 3e-3,
        "weight_decay": 1e-5,
        "warmup": 0.1,
        "evaluations": 2,
        "transductive": False,
        "width": 8,
        "temperature": 0.07,
        "masked": 0.15,
    },
}


def table() -> pl.DataFrame:
    """The prepared plate; a yield is a sum of what each component gives."""
    rows = []
    for number, (halide, amine, base, solvent) in enumerate(product(HALIDES, AMINES, BASES, SOLVENTS)):
        made = AMINES[amine] + HALIDES[halide]
        given = [halide, amine, base, solvent]
        percent = (
            10 + 15 * list(HALIDES).index(halide) + 8 * list(AMINES).index(amine) + 12 * BASES.index(base)
        )
        rows.append((f"p-{number:02d}", float(percent), given, ROLES, [made], number % 8))
    names = ["id", "yield", "reactants", "roles", "products", "turn"]
    return pl.DataFrame(rows, schema=names, orient="row")


@cache
def inputs() -> RunInputs:
    """The plate on disk; of eight rows five are in train, one each in unlabelled, valid and test."""
    folder, rows = Path(mkdtemp()), table()
    write_table(rows.drop("turn"), folder / "prepared.parquet")
    named = ["train"] * 5 + ["unlabelled", "valid", "test"]
    part = rows["turn"].replace_strict(list(range(8)), named, return_dtype=pl.String)
    write_table(rows.select("id", part=part), folder / "split.parquet")
    views = {
        "reaction_graphs": reaction_graphs,
        "reaction_fingerprints": reaction_fingerprints,
        "component_descriptors": component_descriptors,
    }
    for name, view in views.items():
        view.build(rows, folder / name)
    return RunInputs(
        folder / "prepared.parquet", folder / "split.parquet", {name: folder / name for name in views}
    )


def places() -> np.ndarray:
    """All rows of the plate."""
    return np.arange(len(table()))
