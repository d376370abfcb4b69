"""Sixty molecules like those of ZINC, as a view with its split, and the settings of a tiny pre-training."""

import copy

import polars as pl
from rdkit import Chem

from retort.datasets.views import molecular_graphs
from retort.nn.molecular_graphs import MoleculeStore

CORES = ["c1ccc({})cc1{}", "c1cnc({})nc1{}", "C1CCN({})CC1{}", "c1csc({})c1{}", "C1COC({})C1{}"]
ENDS = [("C(=O)NC", "Cl"), ("C(=O)NCc2ccccc2", ""), ("CC(C)O", "F"), ("CCN2CCOCC2", "C")]
MORE = ["", "CC", "CCO"]
SMILES = [
    more + core.format(first, f"({second})" if second else "").replace("()", "")
    for core in CORES
    for first, second in ENDS
    for more in MORE
]

SETTINGS = {
    "text": "standard",
    "backbone": "gin",
    "pretext": "dino",
    "gin": {"width": 16, "layers": 2, "norm": "layer", "dropout": 0.1, "features": ["number", "aromatic"]},
    "walks": {"width": 12, "longest": 4},
    "smiles": {"width": 16, "layers": 1, "heads": 2, "longest": 64, "dropout": 0.1, "randomised": True},
    "crops": {
        "kind": "rings",
        "globals": 2,
        "locals": 2,
        "global_share": [0.5, 1.0],
        "local_share": [0.15, 0.5],
    },
    "dino": {
        "prototypes": 24,
        "hidden": 16,
        "bottleneck": 8,
        "student_temperature": 0.1,
        "teacher_temperature": 0.04,
        "centre_momentum": 0.9,
        "momentum": 0.9,
        "centring": True,
        "sharpening": True,
    },
    "contrast": {"temperature": 0.1, "width": 16},
    "molclr": {"atoms": 0.25, "bonds": 0.25, "kind": "mask"},
    "mlm": {"masked": 0.15},
    "cbow": {"hidden": 20},
    "told": {"hidden": 16},
    "pretraining": {
        "molecules": None,
        "epochs": 1,
        "batch": 16,
        "learning_rate": 1e-3,
        "weight_decay": 0.04,
        "warmup": 0.3,
        "evaluations": 2,
    },
}


def store(folder):
    """The view of the sixty, built into `folder`."""
    rows = pl.DataFrame(
        {"id": [f"m{i:02d}" for i in range(len(SMILES))], "standard": [Chem.CanonSmiles(s) for s in SMILES]}
    )
    folder.mkdir(parents=True, exist_ok=True)
    molecular_graphs.build(rows, folder)
    return MoleculeStore(folder)


def parts(held=12):
    """The last `held` are for validation."""
    count = len(SMILES)
    return pl.DataFrame(
        {
            "id": [f"m{i:02d}" for i in range(count)],
            "part": ["train"] * (count - held) + ["valid"] * held,
        }
    )


def settings(**changes):
    """`SETTINGS` with changes; a dict changes only what it names."""
    found = copy.deepcopy(SETTINGS)
    for name, value in changes.items():
        found[name] = found[name] | value if isinstance(value, dict) else value
    return found
