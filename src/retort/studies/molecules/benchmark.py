"""How many molecules a second are made into graphs, and embedded by a pre-trained backbone, on one thread.

The comparison with published code is in `benchmarks/` at the root: it needs checkouts that no workflow should fetch.
"""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import torch

from retort.datasets.views import molecular_graphs
from retort.nn.molecular_graphs import MoleculeStore
from retort.runs import Run
from retort.sealed import read_table
from retort.studies.molecules.backbones import GraphSource, load
from retort.studies.molecules.data import by_size
from retort.studies.molecules.train import VIEW
from retort.training.timing import fastest, one_thread

SCHEMA = {"quantity": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64}
TIMED = 1_000  # molecules
EMBEDDED_AT_ONCE = 256
REPEATS = 2


def measure(runs: list[Run]) -> pl.DataFrame:
    """Throughput of featurising and of embedding, of the first molecules of the corpus.

    The backbone is that of the first pre-trained GIN among the runs. After a first call to warm up, the fastest of two
    counts. Torch and the linear algebra of NumPy are held to one thread, and the clock is the processor's, so that
    other jobs on the machine hardly matter.

    Returns:
        `quantity, value, unit, n`, in molecules/s, each of n molecules; empty without a pre-trained GIN.
    """
    run = next(
        (one for one in runs if (one.settings["method"], one.settings["backbone"]) == ("pretrain", "gin")),
        None,
    )
    if run is None:
        return pl.DataFrame(schema=SCHEMA)
    molecules = read_table(run.inputs.prepared).head(TIMED)
    with one_thread():
        rows = [
            ("molecules made into graphs", featurising(molecules)),
            ("molecules embedded by the GIN", embedding(run, molecules)),
        ]
    return pl.DataFrame(
        [(name, len(molecules) / taken, "molecules/s", len(molecules)) for name, taken in rows],
        schema=SCHEMA,
        orient="row",
    )


def featurising(molecules: pl.DataFrame) -> float:
    """Seconds to build the view `molecular_graphs` of some rows, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        return fastest(lambda: molecular_graphs.build(molecules, Path(folder), workers=1), REPEATS)


def embedding(run: Run, molecules: pl.DataFrame) -> float:
    """Seconds to embed some molecules with the backbone of a pre-training run, reading their graphs included."""
    backbone = load(run.folder, run.settings).eval()
    store = MoleculeStore(run.inputs.features[VIEW])
    graphs = store.rows(molecules["id"].to_list())
    source, texts = GraphSource(store), molecules["standard"].to_list()

    def work() -> None:
        with torch.no_grad():
            for rows in by_size(texts, np.arange(len(texts)), EMBEDDED_AT_ONCE):
                backbone(source.whole(graphs[rows]))

    return fastest(work, REPEATS)
