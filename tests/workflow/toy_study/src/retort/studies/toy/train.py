"""One run of the study: a linear model that is drawn towards a prior, its own mean or another run's coefficients."""

import numpy as np
import polars as pl
import torch

from retort.runs import RunInputs
from retort.sealed import read_tensors
from retort.studies.toy.data import read
from retort.training.run import HISTORY_SCHEMA, Outcome, RunContext

ROLES = ("lender",)  # whom a run may stand on, as the `uses` of its variant name them
PREDICTIONS_SCHEMA = {"id": pl.String, "value": pl.Float64}


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Fit on a bootstrap draw of the training rows; of several penalties the best on validation is taken.

    Without penalties nothing is fitted: the prior itself predicts. The history has the validation error of each
    penalty in place of a step.
    """
    alloys = read(inputs, settings["target"])
    draw = np.random.default_rng(context.seed)
    rows = np.flatnonzero(alloys.part == "train")
    rows = draw.choice(rows, size=len(rows))
    x, y = alloys.fractions[rows], alloys.labels[rows]
    # Fractions sum to one: equal coefficients predict the mean.
    prior = np.full(x.shape[1], y.mean())
    if settings["prior"] == "lender":
        (lender,) = inputs.uses["lender"]
        prior = read_tensors(lender / "model.safetensors")["coefficients"].numpy()
    valid = alloys.part == "valid"
    coefficients, least, history = prior, np.inf, []
    for step, penalty in enumerate(settings["penalties"]):
        fitted = fit(x, y, prior, penalty)
        error = float(np.abs(alloys.fractions[valid] @ fitted - alloys.labels[valid]).mean())
        history.append((step, "valid", "mae", error))
        if error < least:
            coefficients, least = fitted, error
    scored = np.isin(alloys.part, ["valid", "test"])
    values = alloys.fractions[scored] @ coefficients
    return Outcome(
        model={"coefficients": torch.from_numpy(coefficients)},
        predictions=pl.DataFrame(
            {"id": alloys.ids.filter(scored), "value": values}, schema=PREDICTIONS_SCHEMA
        ),
        history=pl.DataFrame(history, schema=HISTORY_SCHEMA, orient="row"),
        facts={"parameters": len(coefficients)},
    )


def fit(x: np.ndarray, y: np.ndarray, prior: np.ndarray, penalty: float) -> np.ndarray:
    """Coefficients (d) of ridge regression that shrinks towards `prior` instead of zero.

    Args:
        x, y: (n, d) and (n).
        penalty: of the squared distance from the prior.
    """
    normal = x.T @ x + penalty * np.eye(x.shape[1])
    return prior + np.linalg.solve(normal, x.T @ (y - x @ prior))
