"""The contract of a run: what it is given, what it returns, and which files stay.

A study's `train.run` maps `RunInputs` and settings to an `Outcome`; `execute` does the rest for every study.
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
from safetensors.torch import save_file
from torch import Tensor

from retort.training.device import choose_device
from retort.training.loop import HISTORY_SCHEMA
from retort.training.seeding import seed_everything
from retort.training.startup import without_compiler


@dataclass(frozen=True)
class RunInputs:
    """Files that a run reads.

    `uses` maps a role to the folders of the finished runs that play it; `fingerprint` identifies all contents.
    """

    prepared: Path
    split: Path
    features: dict[str, Path] = field(default_factory=dict)
    uses: dict[str, list[Path]] = field(default_factory=dict)
    fingerprint: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a run leaves behind; `history` may be empty (a method without training)."""

    model: dict[str, Tensor]
    predictions: pl.DataFrame
    history: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HISTORY_SCHEMA))
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class FinishedRun:
    """A run on disk, as scoring sees it."""

    folder: Path
    dataset: str
    split: str
    variant: str
    seed: int
    inputs: RunInputs
    settings: dict
    paired: bool = True  # its seed is one that all variants of its grid share

    def read(self, name: str) -> pl.DataFrame:
        """`history` or `predictions` as a table."""
        return pl.read_parquet(self.folder / f"{name}.parquet")


def sha256(path: Path) -> str:
    """Checksum of a file, or of all files below a folder in the order of their names."""
    digest = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


def fingerprint(
    inputs: RunInputs, settings: dict, seed: int, code: list[Path], device: torch.device
) -> tuple[str, dict]:
    """One hash of everything that a run's result depends on, and the hashes that it is made of."""
    parts = {
        "prepared": sha256(inputs.prepared),
        "split": sha256(inputs.split),
        "features": {view: sha256(folder) for view, folder in sorted(inputs.features.items())},
        "uses": {
            role: [sha256(folder / "model.safetensors") for folder in folders]
            for role, folders in sorted(inputs.uses.items())
        },
        "code": hashlib.sha256("".join(sha256(path) for path in sorted(code)).encode()).hexdigest(),
        "settings": settings,
        "seed": seed,
        "device": device.type,
        "torch": torch.__version__,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(), parts


def execute(
    study: str,
    inputs: RunInputs,
    settings: dict,
    *,
    seed: int,
    folder: Path,
    code: list[Path] = (),
    origin: dict | None = None,
    device: str = "auto",
    progress: bool = True,
) -> None:
    """Run `retort.studies.<study>.train.run` and write the four files of a run into `folder`, `run.json` last.

    A checkpoint left by an interrupted call of the same fingerprint is taken up, and removed once the files stand.
    """
    started = time.perf_counter()
    without_compiler()
    seed_everything(seed)
    chosen = choose_device(device)
    identity, hashes = fingerprint(inputs, settings, seed, list(code), chosen)
    inputs = RunInputs(inputs.prepared, inputs.split, inputs.features, inputs.uses, identity)
    folder.mkdir(parents=True, exist_ok=True)
    module = importlib.import_module(f"retort.studies.{study}.train")
    outcome = module.run(inputs, settings, seed=seed, folder=folder, device=chosen, progress=progress)

    _write(folder / "history.parquet", outcome.history.write_parquet)
    _write(folder / "predictions.parquet", outcome.predictions.write_parquet)
    tensors = {name: value.detach().cpu().clone().contiguous() for name, value in outcome.model.items()}
    _write(folder / "model.safetensors", lambda path: save_file(tensors, path))
    run = {
        "study": study,
        "seed": seed,
        "settings": settings,
        "uses": {role: [used.as_posix() for used in folders] for role, folders in inputs.uses.items()},
        "hashes": hashes,
        "facts": outcome.facts,
        "device": torch.cuda.get_device_name() if chosen.type == "cuda" else machine(),
        "machine": machine_identity(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "polars": pl.__version__,
        },
        "wall_seconds": time.perf_counter() - started,
        # ru_maxrss is in KiB on Linux and in bytes on macOS.
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (2**20 if sys.platform == "darwin" else 2**10),
        **(origin or {}),
    }
    text = json.dumps(run, indent=1, sort_keys=True)
    _write(folder / "run.json", lambda path: path.write_text(text))
    (folder / "checkpoint.safetensors").unlink(missing_ok=True)


def machine() -> str:
    """The processor's name, as the record's origin states it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine_identity() -> str:
    """What decides whether two runs can agree to the byte: processor, its instruction sets, C library and Python."""
    cpuinfo = Path("/proc/cpuinfo")
    keep = ("model name", "cpu family", "model\t", "stepping", "flags", "Features")
    first = cpuinfo.read_text().split("\n\n")[0] if cpuinfo.exists() else platform.processor()
    lines = sorted(line for line in first.splitlines() if line.startswith(keep))
    libraries = [platform.machine(), *platform.libc_ver(), platform.python_version()]
    return hashlib.sha256("\n".join([*lines, *libraries]).encode()).hexdigest()[:16]


def _write(path: Path, write) -> None:
    temporary = path.with_name(path.name + ".part")
    write(temporary)
    temporary.replace(path)
