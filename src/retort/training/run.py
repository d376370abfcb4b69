"""The contract of a run: what it is given, what it returns, and which files stay.

A study's `train.run(inputs, settings, context)` maps `RunInputs`, settings and `RunContext` to an `Outcome`; `execute`
does the rest for every study.
"""

import hashlib
import importlib
import json
import platform
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import torch
from torch import Tensor

from retort.files import check_manifest, sha256
from retort.runs import Run
from retort.sealed import write_json, write_table, write_tensors
from retort.training.device import choose_device
from retort.training.seeding import seed_everything
from retort.training.startup import without_compiler

HISTORY_SCHEMA = {"step": pl.Int64, "part": pl.String, "term": pl.String, "value": pl.Float64}


@dataclass(frozen=True)
class RunContext:
    """What every run has besides its inputs and its settings.

    Attributes:
        seed: of all that is drawn.
        device: where models are trained.
        folder: of the run; a checkpoint is kept there while it trains.
        fingerprint: identity of settings, data, code and seed; a checkpoint of another identity is ignored.
        progress: whether to say how far it is: a bar on a terminal, elsewhere a line now and then.
    """

    seed: int
    device: torch.device
    folder: Path
    fingerprint: str
    progress: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a run leaves behind; `history` may be empty (a method without training)."""

    model: dict[str, Tensor]
    predictions: pl.DataFrame
    history: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HISTORY_SCHEMA))
    facts: dict = field(default_factory=dict)


def fingerprint(run: Run, code: str, device: torch.device) -> tuple[str, dict]:
    """One hash of everything that a run's result depends on, and the hashes that it is made of."""
    inputs = run.inputs
    parts = {
        "prepared": sha256(inputs.prepared),
        "split": sha256(inputs.split),
        "features": {view: check_manifest(folder) for view, folder in sorted(inputs.features.items())},
        "uses": {
            role: [sha256(folder / "model.safetensors") for folder in folders]
            for role, folders in sorted(inputs.uses.items())
        },
        "code": code,
        "settings": run.settings,
        "seed": run.seed,
        "device": device.type,
        "torch": torch.__version__,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(), parts


def execute(
    run: Run, *, code: str, origin: dict | None = None, device: str = "auto", progress: bool = True
) -> None:
    """Run the variant as its study's `train.run` does, and write the four files of a run, `run.json` last.

    A checkpoint left by an interrupted call of the same fingerprint is taken up, and removed once the files stand.

    Args:
        code: digest of the code that the run may execute; part of the fingerprint.
        origin: more facts for run.json.
        device: `auto`, `cpu` or `cuda`.
    """
    started = time.perf_counter()
    without_compiler()
    seed_everything(run.seed)
    chosen = choose_device(device)
    identity, hashes = fingerprint(run, code, chosen)
    context = RunContext(run.seed, chosen, run.folder, identity, progress)
    run.folder.mkdir(parents=True, exist_ok=True)
    module = importlib.import_module(f"retort.studies.{run.study}.train")
    outcome = module.run(run.inputs, run.settings, context)

    write_table(outcome.history, run.folder / "history.parquet")
    write_table(outcome.predictions, run.folder / "predictions.parquet")
    write_tensors(outcome.model, run.folder / "model.safetensors")
    facts = {
        **{name: value for name, value in run.to_json().items() if name not in ("folder", "paired")},
        "hashes": hashes,
        "facts": outcome.facts,
        **surroundings(context.device),
        "wall_seconds": time.perf_counter() - started,
        **(origin or {}),
    }
    write_json(facts, run.folder / "run.json")
    # What a call that was killed while it wrote a checkpoint left behind goes with the checkpoint.
    for file in run.folder.glob(".*.part"):
        file.unlink()
    (run.folder / "checkpoint.safetensors").unlink(missing_ok=True)


def surroundings(device: torch.device) -> dict:
    """The machine and the software that a run is made with, and the memory it took so far."""
    return {
        "device": torch.cuda.get_device_name() if device.type == "cuda" else machine(),
        "machine": machine_identity(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "polars": pl.__version__,
        },
        # ru_maxrss is in KiB on Linux and in bytes on macOS.
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (2**20 if sys.platform == "darwin" else 2**10),
    }


def machine() -> str:
    """The processor's name, as the record's origin states it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine_identity() -> str:
    """What decides whether two runs can agree to the byte: processor, its instruction sets, C library and Python."""
    cpuinfo = Path("/proc/cpuinfo")
    keep = ("model name", "cpu family", "model\t", "stepping", "flags", "Features")
    first = cpuinfo.read_text(encoding="utf-8").split("\n\n")[0] if cpuinfo.exists() else platform.processor()
    lines = sorted(line for line in first.splitlines() if line.startswith(keep))
    libraries = [platform.machine(), *platform.libc_ver(), platform.python_version()]
    return hashlib.sha256("\n".join([*lines, *libraries]).encode()).hexdigest()[:16]
