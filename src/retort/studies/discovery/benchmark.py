"""How long a query takes, how fast a ranker learns, and how many texts are counted; one thread, processor time."""

import numpy as np
import polars as pl
import torch

from retort.nn.gated_experts import GatedExperts
from retort.runs import Run
from retort.studies.discovery.data import PROPERTIES, read
from retort.studies.discovery.ranker import Noted, masked_absolute
from retort.studies.discovery.text import counted
from retort.training.timing import fastest, one_thread

SCHEMA = {"quantity": pl.String, "value": pl.Float64, "unit": pl.String, "n": pl.Int64}
POOL, WIDTH, LIST = 36_733, 50, 100  # all crystals of mp36k, after projection; a list
ROWS, MAGPIE, STEPS = 128, 132, 20
REPEATS = 3


def measure(runs: list[Run]) -> pl.DataFrame:
    """Milliseconds of one query of a pool of 36,733 vectors, seconds of 600 steps of the ranker, texts per second.

    Returns:
        `quantity, value, unit, n`; empty without runs.
    """
    if not runs:
        return pl.DataFrame(schema=SCHEMA)
    with one_thread():
        rows = [
            ("query of a pool", 1e3 * query(POOL, WIDTH, LIST), "ms", POOL),
            *(
                (f"600 steps of a ranker, {name}", 600 * step(**sizes), "s", ROWS)
                for name, sizes in _rankers(runs).items()
            ),
        ]
        texts = _texts(runs)
        if texts is not None:
            every = np.arange(len(texts))
            taken = fastest(lambda: counted(texts, every, 200), 1)
            rows.append(("texts counted", len(texts) / taken, "texts/s", len(texts)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def query(pool: int, width: int, length: int) -> float:
    """Seconds of the cosine of one vector with all of a pool of unit vectors, and of the nearest of them in order."""
    draw = np.random.default_rng(0)
    vectors = draw.standard_normal((pool, width)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    one = vectors[0]

    def work() -> np.ndarray:
        near = vectors @ one
        best = np.argpartition(-near, length)[:length]
        return best[np.argsort(-near[best])]

    return fastest(work, 10)


def step(experts: int, hidden: list[int], tower: list[int], alone: bool) -> float:
    """Seconds of one training step of a ranker on `ROWS` rows of as many columns as Magpie has."""
    torch.manual_seed(0)
    tasks = len(PROPERTIES)
    noted = Noted(GatedExperts(MAGPIE, tasks, experts, hidden, tower, alone=alone), ROWS)
    optimizer = torch.optim.AdamW(noted.parameters(), lr=1e-3, fused=True)
    batch = torch.randn(ROWS, MAGPIE), torch.randn(ROWS, tasks)

    def work() -> None:
        for _ in range(STEPS):
            optimizer.zero_grad()
            masked_absolute(noted, batch)["total"].backward()
            optimizer.step()

    return fastest(work, REPEATS) / STEPS


def _rankers(runs: list[Run]) -> dict[str, dict]:
    """The sizes of each ranker without further rows, by variant."""
    found = {}
    for run in runs:
        if run.settings["method"] == "ranker" and not run.settings["ranker"]["auxiliary"]:
            sizes = run.settings["ranker"]
            found[run.variant] = {name: sizes[name] for name in ("experts", "hidden", "tower", "alone")}
    return dict(sorted(found.items()))


def _texts(runs: list[Run]) -> list[str] | None:
    """The descriptions that an encoder of the runs reads."""
    for run in sorted(run for run in runs if run.settings["method"] == "encoder"):
        materials = read(run.inputs.prepared, run.inputs.split, None)
        texts = materials.texts(run.inputs.features.get("descriptions"), "text")
        return [text for text in texts if text is not None]
    return None
