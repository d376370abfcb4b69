"""Checkpoints: one sealed safetensors file with everything that a run needs to go on to the same bytes.

Tensors are stored as tensors, the rest as JSON in the file's header, so that nothing is ever unpickled.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from retort.files import DamagedFile
from retort.sealed import read_noted_tensors, write_tensors


@dataclass
class Checkpoint:
    """A training run between two steps.

    `step` steps are done. `optimizer` and `schedule` are `state_dict()`s; `notes` is any JSON object of the loop's.
    """

    step: int
    model: dict[str, Tensor]
    best: dict[str, Tensor]
    optimizer: dict
    schedule: dict | None
    notes: dict = field(default_factory=dict)


def write(path: Path, checkpoint: Checkpoint, fingerprint: str) -> None:
    """Write atomically: a reader sees the old checkpoint or the new one, never a part of one."""
    tensors = {f"model/{key}": value for key, value in checkpoint.model.items()}
    tensors |= {f"best/{key}": value for key, value in checkpoint.best.items()}
    scalars: dict[str, dict] = {}
    for index, state in checkpoint.optimizer["state"].items():
        for key, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer/{index}/{key}"] = value
            else:
                scalars.setdefault(str(index), {})[key] = value
    tensors["random/cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    notes = {
        "fingerprint": fingerprint,
        "step": checkpoint.step,
        "groups": checkpoint.optimizer["param_groups"],
        "scalars": scalars,
        "schedule": checkpoint.schedule,
        "notes": checkpoint.notes,
    }
    write_tensors(tensors, path, notes)


def read(path: Path, fingerprint: str) -> Checkpoint | None:
    """The checkpoint at `path`, or None when there is none that belongs to `fingerprint`.

    One that is damaged counts as none, and is reported: nothing but time is lost when the run starts over.
    Restores the random state as a side effect.
    """
    if not path.exists():
        return None
    try:
        tensors, header = read_noted_tensors(path)
    except DamagedFile as error:
        print(f"warning: {error.fault}; the run starts over")
        return None
    if header["fingerprint"] != fingerprint:
        return None

    def part(prefix: str) -> dict[str, Tensor]:
        return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}

    state: dict[int, dict] = {int(index): dict(values) for index, values in header["scalars"].items()}
    for key, value in part("optimizer/").items():
        index, name = key.split("/", 1)
        state.setdefault(int(index), {})[name] = value
    torch.set_rng_state(tensors["random/cpu"])
    if "random/cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random/cuda"])
    return Checkpoint(
        step=header["step"],
        model=part("model/"),
        best=part("best/"),
        optimizer={"state": state, "param_groups": header["groups"]},
        schedule=header["schedule"],
        notes=header["notes"],
    )
