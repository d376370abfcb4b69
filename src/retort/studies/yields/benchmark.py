"""How many reactions a second a message-passing network learns from, beside its published formulation; one thread.

The latter is our rewriting of it, the making of batches included, and not the published program.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import Tensor

from retort.chemistry.reaction_fingerprints import drfp
from retort.runs import Run
from retort.studies.yields import published
from retort.studies.yields.finetune import lean
from retort.studies.yields.model import YieldNet
from retort.studies.yields.reactions import GRAPHS, Reactions
from retort.training.timing import fastest, one_thread

SCHEMA = {"quantity": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64}
# Sizes and batch of the published code, whatever those of the runs are.
GRAPH = {"width": 64, "steps": 3, "iterations": 3, "readout": 1024}
HEAD = {"width": 512, "dropout": 0.1}
BATCH = 128
REPEATS = 3


def measure(runs: list[Run]) -> pl.DataFrame:
    """Throughput of training steps and of fingerprints, for the reactions of the first run of the network.

    One step is forward, backward and the optimiser's. After a first call to warm up, the fastest of three counts; torch
    and the linear algebra of NumPy are held to one thread, and the clock is the processor's.

    Returns:
        `quantity, value, unit, n`, in reactions/s, each of n reactions; empty without a run of a network.
    """
    run = next((one for one in runs if one.settings["method"] == "network"), None)
    if run is None:
        return pl.DataFrame(schema=SCHEMA)
    lean()
    network = run.settings["network"] | {"views": ["graph"], "graph": GRAPH, "head": HEAD}
    reactions = Reactions(run.inputs.features, network, run.seed)
    size = min(BATCH, len(reactions))
    with one_thread():
        rows = [
            ("reactions trained, each molecule once", size, step(network, reactions, size, _once)),
            (
                "reactions trained, published formulation",
                size,
                step(network, reactions, size, published.forward),
            ),
            (
                "fingerprints of reactions",
                len(reactions),
                fingerprints(run.inputs.features[GRAPHS], reactions),
            ),
        ]
    return pl.DataFrame(
        [(name, count / taken, "reactions/s", count) for name, count, taken in rows],
        schema=SCHEMA,
        orient="row",
    )


def step(
    network: dict,
    reactions: Reactions,
    size: int,
    forward: Callable[[YieldNet, Reactions, np.ndarray], tuple[Tensor, Tensor]],
) -> float:
    """Seconds of one training step on `size` reactions, the making of the batch included."""
    torch.manual_seed(0)
    model = YieldNet(network, reactions.widths).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    places = np.random.default_rng(0).permutation(len(reactions))[:size]

    def work() -> None:
        optimizer.zero_grad(set_to_none=True)
        mean, log_variance = forward(model, reactions, places)
        (mean.square() + log_variance).mean().backward()
        optimizer.step()

    return fastest(work, REPEATS)


def _once(model: YieldNet, reactions: Reactions, places: np.ndarray) -> tuple[Tensor, Tensor]:
    mean, log_variance, _ = model(reactions.batch(places))
    return mean, log_variance


def fingerprints(folder: Path, reactions: Reactions) -> float:
    """Seconds of the DRFP of all reactions."""
    sides = [[reactions.components(place, side) for place in range(len(reactions))] for side in (0, 1)]
    smiles = pl.read_parquet(folder / "molecules.parquet")["smiles"].to_list()
    return fastest(lambda: drfp(list(zip(*sides, strict=True)), smiles), REPEATS)
