"""The teacher-student strategy: a student, what it is shown, and the losses of its two steps.

Zhu and Yang (2023), arXiv:2309.04482. Step 1, knowledge transfer, fits the student's embedding to the teacher's; its
last layer is left alone. Step 2, knowledge guidance, descends (alpha L_embedding + L_target) / (alpha + 1).
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from retort.nn.robust import robust_l1
from retort.studies.transfer.crabnet import CrabNet
from retort.studies.transfer.formulas import Formulas
from retort.studies.transfer.roost import Roost
from retort.training.seeding import generator

STUDENTS: dict[str, type[CrabNet] | type[Roost]] = {"crabnet": CrabNet, "roost": Roost}


class Student(nn.Module):
    """A composition model and the scale of what it predicts.

    Args:
        body: CrabNet or Roost.
        lesson_width: columns of the teacher's lessons; 1 for a scalar, which a linear layer of its own then predicts.
            An embedding of the student's own width needs no layer, as published; another width gets a linear one.
    """

    center: Tensor
    scale: Tensor

    def __init__(self, body: CrabNet | Roost, lesson_width: int | None = None):
        super().__init__()
        self.body = body
        self.register_buffer("center", torch.zeros(()))
        self.register_buffer("scale", torch.ones(()))
        self.recite = (
            nn.Identity()
            if lesson_width is None or lesson_width == body.width
            else nn.Linear(body.width, lesson_width)
        )

    @classmethod
    def restore(cls, weights: dict[str, Tensor], settings: dict) -> "Student":
        """The student of a finished run, from its weights and its settings; the weights hold the element vectors."""
        kind = settings["student"]
        width = weights["recite.weight"].shape[0] if "recite.weight" in weights else None
        student = cls(STUDENTS[kind](weights["body.vectors"], **settings[kind]), width)
        student.load_state_dict(weights)
        return student

    def set_scale(self, values: np.ndarray) -> None:
        """Standardise the target with the mean and the standard deviation of training `values`."""
        self.center.fill_(float(np.mean(values)))
        self.scale.fill_(float(np.std(values)))

    def predict(self, batch: Formulas) -> tuple[Tensor, Tensor, Tensor]:
        """Value and sigma (B,) in the property's unit, and the embedding (B, W)."""
        embedding = self.body.embed(batch)
        mean, log_std = self.body.head(embedding).unbind(-1)
        return self.center + self.scale * mean, self.scale * log_std.exp(), embedding

    def borrow(self, weights: dict[str, Tensor]) -> None:
        """Begin with the body of another student; after step 1 also with its layer for scalars."""
        own = self.state_dict()
        taken = {
            name: value
            for name, value in weights.items()
            if name not in ("center", "scale") and name in own and own[name].shape == value.shape
        }
        missing = [name for name in own if name.startswith("body.") and name not in taken]
        if missing:
            raise ValueError(
                f"the run to start from is another model: it lacks {missing[0]} "
                f"({len(missing)} such). Hint: both variants need the same `student` and sizes."
            )
        self.load_state_dict(own | taken)


@dataclass(frozen=True)
class Batch:
    """Formulas with labels (B,) in standard units, lessons (B, W) and whether each has one (B,)."""

    formulas: Formulas
    target: Tensor
    lesson: Tensor
    taught: Tensor


@dataclass(frozen=True)
class Material:
    """What one step trains on, as arrays over N formulas.

    Attributes:
        numbers, fractions: (N, M).
        target: (N,) labels in standard units; zeros where only lessons count.
        lesson: (N, W) standardised lessons; zeros where there is none.
        taught: (N,) whether there is one.
    """

    numbers: np.ndarray
    fractions: np.ndarray
    target: np.ndarray
    lesson: np.ndarray
    taught: np.ndarray

    def batch(self, rows: np.ndarray, device: torch.device) -> Batch:
        """The formulas of `rows`."""
        return Batch(
            Formulas.from_arrays(self.numbers[rows], self.fractions[rows]).to(device),
            torch.from_numpy(self.target[rows].astype(np.float32)).to(device),
            torch.from_numpy(self.lesson[rows]).to(device),
            torch.from_numpy(self.taught[rows]).to(device),
        )


def jittered(batch: Batch, seed: int, step: int) -> Batch:
    """CrabNet's augmentation: amounts are off by two percent, drawn anew at every step."""
    return replace(batch, formulas=batch.formulas.jitter(generator(seed, step)))


def embedding_loss(student: Student, embedding: Tensor, batch: Batch) -> Tensor:
    """Mean-squared error to the lessons, over the formulas that have one; 0 in a batch without any."""
    errors = (student.recite(embedding) - batch.lesson).square().mean(dim=1)
    taught = batch.taught.to(errors.dtype)
    return (errors * taught).sum() / taught.sum().clamp(min=1)


def align_loss(student: Student, batch: Batch) -> dict[str, Tensor]:
    """Step 1: the teacher's embedding is all that counts."""
    loss = embedding_loss(student, student.body.embed(batch.formulas), batch)
    return {"embedding": loss, "total": loss}


def guided_loss(student: Student, batch: Batch, alpha: float) -> dict[str, Tensor]:
    """Step 2, and with alpha = 0 plain training: terms `target`, `total` and, with a teacher, `embedding`."""
    embedding = student.body.embed(batch.formulas)
    target = robust_l1(student.body.head(embedding), batch.target)
    if alpha == 0:
        return {"target": target, "total": target}
    lesson = embedding_loss(student, embedding, batch)
    return {"embedding": lesson, "target": target, "total": (alpha * lesson + target) / (alpha + 1)}
