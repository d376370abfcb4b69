"""A project in a scratch folder with a few generated crystals, as the workflow would prepare them."""

import copy
from dataclasses import replace
from pathlib import Path

import polars as pl

from retort import configuration
from retort.configuration import merge
from retort.datasets import crystals_generated
from retort.datasets.splits import split
from retort.datasets.views import crystal_graphs, formulas
from retort.files import whole_folder
from retort.plan import Plan
from retort.runs import Run, RunInputs
from retort.sealed import write_table
from retort.training.run import execute

ROOT = Path(__file__).resolve().parents[3]
CONFIG = configuration.load(ROOT / "workflow/config", "smoke")
PLAN = Plan(CONFIG)
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
        for place in ("formation", "formation-25-0", "formation-05-0", "gap"):
            parts = split(prepared.rows, block["splits"][place], 0)
            folder = root / "data/splits" / name
            folder.mkdir(parents=True, exist_ok=True)
            write_table(parts, folder / f"{place}.parquet")
        for view in (crystal_graphs, formulas):
            with whole_folder(root / "data/features" / name / view.__name__.rpartition(".")[2]) as folder:
                view.build(pl.read_parquet(root / f"data/prepared/{name}.parquet"), folder)
    return root


def planned(root: Path, variant: str, dataset="crystals", split="formation", seed=0, **changes) -> Run:
    """A run of the smoke configuration below `root`, with small models, not yet executed."""
    run = PLAN.run("transfer", dataset, split, variant, seed)
    inputs = RunInputs(
        prepared=root / run.inputs.prepared,
        split=root / run.inputs.split,
        features={view: root / folder for view, folder in run.inputs.features.items()},
        uses={role: [root / folder for folder in folders] for role, folders in run.inputs.uses.items()},
    )
    settings = merge(merge(copy.deepcopy(run.settings), QUICK), changes)
    return replace(run, folder=root / run.folder, inputs=inputs, settings=settings)


def run(root: Path, variant: str, dataset="crystals", split="formation", seed=0, **changes) -> Run:
    """Execute a run, and what it stands on, unless it is finished."""
    for runs in PLAN.uses(PLAN.run("transfer", dataset, split, variant, seed)).values():
        for used in runs:
            run(root, used.variant, used.dataset, used.split, used.seed)
    made = planned(root, variant, dataset, split, seed, **changes)
    if not (made.folder / "run.json").exists():
        execute(made, code="", device="cpu", progress=False)
    return made


def arrays(run: Run) -> tuple[Path, Path, Path, str]:
    """What `retort.studies.transfer.data.read` reads of a run."""
    inputs = run.inputs
    return inputs.prepared, inputs.split, inputs.features["formulas"], run.settings["target"]
