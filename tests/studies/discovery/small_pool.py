"""Ninety-six small formulas, most with a polymorph: properties of the elements and of one of two structures."""

import copy
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl
import torch
from safetensors.numpy import save_file

from retort.chemistry.composition import ATOMIC_NUMBER, key, parse
from retort.configuration import merge
from retort.datasets.views import formulas
from retort.runs import RunInputs
from retort.sealed import write_table
from retort.studies.discovery.data import PROPERTIES
from retort.studies.discovery.train import run as train
from retort.training.run import Outcome, RunContext

CATIONS = ("Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "Zn")
ANIONS = ("O", "S", "Se", "Te", "F", "Cl")
SHAPES = ("cubic rock salt", "hexagonal wurtzite")
SETTINGS = {
    "method": "head",
    "head": "ridge",
    "reads": ["magpie"],
    "context": ["temperature"],
    "width": 20,
    "elements": "magpie",
    "ridge": {"penalties": [1e-6, 1e-4, 1e-2]},
    "mlp": {
        "hidden": [16],
        "dropout": 0.0,
        "steps": 60,
        "batch": 16,
        "learning_rate": 1e-2,
        "weight_decay": 0.0,
        "evaluations": 4,
    },
    "boosting": {"trees": 20, "learning_rate": 0.2, "leaves": 8, "leaf": 3},
    "encoder": {
        "reads": "text",
        "width": 16,
        "layers": 1,
        "heads": 2,
        "longest": 32,
        "dropout": 0.0,
        "least": 2,
        "masked": 0.15,
        "steps": 12,
        "batch": 16,
        "learning_rate": 3e-3,
        "weight_decay": 0.01,
        "warmup": 0.1,
        "evaluations": 3,
    },
    "ranker": {
        "experts": 3,
        "hidden": [8, 6],
        "tower": [4],
        "alone": False,
        "auxiliary": False,
        "few": 10,
        "few_steps": 20,
        "steps": 150,
        "batch": 16,
        "learning_rate": 1e-2,
        "weight_decay": 0.0,
        "evaluations": 4,
    },
    "pairs": {"learner": "regression", "folds": 5, "strengths": [0.01, 1.0]},
    "order": "later-id",
    "recall": {"by": "cosine", "centre": "centred", "length": 10, "described": 5, "components": 8},
}


def table() -> pl.DataFrame:
    """The prepared pool: two crystals a formula, the second, wurtzite, 0.2 or 0.3 eV/atom above the first."""
    rows = []
    for number, (cation, anion, count) in enumerate(
        (cation, anion, count) for cation in CATIONS for anion in ANIONS for count in (1, 2)
    ):
        formula = f"{cation}{anion}{count if count > 1 else ''}"
        base = ATOMIC_NUMBER[cation] / 30 - ATOMIC_NUMBER[anion] / 40 + count / 2
        for shape, words in enumerate(SHAPES):
            energy = base + (0.2 + 0.1 * (number % 2)) * shape
            size = 4.0 + 0.1 * shape + 0.02 * number
            text = (
                f"{formula} is {words} structured. {cation} is bonded to {6 - 2 * shape} {anion} atoms "
                f"at {2 + size / 10:.2f} Å."
            )
            masked = (
                f"X is {words} structured. M is bonded to {6 - 2 * shape} M atoms at {2 + size / 10:.2f} Å."
            )
            row = {
                "id": f"mp-{10 * number + shape}",
                "formula": formula,
                "composition": key(parse(formula)),
                "sites": 2 + count,
                "lattice": np.diag([size] * 3).ravel().tolist(),
                "formation_energy": energy,
                "text": text,
                "masked": masked,
                "shape": float(shape),
                "anion": anion,
                "prototype": words,
                "query": number in (0, 20) and shape == 0,
                "host": number % 5 == 0 and shape == 0,
                "first_year": 2020 if number % 10 == 0 else 2000,
                "zt": 0.1 * number if number % 3 == 0 else None,
                "power_factor": float(number),
            }
            for place, name in enumerate(PROPERTIES):
                row[name] = (
                    max(base + 0.1 * place * shape, 0.0) if name == "gap" else base * (1 + 0.1 * place)
                )
            rows.append(row)
    return pl.DataFrame(rows)


@cache
def inputs() -> RunInputs:
    """The pool on disk; of six formulas three are in train, one each in unlabelled, valid and test."""
    folder, rows = Path(mkdtemp()), table()
    write_table(rows.drop("text", "masked", "shape"), folder / "prepared.parquet")
    parts = ["train", "train", "train", "unlabelled", "valid", "test"]
    order = np.random.default_rng(0).permutation(len(rows) // 2)
    part = [parts[order[number // 2] % 6] for number in range(len(rows))]
    write_table(rows.select("id", part=pl.Series(part)), folder / "split.parquet")
    names = ("formulas", "structure_features", "described", "descriptions", "auxiliary_labels")
    views = {name: folder / name for name in names}
    for each in views.values():
        each.mkdir()
    formulas.build(rows, views["formulas"])
    rows.select("id").write_parquet(views["structure_features"] / "ids.parquet")
    noise = np.random.default_rng(0).standard_normal((len(rows), 2))
    features = np.column_stack([rows["shape"].to_numpy(), noise]).astype(np.float32)
    save_file({"structure": features}, views["structure_features"] / "arrays.safetensors")
    forms = {name: pl.col("masked") for name in ("masked", "numberless", "masked_numberless", "shuffled")}
    rows.filter(pl.col("text").is_not_null()).select("id").write_parquet(views["described"] / "ids.parquet")
    rows.select("id", "text", **forms).write_parquet(views["descriptions"] / "texts.parquet")
    more = np.random.default_rng(1).standard_normal((30, 132)).astype(np.float32)
    labels = np.full((30, len(PROPERTIES)), np.nan)
    labels[:, :2] = 1.0
    save_file({"magpie": more, "labels": labels}, views["auxiliary_labels"] / "arrays.safetensors")
    return RunInputs(folder / "prepared.parquet", folder / "split.parquet", views)


def settings(**changes) -> dict:
    return merge(copy.deepcopy(SETTINGS), {"target": "energy"} | changes)


def context(folder: Path, seed: int = 0) -> RunContext:
    return RunContext(seed, torch.device("cpu"), folder, "", progress=False)


def outcome(folder: Path, given: RunInputs | None = None, seed: int = 0, **changes) -> Outcome:
    """What a run with these settings gives."""
    torch.manual_seed(seed)
    return train(given or inputs(), settings(**changes), context(folder, seed))
