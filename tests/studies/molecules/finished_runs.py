"""Finished runs of the study `molecules`, as small as they can be, for what its commands find."""

import numpy as np
import polars as pl
import torch

from retort.asking import runs
from retort.sealed import read_json, write_json, write_table, write_tensors
from retort.studies.molecules import dmpnn
from retort.studies.molecules.backbones import make
from retort.studies.molecules.data import PREDICTIONS_SCHEMA

GOOD = ["CCO", "c1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1", "C1CCCCC1N", "C"]
GIN = {"width": 16, "layers": 2, "norm": "layer", "dropout": 0.0, "features": ["number", "chirality"]}
SMILES = {"width": 16, "layers": 1, "heads": 2, "longest": 64, "dropout": 0.0, "randomised": True}
SETTINGS = {
    "text": "standard",
    "gin": GIN,
    "walks": {"width": 8, "longest": 2},
    "smiles": SMILES,
    "finetuning": {"head": 8, "dropout": 0.1},
}
DMPNN = {"hidden": 16, "depth": 2}


def keep(root, place, method, weights, *, facts=(), **settings):
    folder = root / runs("molecules") / place
    folder.mkdir(parents=True)
    write_tensors(weights, folder / "model.safetensors")
    dataset, split, variant, seed = place.split("/")
    prepared, parts = f"data/prepared/{dataset}.parquet", f"data/splits/{dataset}/{split}.parquet"
    record = {
        "study": "molecules",
        "dataset": dataset,
        "split": split,
        "variant": variant,
        "seed": int(seed.removeprefix("seed")),
        "generated": False,
        "inputs": {"prepared": prepared, "split": parts, "features": {}, "uses": {}},
        "settings": SETTINGS | {"method": method} | settings,
        "facts": dict(facts),
    }
    write_json(record, folder / "run.json")
    return folder


def encoder(root, place, backbone, seed=0):
    torch.manual_seed(seed)
    weights = make(SETTINGS | {"backbone": backbone}).state_dict()
    weights = {f"backbone.{name}": value for name, value in weights.items()}
    return keep(root, place, "pretrain", weights, backbone=backbone)


def graph_network(root, place, worth, seed=0):
    """A D-MPNN as its run leaves it, with ROC-AUCs of 1 - `worth` on valid, to a twenty-fifth."""
    torch.manual_seed(seed)
    model = dmpnn.DMPNN(np.zeros(2), np.ones(2), **DMPNN)
    facts = {"kind": "classification", "labels": ["alive", "sweet"]}
    folder = keep(root, place, "dmpnn", model.state_dict(), facts=facts, dmpnn=DMPNN)
    judge(root, folder, "classification", worth)
    return folder


def molecules(kind):
    """Ten molecules of each part with two labels: chains of carbon, ending in oxygen or in nitrogen."""
    texts = [f"{'C' * (1 + row // 2)}{'ON'[row % 2]}" for row in range(30)]
    labels = {"alive": [row % 2 for row in range(30)], "sweet": [1 - row % 2 for row in range(30)]}
    if kind == "classification":
        labels = {name: [bool(value) for value in values] for name, values in labels.items()}
    else:
        labels = {name: [float(value) for value in values] for name, values in labels.items()}
    forms = dict.fromkeys(("smiles", "canonical", "standard"), texts)
    return pl.DataFrame({"id": [f"m{row:02d}" for row in range(30)], **forms, **labels})


def judge(root, folder, kind, worth, head="", names=("alive", "sweet")):
    """Give a run its prepared table, its split, and predictions of which on valid so many pairs are in a wrong order,
    or which are off by `worth`."""
    record = read_json(folder / "run.json")
    rows = molecules(kind).drop(set(("alive", "sweet")) - set(names))
    parts = rows.select("id", part=pl.Series([("train", "valid", "test")[row // 10] for row in range(30)]))
    for name, table in (("prepared", rows), ("split", parts)):
        write_table(table, root / record["inputs"][name])
    judged = rows.join(parts, on="id").filter(pl.col("part") != "train")
    tables = []
    for name in names:
        truth = judged[name].cast(pl.Float64).to_numpy()
        values = truth + worth
        if kind == "classification":
            wrong, values = round(25 * worth), np.empty(len(truth))
            for part in (slice(0, 10), slice(10, 20)):
                left = wrong
                highest = iter(range(1, 6))
                for place in range(part.start, part.stop):
                    if truth[place]:
                        values[place] = next(highest)  # 1 to 5
                    else:
                        values[place] = min(left, 5) + 0.5  # above so many of them
                        left -= min(left, 5)
        told = judged.select(
            "id", "part", label=pl.lit(name), head=pl.lit(head), value=pl.Series(values / 10)
        )
        empty = pl.lit(None, dtype=pl.List(pl.Float32))
        tables.append(told.with_columns(embedding=empty).cast(pl.Schema(PREDICTIONS_SCHEMA)))
    write_table(pl.concat(tables), folder / "predictions.parquet")
