"""How long it takes to find out who is near, on one thread."""

import numpy as np
import polars as pl
import torch

from retort.runs import Run
from retort.studies.precursors.data import read
from retort.studies.precursors.expert import Expert
from retort.studies.precursors.targets import SELECTOR, fullest
from retort.training.timing import fastest, one_thread

SCHEMA = {"quantity": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64}
REPEATS = 3


def measure(runs: list[Run]) -> pl.DataFrame:
    """Wall time of the similarities of all test targets with all known ones, in seconds on one thread.

    Once target by target, encoder included, as the paper timed it (26 s for 2,654 targets), and once as a single
    matrix product. The known targets are encoded before the clock starts. Each is run once to warm up, then the
    fastest of three repetitions counts. Torch and the linear algebra of NumPy are held to one thread meanwhile.

    Returns:
        `quantity, value, unit, n`; n is the number of test targets. Empty where no run trained a selector.
    """
    trained = [run for run in runs if run.variant == SELECTOR]
    if not trained:
        return pl.DataFrame(schema=SCHEMA)
    run = min(fullest(trained), key=lambda run: run.seed)
    archive = read(run.inputs.prepared, run.inputs.split, run.inputs.features)
    expert = Expert.load(run.folder, archive, run.settings, torch.device("cpu"))
    targets = archive.target_fractions[archive.targets_of("test")]
    known = expert.encode(archive.target_fractions[archive.known.targets])

    def one_by_one() -> None:
        for target in targets:
            expert.encode(target[None]) @ known.T

    def at_once() -> np.ndarray:
        return expert.encode(targets) @ known.T

    with one_thread():
        rows = [
            [f"vectors and similarities, {name}", fastest(work, REPEATS), "s", len(targets)]
            for name, work in (("one by one", one_by_one), ("in one product", at_once))
        ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
