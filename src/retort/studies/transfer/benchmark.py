"""How long training takes, and drawing crystal graphs, on one thread, and how much of the processor that uses.

The comparison with published code is in `benchmarks/` at the root: it needs checkouts that no workflow should fetch.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from retort.datasets.views import crystal_graphs
from retort.runs import Run
from retort.sealed import read_table
from retort.studies.transfer.alignn import ALIGNN
from retort.studies.transfer.data import element_vectors, read
from retort.studies.transfer.gated import GatedGraphNet
from retort.studies.transfer.graphs import GraphStore
from retort.studies.transfer.strategy import STUDENTS, Material, Student, guided_loss, jittered
from retort.studies.transfer.train import TEACHERS, batch_size
from retort.training.batches import MixedBatches
from retort.training.timing import fastest, one_thread, seconds

SCHEMA = {"quantity": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64}
REPEATS = 3
FORMULAS, CRYSTALS, DRAWN = 512, 64, 200  # timed: of a student, of a structure model, of the graphs
PUBLISHED_BATCH = {"crabnet": 128, "roost": 128, "alignn": 64}
NAMES = {"crabnet": "CrabNet", "roost": "Roost", "gated": "gated graph network", "alignn": "ALIGNN"}
SHARE = "share of matrix multiplication"

Step = Callable[[np.ndarray], Tensor]


def measure(runs: list[Run]) -> pl.DataFrame:
    """Processor time of one pass over some training records, and of drawing some crystal graphs.

    A pass is what training does with each batch: read, forward, backward, optimizer. The students and the teacher
    are timed at the sizes and the batch of the runs, and CrabNet, Roost and ALIGNN at published sizes; the element
    vectors are those of the runs. After a first batch to warm up, the fastest of three passes counts. Torch and the
    linear algebra of NumPy are held to one thread, and the clock is the processor's, so that other jobs on the
    machine hardly matter.

    Returns:
        `quantity, value, unit, n`. In `s`: time for n formulas or crystals. In `fraction`: floating-point operations
        of the matrix products of a pass per second, over the rate in `GFLOP/s` of multiplying large matrices, taken
        in the same run. Without a run of a needed variant its rows are missing; empty without any.
    """
    chosen = {name: run for name in ("crabnet", "roost", "teacher") if (run := _largest(runs, name))}
    if not chosen:
        return pl.DataFrame(schema=SCHEMA)
    with one_thread():
        rate = matrix_rate()
        rows = [["matrix multiplication", rate / 1e9, "GFLOP/s", 1]]
        for kind in ("crabnet", "roost"):
            if kind in chosen:
                for size in ("as trained", "published size"):
                    rows += _epoch(f"{NAMES[kind]} ({size})", *_student(chosen[kind], kind, size), rate)
        if "teacher" in chosen:
            run = chosen["teacher"]
            kind = run.settings["teacher"]["kind"]
            rows += _epoch(f"{NAMES[kind]} (as trained)", *_teacher(run, published=False), rate)
            if kind != "alignn":  # one that is trained has the published size
                rows += _epoch("ALIGNN (published size)", *_teacher(run, published=True), rate)
            rows.append(_drawing(run.inputs.prepared))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _largest(runs: list[Run], variant: str) -> Run | None:
    """The run of a variant, seed 0, that has the most training records."""
    able = [run for run in runs if run.variant == variant and run.seed == 0]
    size = {
        split: len(read_table(split).filter(pl.col("part") == "train"))
        for split in {run.inputs.split for run in able}
    }
    return max(able, key=lambda run: size[run.inputs.split], default=None)


def _student(run: Run, kind: str, size: str) -> tuple[nn.Module, Step, list[np.ndarray]]:
    settings, inputs = run.settings, run.inputs
    records = read(inputs.prepared, inputs.split, inputs.features["formulas"], settings["target"])
    known = records.averaged()
    rows, formulas = known["row"].to_numpy(), records.formulas
    target = known["value"].to_numpy()
    target = (target - target.mean()) / target.std()
    nothing = np.zeros((len(rows), 1), np.float32), np.zeros(len(rows), bool)
    material = Material(formulas.numbers[rows], formulas.fractions[rows], target, *nothing)
    if size == "published size":
        sizes, most = {}, PUBLISHED_BATCH[kind]
    else:
        sizes, most = settings[kind], batch_size(settings["training"]["learn"]["batch"], len(rows))
    vectors = torch.from_numpy(element_vectors(settings["elements"][kind], inputs.features.get("vectors")))
    student = Student(STUDENTS[kind](vectors, **sizes))

    def loss(indices: np.ndarray) -> Tensor:
        batch = material.batch(indices, torch.device("cpu"))
        if kind == "crabnet":
            batch = jittered(batch, 0, int(indices[0]))
        return guided_loss(student, batch, alpha=0.0)["total"]

    return student, loss, _batches(len(rows), most, FORMULAS)


def _teacher(run: Run, *, published: bool) -> tuple[nn.Module, Step, list[np.ndarray]]:
    settings, inputs = run.settings, run.inputs
    records = read(inputs.prepared, inputs.split, inputs.features["formulas"], settings["target"])
    store = GraphStore(inputs.features["crystal_graphs"])
    labelled = records.of("train")
    crystals, values = store.rows(labelled["id"].to_list()), labelled["value"].to_numpy()
    labels = torch.from_numpy(((values - values.mean()) / values.std()).astype(np.float32))
    chosen = settings["teacher"]
    vectors = torch.from_numpy(element_vectors(chosen["elements"], inputs.features.get("vectors")))
    if published:
        model: ALIGNN | GatedGraphNet = ALIGNN(vectors)
        most, count = PUBLISHED_BATCH["alignn"], CRYSTALS
    else:
        model = TEACHERS[chosen["kind"]](vectors, **chosen["model"])
        most = batch_size(settings["training"]["teacher"]["batch"], len(crystals))
        count = CRYSTALS if chosen["kind"] == "alignn" else 4 * CRYSTALS

    def loss(indices: np.ndarray) -> Tensor:
        graphs = store.batch(crystals[indices], angles=model.needs_angles)
        return nn.functional.l1_loss(model(graphs)[:, 0], labels[indices])

    return model, loss, _batches(len(crystals), most, count)


def _batches(rows: int, most: int, wanted: int) -> list[np.ndarray]:
    """The first batches of training, as many as hold `wanted` records, or all of an epoch."""
    batches = MixedBatches(rows, most, seed=0)
    few = min(-(-wanted // most), batches.steps_per_epoch)
    return [batches(step) for step in range(few)]


def _epoch(name: str, model: nn.Module, loss: Step, batches: list[np.ndarray], rate: float) -> list[list]:
    count = sum(map(len, batches))
    work = trainer(model, loss, batches)
    counted = operations(loss, batches[:1]) / len(batches[0])  # of a record; it also warms up
    taken = min(seconds(work) for _ in range(REPEATS))
    share = counted * count / taken / rate
    return [
        [f"epoch of {name}", taken, "s", count],
        [f"epoch of {name}, {SHARE}", share, "fraction", count],
    ]


def _drawing(prepared: Path) -> list:
    crystals = read_table(prepared).filter(pl.col("positions").is_not_null()).head(DRAWN)
    with tempfile.TemporaryDirectory() as folder:
        taken = fastest(lambda: crystal_graphs.build(crystals, Path(folder), workers=1), REPEATS)
    return ["crystal graphs", taken, "s", len(crystals)]


def trainer(model: nn.Module, loss: Step, batches: Sequence[np.ndarray]) -> Callable[[], None]:
    """One pass of training over the batches."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def work() -> None:
        model.train()
        for batch in batches:
            optimizer.zero_grad()
            loss(batch).backward()
            optimizer.step()

    return work


def operations(loss: Step, batches: Sequence[np.ndarray]) -> int:
    """Floating-point operations of the matrix products, forward and backward; nothing else is counted."""
    with FlopCounterMode(display=False) as counter:
        for batch in batches:
            loss(batch).backward()
    return counter.get_total_flops()


def matrix_rate(size: int = 1024) -> float:
    """Floating-point operations per second of multiplying square float32 matrices."""
    one, other = torch.randn(size, size), torch.randn(size, size)
    return 2 * size**3 / fastest(lambda: one @ other, 10)
