"""DINO for molecules: self-distillation without labels (Caron et al., 2021, arXiv 2104.14294).

A student sees all crops of a molecule, its teacher only the global ones. The student learns to say of every crop what
the teacher says of another, over K prototypes; the teacher is the running average of the student. Two things keep them
from agreeing on a constant: the teacher's logits are centred, which stops one prototype from winning always, and
sharpened, which stops all prototypes from being equally likely.
"""

import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retort.nn.backbone import Backbone
from retort.training.optimisation import cosine

# As published: weight decay grows tenfold.
DECAY_GROWTH = 10.0
# The prototypes stand still in this first share of the steps (published: 1 epoch of 100, of far longer runs).
STILL_SHARE = 0.05


@dataclass(frozen=True)
class Crops:
    """Crops of B molecules, and when they are shown.

    Attributes:
        step: of the training; what the schedules depend on.
        steps: of the whole training.
        globals_: batch of 2 B crops, the first of every molecule before the second of every molecule.
        locals_: batch of L B crops in the same manner, None without local crops.
        molecules: B.
    """

    step: int
    steps: int
    globals_: Any
    locals_: Any | None
    molecules: int


class Head(nn.Module):
    """From embeddings (N, W) to cosines with K prototypes (N, K).

    Three layers with GELU, L2-normalisation, and prototypes normalised too. A gain of the prototypes is not learned: a
    large one would undo the temperatures.

    What goes in is standardised over the N crops. The published head has no such layer; but means over atoms are nearly
    the same for all molecules (their directions differ by 0.01 in each of 128 columns). Without it the loss stayed near
    log K in single pilots of some hundred steps, with it the loss fell. Student and teacher each use the statistics of
    the crops at hand.

    First weights have the standard deviation 1 / sqrt(inputs), which for the published 2048 inputs is the published
    0.02. With 0.02 a narrow head makes numbers so small that its biases drown them after some steps: every molecule
    then gets the same point, the collapse that centring and sharpening cannot prevent.
    """

    def __init__(self, inputs: int, hidden: int, bottleneck: int, prototypes: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.GELU(),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Linear(hidden, bottleneck),
        )
        self.prototypes = nn.Parameter(torch.empty(prototypes, bottleneck))
        nn.init.normal_(self.prototypes)
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=layer.in_features**-0.5)
                nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor, *, still: bool = False) -> Tensor:
        """Cosines of N crops of one kind; with `still` the prototypes get no gradient."""
        prototypes = self.prototypes.detach() if still else self.prototypes
        points = F.normalize(self.layers(standardised(features)), dim=-1)  # (N, bottleneck)
        return points @ F.normalize(prototypes, dim=-1).T


def standardised(features: Tensor) -> Tensor:
    """(N, W) with mean 0 and standard deviation 1 over the N in each column; a constant column becomes 0."""
    centred = features - features.mean(dim=0)
    return centred / (centred.square().mean(dim=0) + 1e-10).sqrt()


class Network(nn.Module):
    """A backbone with its head, which is what student and teacher both are."""

    def __init__(self, backbone: Backbone, head: Head):
        super().__init__()
        self.backbone = backbone
        self.head = head


class DINO(nn.Module):
    """Student, teacher and centre; all of them in the state dict, so that a resumed run goes on unchanged.

    The teacher is always in `eval()` mode: no dropout, and a backbone with BatchNorm uses the running statistics, which
    are copied from the student with every update (the average is taken of parameters only, and without the copy the
    teacher's statistics would stay what they were at the start).

    Args:
        backbone: batch of M crops to (M, W), with the attribute `width`; becomes the student's.
        settings: `prototypes, hidden, bottleneck, student_temperature, teacher_temperature, centre_momentum,
            momentum, centring, sharpening`. Without `sharpening` the teacher's temperature is the student's; without
            `centring` the centre stays zero.
    """

    centre: Tensor

    def __init__(self, backbone: Backbone, settings: dict):
        super().__init__()
        head = Head(backbone.width, settings["hidden"], settings["bottleneck"], settings["prototypes"])
        self.student = Network(backbone, head)
        self.teacher = copy.deepcopy(self.student).requires_grad_(False).eval()
        self.register_buffer("centre", torch.zeros(settings["prototypes"]))
        self.student_temperature = settings["student_temperature"]
        self.teacher_temperature = settings[
            "teacher_temperature" if settings["sharpening"] else "student_temperature"
        ]
        self.centring = settings["centring"]
        self.centre_momentum = settings["centre_momentum"]
        self.momentum = settings["momentum"]

    def train(self, mode: bool = True) -> "DINO":
        super().train(mode)
        self.teacher.eval()
        return self

    def forward(self, crops: Crops, *, still: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """What student and teacher make of the crops.

        Returns:
            cosines of the student (2 + L, B, K), of the teacher (2, B, K), and the student's embeddings of the global
            crops (2 B, W).
        """
        views = [crops.globals_] if crops.locals_ is None else [crops.globals_, crops.locals_]
        features = [self.student.backbone(view) for view in views]
        student_out = torch.cat([self.student.head(each, still=still) for each in features])  # ((2 + L) B, K)
        with torch.no_grad():
            teacher_out = self.teacher.head(self.teacher.backbone(crops.globals_))  # (2 B, K)
        shape = (-1, crops.molecules)
        return student_out.unflatten(0, shape), teacher_out.unflatten(0, shape), features[0]

    def terms(self, crops: Crops, *, still: bool = False) -> tuple[dict[str, Tensor], Tensor]:
        """The loss `total` with the collapse monitors, and the teacher's cosines (2, B, K); changes nothing."""
        student_out, teacher_out, features = self(crops, still=still)
        targets = ((teacher_out - self.centre) / self.teacher_temperature).softmax(dim=-1)  # (2, B, K)
        total = dino_loss(student_out / self.student_temperature, targets)
        return {"total": total, **monitors(targets.flatten(0, 1), features.detach())}, teacher_out

    @torch.no_grad()
    def update_centre(self, teacher_out: Tensor) -> None:
        """Move the centre towards the mean of the teacher's cosines (..., K), where there is centring."""
        if self.centring:
            self.centre.lerp_(teacher_out.flatten(0, -2).mean(dim=0), 1 - self.centre_momentum)

    @torch.no_grad()
    def update_teacher(self, momentum: float) -> None:
        """Parameters of the teacher become `momentum` x old + (1 - momentum) x student; buffers are copied."""
        old: list[Tensor] = list(self.teacher.parameters())
        new: list[Tensor] = list(self.student.parameters())
        torch._foreach_lerp_(old, new, 1 - momentum)
        for mine, theirs in zip(self.teacher.buffers(), self.student.buffers(), strict=True):
            mine.copy_(theirs)


def training_loss(model: DINO, crops: Crops) -> dict[str, Tensor]:
    """One step: the teacher takes in what the student learned in the step before, then the loss, then the centre.

    The loss uses the old centre, as published. The training loop calls nothing after its optimiser, so the average of
    step t - 1 is taken here, before step t; that of the last step is left to the caller (`finish`).
    """
    if crops.step > 0:
        model.update_teacher(momentum(crops.step - 1, crops.steps, model.momentum))
    terms, teacher_out = model.terms(crops, still=crops.step < STILL_SHARE * crops.steps)
    model.update_centre(teacher_out)
    return terms | {"momentum": torch.tensor(momentum(crops.step, crops.steps, model.momentum))}


def finish(model: DINO, steps: int) -> None:
    """The update of the teacher that follows the last step."""
    model.update_teacher(momentum(steps - 1, steps, model.momentum))


def dino_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy averaged over all pairs of a teacher's crop i and another crop j != i of the student.

    Args:
        logits: (V, B, K) of the student, the teacher's G crops first.
        targets: (G, B, K) distributions of the teacher.

    Returns:
        Mean over B molecules and G V - G pairs, in nats; with two global and L local crops, 2 (2 + L) - 2 pairs.

    Raises:
        ValueError: there is no such pair.
    """
    views, teachers = len(logits), len(targets)
    if teachers * views - teachers < 1 or views < teachers:
        raise ValueError(
            f"{views} crops of the student and {teachers} of the teacher, expected at least 2 and no more than that. "
            "Hint: crops.globals must be 2."
        )
    student = logits.log_softmax(dim=-1)
    crossed = -(targets.flatten(1) @ student.flatten(1).T) / logits.shape[1]  # (G, V)
    return (crossed.sum() - crossed.diagonal().sum()) / (teachers * views - teachers)


@torch.no_grad()
def monitors(targets: Tensor, features: Tensor) -> dict[str, Tensor]:
    """What shows a collapse.

    Args:
        targets: (N, K) distributions of the teacher.
        features: (N, W) embeddings of the student.

    Returns:
        teacher_entropy: mean entropy of the distributions in nats; 0 or log K in a collapse.
        kl_uniform: divergence in nats of their mean from the uniform distribution; log K when one prototype always
            wins, 0 when all are used alike.
        kl_uniform_each: the mean divergence of each one, which is log K - teacher_entropy; 0 when none is sharp.
        feature_sd: standard deviation over the N of L2-normalised embeddings, mean over their columns: 0 when all
            embeddings point the same way, at most 1 / sqrt(W).
    """
    most = math.log(targets.shape[1])
    each = torch.special.entr(targets).sum(dim=-1).mean()
    return {
        "teacher_entropy": each,
        "kl_uniform": most - torch.special.entr(targets.mean(dim=0)).sum(),
        "kl_uniform_each": most - each,
        "feature_sd": F.normalize(features, dim=-1).std(dim=0, correction=0).mean(),
    }


# Schedules: pure functions of the step, 0 ... steps - 1.


def weight_decay(step: int, steps: int, first: float, growth: float = DECAY_GROWTH) -> float:
    """From `first` to `growth` times that."""
    return cosine(step, steps, first, first * growth)


def momentum(step: int, steps: int, first: float) -> float:
    """Of the teacher, from `first` to 1."""
    return cosine(step, steps, first, 1.0)
