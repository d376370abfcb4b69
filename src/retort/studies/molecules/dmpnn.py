"""D-MPNN, the supervised graph network that a pre-trained one has to beat.

It is chemprop's (Yang et al., J. Chem. Inf. Model. 59 (2019) 3370; Heid et al., ibid. 64 (2024) 9), written anew: its
features, layers, initial weights, optimiser and rate schedule, with the defaults of version 2, to the same numbers.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from retort.chemistry.directed_graphs import directed_graph
from retort.chemistry.molecules import parse
from retort.nn.directed_messages import DirectedGraphs, DirectedMessagePassing, feed_forward
from retort.studies.molecules.data import CLASSIFICATION, Records, by_size
from retort.studies.molecules.finetune import steps_of
from retort.studies.molecules.multitask import Validation, masked_loss
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, Descent, Fit, fit
from retort.training.optimisation import noam_like
from retort.training.run import RunContext

# chemprop's defaults that no variant changes.
NORM = 100.0
FIRST_RATE = 0.1  # share of the highest rate at the first and at the last step
WARMUP_EPOCHS = 2
EVALUATIONS = 25
PREDICTED_AT_ONCE = 256


class DMPNN(nn.Module):
    """Messages along directed bonds, a scaled sum over atoms, and a head with one hidden layer.

    Args:
        center, scale: (T,) of the labels; the head works in standard units.
        hidden: width of the messages and of the head's layer.
        depth: times that bonds are updated, the first included.
        dropout: after each update and in the head.
    """

    center: Tensor
    scale: Tensor

    def __init__(self, center: np.ndarray, scale: np.ndarray, hidden: int, depth: int, dropout: float = 0.0):
        super().__init__()
        self.message_passing = DirectedMessagePassing(hidden, depth, dropout)
        self.ffn = feed_forward(hidden, hidden, len(center), dropout)
        self.register_buffer("center", torch.as_tensor(center, dtype=torch.float64))
        self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float64))

    def forward(self, batch: DirectedGraphs) -> Tensor:
        """(molecules, T) logits, or values in standard units."""
        return self.ffn(self.fingerprint(batch))

    def fingerprint(self, batch: DirectedGraphs) -> Tensor:
        """(molecules, hidden)."""
        folded = self.message_passing.folded(batch)
        return folded.molecules(self.message_passing.states(folded)) / NORM

    def values(self, batch: DirectedGraphs, kind: str) -> Tensor:
        """(molecules, T) float64 probabilities, or values in the labels' units."""
        output = self(batch).double()
        return output.sigmoid() if kind == CLASSIFICATION else self.center + self.scale * output


class MolGraphs:
    """The molecules of `texts` (SMILES), featurised once.

    Raises:
        MoleculeError: a text cannot be read.
    """

    def __init__(self, texts: Sequence[str], device: torch.device):
        self._device = device
        self._graphs = [directed_graph(parse(text)) for text in texts]

    def __call__(self, rows: np.ndarray) -> DirectedGraphs:
        """The batch of these molecules."""
        return DirectedGraphs.of([self._graphs[row] for row in rows]).to(self._device)


def train(records: Records, settings: dict, context: RunContext) -> tuple[np.ndarray, Fit, dict[str, Tensor]]:
    """Train a D-MPNN on the labels of train; the best epoch is that of the best mean on valid.

    With `dmpnn.patience` training ends when so many validations have brought nothing better; the rates are those of
    the whole budget. Validation terms are those of `Validation`. The initial weights come from torch's random state,
    which `seed_everything` sets; the seed orders the batches.

    Returns:
        Values (M, T) of the rows `records.predicted`: probabilities, or in the label's unit; the finished training;
        and the state dict of the best model.
    """
    chosen, kind = settings["dmpnn"], records.kind
    center, scale = records.scaling()
    model = DMPNN(center, scale, chosen["hidden"], chosen["depth"], chosen.get("dropout", 0.0)).to(
        context.device
    )
    graphs = MolGraphs(records.texts, context.device)
    labels = torch.from_numpy(((records.labels - center) / scale).astype(np.float32))
    known, held = records.rows_of("train"), records.rows_of("valid")
    batches = EvenBatches(known, chosen["batch"], context.seed)
    steps = steps_of(chosen, len(known))

    def batch(step: int) -> tuple[DirectedGraphs, Tensor]:
        rows = batches(step)
        return graphs(rows), labels[rows].to(context.device)

    def loss(model: DMPNN, batch: tuple[DirectedGraphs, Tensor]) -> dict[str, Tensor]:
        molecules, target = batch
        error = masked_loss(model(molecules), target, kind)
        return {"target": error, "total": error}

    validation = Validation((records.labels[held] - center) / scale, kind)

    fixed = [(some, graphs(held[some])) for some in by_size(records.texts, held, PREDICTED_AT_ONCE)]

    def validate(model: DMPNN) -> dict[str, float]:
        output = np.empty_like(validation.labels)
        for some, molecules in fixed:
            output[some] = model(molecules).double().cpu().numpy()
        return validation.terms(output)

    trained = fit(
        model=model,
        loss=loss,
        batch=batch,
        validate=validate,
        descent=_descent(model, chosen, steps, batches.steps_per_epoch),
        budget=replace(
            Budget.of(steps, chosen.get("evaluations", EVALUATIONS)), patience=chosen.get("patience")
        ),
        select=validation.select,
        context=context,
    )
    with torch.no_grad():
        values = _predict(model, graphs, records)
    return values, trained, trained.best


def _descent(model: nn.Module, chosen: dict, steps: int, steps_per_epoch: int) -> Descent:
    """Adam and chemprop's schedule: from a tenth of the rate up to it over two epochs, then down to a tenth.

    Where fewer than 50 epochs are made, the rise is as short a part of them as two epochs are of 50.
    """
    highest = chosen["learning_rate"]
    warmup = max(1, min(WARMUP_EPOCHS * steps_per_epoch, steps // 25))
    decay = chosen.get("weight_decay", 0.0)
    optimizer = torch.optim.Adam(model.parameters(), FIRST_RATE * highest, weight_decay=decay, fused=True)
    first, cooldown = FIRST_RATE * highest, max(1, steps - warmup)
    schedule = LambdaLR(optimizer, lambda step: noam_like(step, warmup, cooldown, first, highest, first))
    return Descent(optimizer, schedule)


def _predict(model: DMPNN, graphs: MolGraphs, records: Records) -> np.ndarray:
    """Values (M, T) float64 of the molecules `records.predicted`."""
    rows = records.predicted
    values = np.empty((len(rows), len(records.names)))
    for some in by_size(records.texts, rows, PREDICTED_AT_ONCE):
        values[some] = model.values(graphs(rows[some]), records.kind).cpu().numpy()
    return values
