"""Finished runs of the study `molecules`, as small as they can be, for what its commands find."""

import numpy as np
import torch

from retort.asking import runs
from retort.sealed import write_json, write_tensors
from retort.studies.molecules import dmpnn
from retort.studies.molecules.backbones import make

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
    """A D-MPNN as its run leaves it: it needs no other file than its weights."""
    torch.manual_seed(seed)
    model = dmpnn.DMPNN(np.zeros(2), np.ones(2), **DMPNN)
    facts = {"kind": "classification", "labels": ["alive", "sweet"], "best_one-minus-auc": worth}
    return keep(root, place, "dmpnn", model.state_dict(), facts=facts, dmpnn=DMPNN)
