"""D-MPNN, the supervised graph network that a pre-trained one has to beat.

It is chemprop's own (Yang et al., J. Chem. Inf. Model. 59 (2019) 3370; Heid et al., ibid. 64 (2024) 9): its features,
layers, initial weights, optimiser and rate schedule, with the defaults of version 2. Ours are the loop, and the sums
over bonds, which come out the same in two thirds of the time.
"""

import warnings
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from retort.chemistry.molecules import parse
from retort.studies.molecules.data import CLASSIFICATION, Records, by_size
from retort.studies.molecules.finetune import steps_of
from retort.studies.molecules.multitask import Validation, masked_loss
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, Descent, Fit, fit
from retort.training.run import RunContext

# chemprop's defaults that no variant changes.
NORM = 100.0
FIRST_RATE = 0.1  # share of the highest rate at the first and at the last step
WARMUP_EPOCHS = 2
EVALUATIONS = 25
PREDICTED_AT_ONCE = 256


def chemprop() -> SimpleNamespace:
    """The parts of chemprop that are used here.

    Its import takes seconds, because the package imports all of itself and so lightning and torchmetrics: it is made
    when a D-MPNN is, and the warnings of those packages, which are about other uses, are not shown.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from chemprop.data import BatchMolGraph
        from chemprop.featurizers import SimpleMoleculeMolGraphFeaturizer
        from chemprop.nn import BondMessagePassing
        from chemprop.nn.ffn import MLP
        from chemprop.schedulers import build_NoamLike_LRSched
    return SimpleNamespace(
        BatchMolGraph=BatchMolGraph,
        Featurizer=SimpleMoleculeMolGraphFeaturizer,
        BondMessagePassing=BondMessagePassing,
        MLP=MLP,
        schedule=build_NoamLike_LRSched,
    )


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
        parts = chemprop()
        d_v, d_e = parts.Featurizer().shape
        self.message_passing = parts.BondMessagePassing(d_v, d_e, hidden, depth=depth, dropout=dropout)
        self.ffn = parts.MLP.build(hidden, len(center), hidden, dropout=dropout)
        self.register_buffer("center", torch.as_tensor(center, dtype=torch.float64))
        self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float64))

    def forward(self, batch: Any) -> Tensor:
        """(molecules, T) logits, or values in standard units, of a chemprop `BatchMolGraph`."""
        return self.ffn(self.fingerprint(batch))

    def fingerprint(self, batch: Any) -> Tensor:
        """(molecules, hidden): what `BondMessagePassing` and `NormAggregation` give."""
        layers = self.message_passing
        source, target = batch.edge_index  # (E,) atoms; each bond is there once in each direction
        first = layers.W_i(torch.cat((batch.V.index_select(0, source), batch.E), dim=1))  # (E, hidden)
        bonds = layers.tau(first)
        for _ in range(1, layers.depth):
            atoms = _sums(bonds, target, len(batch.V))  # (V, hidden)
            # What the source hears, but for the bond's own reverse.
            message = atoms.index_select(0, source) - bonds.index_select(0, batch.rev_edge_index)
            bonds = layers.dropout(layers.tau(first + layers.W_h(message)))
        heard = _sums(bonds, target, len(batch.V))
        atoms = layers.dropout(layers.tau(layers.W_o(torch.cat((batch.V, heard), dim=1))))
        return _sums(atoms, batch.batch, len(batch)) / NORM

    def values(self, batch: Any, kind: str) -> Tensor:
        """(molecules, T) float64 probabilities, or values in the labels' units."""
        output = self(batch).double()
        return output.sigmoid() if kind == CLASSIFICATION else self.center + self.scale * output


def _sums(values: Tensor, index: Tensor, count: int) -> Tensor:
    return values.new_zeros(count, values.shape[1]).index_add(0, index, values)


class MolGraphs:
    """The molecules of `texts` (SMILES) as chemprop sees them, featurised once.

    Raises:
        MoleculeError: a text cannot be read.
    """

    def __init__(self, texts: Sequence[str], device: torch.device):
        parts = chemprop()
        featurize = parts.Featurizer()
        self._batch, self._device = parts.BatchMolGraph, device
        self._graphs = [featurize(parse(text)) for text in texts]

    def __call__(self, rows: np.ndarray) -> Any:
        """The `BatchMolGraph` of these molecules."""
        batch = self._batch([self._graphs[row] for row in rows])
        batch.to(self._device)
        return batch


def train(records: Records, settings: dict, context: RunContext) -> tuple[np.ndarray, Fit, dict[str, Tensor]]:
    """Train a D-MPNN on the labels of train; the best epoch is that of the best mean on valid.

    Validation terms are those of `Validation`. The initial weights come from torch's random state, which
    `seed_everything` sets; the seed orders the batches.

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

    def batch(step: int) -> tuple[Any, Tensor]:
        rows = batches(step)
        return graphs(rows), labels[rows].to(context.device)

    def loss(model: DMPNN, batch: tuple[Any, Tensor]) -> dict[str, Tensor]:
        molecules, target = batch
        error = masked_loss(model(molecules), target, kind)
        return {"target": error, "total": error}

    validation = Validation((records.labels[held] - center) / scale, kind)

    def validate(model: DMPNN) -> dict[str, float]:
        return validation.terms(_predict(graphs, records, held, lambda batch: model(batch).double()))

    trained = fit(
        model=model,
        loss=loss,
        batch=batch,
        validate=validate,
        descent=_descent(model, chosen, steps, batches.steps_per_epoch),
        budget=Budget.of(steps, chosen.get("evaluations", EVALUATIONS)),
        select=validation.select,
        context=context,
    )
    with torch.no_grad():
        values = _predict(graphs, records, records.predicted, lambda batch: model.values(batch, kind))
    return values, trained, trained.best


def _descent(model: nn.Module, chosen: dict, steps: int, steps_per_epoch: int) -> Descent:
    """Adam and chemprop's schedule: from a tenth of the rate up to it over two epochs, then down to a tenth.

    Where fewer than 50 epochs are made, the rise is as short a part of them as two epochs are of 50.
    """
    highest = chosen["learning_rate"]
    warmup = max(1, min(WARMUP_EPOCHS * steps_per_epoch, steps // 25))
    decay = chosen.get("weight_decay", 0.0)
    optimizer = torch.optim.Adam(model.parameters(), FIRST_RATE * highest, weight_decay=decay, fused=True)
    schedule = chemprop().schedule(
        optimizer, warmup, max(1, steps - warmup), FIRST_RATE * highest, highest, FIRST_RATE * highest
    )
    return Descent(optimizer, schedule)


def _predict(
    graphs: MolGraphs, records: Records, rows: np.ndarray, predict: Callable[[Any], Tensor]
) -> np.ndarray:
    """What `predict` gives for a batch, for all `rows`: (M, T) float64."""
    values = np.empty((len(rows), len(records.names)))
    for some in by_size(records.texts, rows, PREDICTED_AT_ONCE):
        values[some] = predict(graphs(rows[some])).cpu().numpy()
    return values
