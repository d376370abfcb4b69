"""A project in a scratch folder with a few generated crystals, as the workflow would prepare them."""

from pathlib import Path

import polars as pl

from retort import configuration, plan
from retort.configuration import merge
from retort.datasets import crystals_generated
from retort.datasets.splits import split
from retort.datasets.views import crystal_graphs, formulas
from retort.training.run import FinishedRun, RunInputs, execute

ROOT = Path(__file__).resolve().parents[3]
CONFIG = configuration.load(ROOT / "workflow/config", "smoke")
# Small models and short trainings; everything else is the smoke scale's.
QUICK = {
    "crabnet": {"width": 16, "layers": 1, "heads": 2, "feedforward": 16, "residual": [16, 8]},
    "roost": {"features": 8, "layers": 1, "heads": 1, "hidden": 8, "trunk": [16], "width": 8, "tail": [8]},
    "teacher": {"model": {"width": 8, "embedding": 8, "layers": 1}},
    "boosting": {"trees": 20},
    "training": {
        step: {"batch": 16, "epochs": 2, "least_steps": 8, "evaluations": 2}
        for step in ("teacher", "align", "learn", "tune")
    },
}
SIZES = {"crystals": 240, "crystals_other": 160}


def prepare(root: Path) -> Path:
    """Write prepared tables, splits and views of both generated sets below `root`."""
    for name, rows in SIZES.items():
        block = CONFIG["dataset"][name]
        settings = block["generator"]["settings"] | {"rows": rows}
        crystals_generated.generate(root / "data/raw" / name, settings, block["generator"]["seed"])
        prepared = crystals_generated.read(root / "data/raw" / name, block.get("settings", {}))
        prepared.write(root / f"data/prepared/{name}.parquet")
        for place in ("formation", "formation-25", "formation-05", "gap"):
            parts = split(prepared.rows, block["splits"][place], 0)
            folder = root / "data/splits" / name
            folder.mkdir(parents=True, exist_ok=True)
            parts.write_parquet(folder / f"{place}.parquet")
        for view in (crystal_graphs, formulas):
            folder = root / "data/features" / name / view.__name__.rpartition(".")[2]
            folder.mkdir(parents=True)
            view.build(pl.read_parquet(root / f"data/prepared/{name}.parquet"), folder)
    return root


def inputs(root: Path, key: plan.RunKey) -> RunInputs:
    """What the rule `train` would hand to this run."""
    uses = plan.uses(CONFIG, key)
    return RunInputs(
        prepared=root / f"data/prepared/{key.dataset}.parquet",
        split=root / f"data/splits/{key.dataset}/{key.split}.parquet",
        features={
            name: root / f"data/features/{key.dataset}/{name}" for name in ("crystal_graphs", "formulas")
        },
        uses={role: [root / used.folder for used in keys] for role, keys in uses.items()},
    )


def run(root: Path, variant: str, dataset="crystals", split="formation", seed=0, **changes) -> FinishedRun:
    """Execute a run of the smoke configuration, and what it stands on, unless it is finished."""
    key = plan.RunKey("transfer", dataset, split, variant, seed)
    for keys in plan.uses(CONFIG, key).values():
        for used in keys:
            run(root, used.variant, used.dataset, used.split, used.seed)
    settings = merge(merge(plan.run_settings(CONFIG, key), QUICK), changes)
    given, folder = inputs(root, key), root / key.folder
    if not (folder / "run.json").exists():
        execute("transfer", given, settings, seed=seed, folder=folder, device="cpu", progress=False)
    return FinishedRun(folder, dataset, split, variant, seed, given, settings)
