"""Several properties by one network, with a gate for each or none, and by as many networks that share nothing.

Qu et al., npj Comput. Mater. 10, 58 (2024), at their sizes; layer norms stand for batch norms. All see the same rows,
as often and at the same rates, so that what differs is what the tasks share.
"""

import hashlib

import numpy as np
import polars as pl
import torch
from safetensors.numpy import load_file
from torch import Tensor, nn

from retort.nn.gated_experts import GatedExperts
from retort.runs import RunInputs
from retort.sealed import read_json, read_table
from retort.studies.discovery.data import Materials, possible, predictions
from retort.studies.discovery.heads import one_cycle
from retort.studies.discovery.represent import arm, block, reads_of, vectors
from retort.training.batches import MixedBatches
from retort.training.loop import Budget, fit
from retort.training.run import Outcome, RunContext

AUXILIARY = "auxiliary_labels"  # a view of compositions with some of the labels
Batch = tuple[Tensor, Tensor]


class Noted(nn.Module):
    """A network, and for each task what it said at the evaluation that was best on that task's held rows.

    Kept in buffers, so that a resumed training ends with the same bytes. The first evaluation is of a network that has
    learned nothing; it is never the best one.

    Args:
        model: the network.
        count: rows that are predicted.
    """

    best: Tensor
    said: Tensor
    seen: Tensor

    def __init__(self, model: GatedExperts, count: int):
        super().__init__()
        self.model = model
        self.register_buffer("best", torch.full((model.tasks,), torch.inf, dtype=torch.float64))
        self.register_buffer("said", torch.zeros(count, model.tasks, dtype=torch.float64))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def note(self, values: Tensor, errors: Tensor) -> None:
        """What is said now, (M, T), where its error on held rows, (T,), is the least so far."""
        if self.seen > 0:
            better = errors < self.best
            self.best[better] = errors[better]
            self.said[:, better] = values[:, better]
        self.seen += 1


def run(materials: Materials, inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Train on the labelled rows of train, predict valid and test: a line for each row and property."""
    chosen, properties = settings["ranker"], materials.properties
    columns = arm(reads_of(materials, settings), materials, inputs, settings, context.seed, width=None)
    columns *= np.sqrt(columns.shape[1])  # blocks come with a total variance of one
    labels = np.stack([materials.labels(name) for name in properties], axis=1)
    train, held, asked = materials.train, materials.held(context.seed), materials.predicted
    center, scale = labels[train].mean(axis=0), np.maximum(labels[train].std(axis=0), 1e-9)
    own = _tensors(columns, (labels - center) / scale, context.device)
    more = _auxiliary(materials, inputs, settings, context, center, scale) if chosen["auxiliary"] else None
    model = GatedExperts(
        columns.shape[1],
        len(properties),
        chosen["experts"],
        chosen["hidden"],
        chosen["tower"],
        alone=chosen["alone"],
    )
    noted = Noted(model, len(asked)).to(context.device)
    few = len(train) <= chosen["few"]
    training = chosen | {"steps": chosen["few_steps"] if few else chosen["steps"]}
    batches = MixedBatches(train, min(chosen["batch"], len(train)), context.seed)
    others = None if more is None else MixedBatches(len(more[0]), chosen["batch"], [context.seed, 1])

    def batch(step: int) -> Batch:
        rows = torch.from_numpy(batches(step))
        parts = [(own[0][rows], own[1][rows])]
        if more is not None and others is not None:
            # As many rows again: whoever has few rows with all labels keeps seeing them.
            rows = torch.from_numpy(others(step))
            parts.append((more[0][rows], more[1][rows]))
        read, wanted = (torch.cat(each) for each in zip(*parts, strict=True))
        return read, wanted

    def validate(noted: Noted) -> dict[str, float]:
        said = noted.model(own[0][asked]).double().cpu() * torch.from_numpy(scale) + torch.from_numpy(center)
        values = np.stack(
            [possible(said[:, task].numpy(), name) for task, name in enumerate(properties)], axis=1
        )
        place = np.searchsorted(asked[: len(materials.rows_of("valid"))], held)
        errors = np.abs(values[place] - labels[held]).mean(axis=0)
        noted.note(torch.from_numpy(values).to(noted.said), torch.from_numpy(errors).to(noted.best))
        terms = {f"mae_{name}": float(errors[task]) for task, name in enumerate(properties)}
        return terms | {"relative": float((errors / scale).mean())}

    trained = fit(
        model=noted,
        loss=masked_absolute,
        batch=batch,
        validate=validate,
        descent=one_cycle(noted, training),
        budget=Budget.of(training["steps"], chosen["evaluations"]),
        # Of the weights that are kept; what is predicted is each task's own best.
        select="relative",
        context=context,
    )
    said = trained.last["said"].cpu().numpy()
    tables = [predictions(materials, asked, name, said[:, task]) for task, name in enumerate(properties)]
    weights = {
        name.removeprefix("model."): value
        for name, value in trained.best.items()
        if name.startswith("model.")
    }
    scaling = {"target_center": torch.from_numpy(center), "target_scale": torch.from_numpy(scale)}
    return Outcome(
        weights | scaling,
        pl.concat(tables),
        trained.history,
        trained.facts | {"labelled": labelled(materials)},
    )


def masked_absolute(noted: Noted, batch: Batch) -> dict[str, Tensor]:
    """The mean over tasks of the mean absolute errors of their labelled rows, in standard deviations."""
    read, wanted = batch
    there = wanted.isfinite()
    errors = (noted.model(read) - wanted.nan_to_num()).abs() * there
    each = errors.sum(dim=0) / there.sum(dim=0).clamp(min=1)
    return {"total": each.mean()}


def labelled(materials: Materials) -> str:
    """A checksum of the ids whose labels are seen: two places that withhold alike have one."""
    names = sorted(materials.table["id"].gather(materials.train).to_list())
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def told(materials: Materials, inputs: RunInputs, target: str) -> Outcome:
    """One property of a finished ranker, as the predictions of this place.

    Raises:
        ValueError: the ranker saw the labels of other rows than this place may.
    """
    (folder,) = inputs.uses["tasks"]
    facts = read_json(folder / "run.json")["facts"]
    if facts["labelled"] != labelled(materials):
        raise ValueError(
            f"{folder}: it saw the labels of other rows than this split of {target} has. "
            "Hint: both splits must have one seed, draw and number of labels, and withhold by id."
        )
    table = read_table(folder / "predictions.parquet").filter(property=target)
    kept = {name: facts[name] for name in ("parameters", "steps")}
    return Outcome({}, table, facts=kept)


def _tensors(columns: np.ndarray, targets: np.ndarray, device: torch.device) -> Batch:
    return (
        torch.from_numpy(columns.astype(np.float32)).to(device),
        torch.from_numpy(targets.astype(np.float32)).to(device),
    )


def _auxiliary(
    materials: Materials,
    inputs: RunInputs,
    settings: dict,
    context: RunContext,
    center: np.ndarray,
    scale: np.ndarray,
) -> Batch:
    """Columns and targets of compositions with some labels, scaled as those of this place are.

    Raises:
        ValueError: the ranker reads more than Magpie's statistics, which is all that is known of them.
    """
    reads = reads_of(materials, settings)
    if reads != ["magpie"] or AUXILIARY not in inputs.features:
        raise ValueError(
            f"auxiliary labels with reads={reads} and the views {', '.join(inputs.features)}, expected "
            f"[magpie] and `{AUXILIARY}`. Hint: leave `auxiliary` false."
        )
    arrays = load_file(inputs.features[AUXILIARY] / "arrays.safetensors")
    ours = vectors("magpie", materials, inputs, settings, context.seed)
    both = np.concatenate([ours, arrays["magpie"].astype(np.float64)])
    columns = block("magpie", both, materials.known)
    columns = columns[len(ours) :] * np.sqrt(columns.shape[1])
    return _tensors(columns, (arrays["labels"] - center) / scale, context.device)
