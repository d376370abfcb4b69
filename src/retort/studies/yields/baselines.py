"""Systems without a network of reactions: what simple numbers of the components, or fingerprints, tell of a yield."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits
from torch import Tensor

from retort.runs import RunInputs
from retort.studies.yields import kernels, neighbours
from retort.studies.yields.data import SUCCESS, Predicted, Records
from retort.studies.yields.tabular import distinct_bits, table
from retort.training.run import HISTORY_SCHEMA, RunContext

CHOICE = 1 / 3  # of the columns each split of a tree chooses among, Breiman's rule for numbers
QUANTILES = (0.159, 0.841)  # a normal distribution's mean, less and plus one sigma
Ran = tuple[Predicted, dict[str, Tensor], dict, pl.DataFrame]


def run(records: Records, inputs: RunInputs, settings: dict, context: RunContext) -> Ran:
    """Predict valid and test with `settings['method']`: constant, forest, boosting, neighbours, kernels or mlp.

    Raises:
        ValueError: another method.
    """
    nothing: dict[str, Tensor] = {}
    silent = pl.DataFrame(schema=HISTORY_SCHEMA)
    with threadpool_limits(1):  # sums over threads end in other last digits
        match settings["method"]:
            case "constant":
                return constant(records), nothing, {}, silent
            case "forest":
                predicted, facts = forest(records, inputs, settings["forest"], context.seed)
                return predicted, nothing, facts, silent
            case "neighbours":
                predicted, facts = neighbours.run(records, inputs.features, settings["neighbours"])
                return predicted, nothing, facts, silent
            case "kernels":
                predicted, facts = kernels.run(records, inputs.features, context.seed)
                return predicted, nothing, facts, silent
            case "boosting":
                predicted, facts, history = boosting(records, inputs, settings["boosting"], context.seed)
                return predicted, nothing, facts, history
            case "mlp":
                from retort.studies.yields import mlp

                return mlp.run(records, inputs, settings["mlp"], context)
            case other:
                raise ValueError(f"{other!r} is no baseline. Hint: see settings.schema.yaml.")


def constant(records: Records) -> Predicted:
    """Mean and spread of the training yields for every reaction."""
    mean, spread = records.scaling()
    count = len(records.predicted)
    return Predicted(np.full(count, mean), aleatoric=np.full(count, spread))


def forest(records: Records, inputs: RunInputs, chosen: dict, seed: int) -> tuple[Predicted, dict]:
    """Random forest on `reads` (see `tabular.table`); sigma is the spread over its trees.

    It `learns` yields; `shuffled` ones, dealt out anew: what is then left is no chemistry; or `success`, 0 and 100, so
    that its mean is the chance in percent that a reaction works, without a sigma of yields.
    """
    # Here, because a second of import counts in runs of other methods.
    from sklearn.ensemble import RandomForestRegressor

    rows = table(inputs.features, chosen["reads"], seed)[records.places].astype(np.float32)
    train = records.rows_of("train")
    yields = records.yields[train]
    if chosen["learns"] == "shuffled":
        yields = np.random.default_rng(seed).permutation(yields)
    elif chosen["learns"] == "success":
        yields = 100.0 * (yields > SUCCESS)
    trees = RandomForestRegressor(
        n_estimators=chosen["trees"],
        max_features=CHOICE,
        min_samples_leaf=chosen["leaf"],
        n_jobs=1,
        random_state=seed,
    )
    trees.fit(rows[train], yields)
    said = np.stack([tree.predict(rows[records.predicted]) for tree in trees.estimators_])
    spread = None if chosen["learns"] == "success" else said.std(axis=0)
    return Predicted(said.mean(axis=0), epistemic=spread), {"columns": rows.shape[1]}


def boosting(
    records: Records, inputs: RunInputs, chosen: dict, seed: int
) -> tuple[Predicted, dict, pl.DataFrame]:
    """Boosted trees on DRFP, their number fixed beforehand; sigma is half the distance of two quantiles, if asked for.

    Quantiles are boosted by themselves, with `quantile_trees` each; with 0 there is no sigma.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    train, asked = records.rows_of("train"), records.predicted
    rows = distinct_bits(inputs.features, records.places[train])[records.places].astype(np.float32)
    common = {
        "learning_rate": chosen["learning_rate"],
        "max_leaf_nodes": chosen["leaves"],
        "min_samples_leaf": chosen["leaf"],
        "l2_regularization": chosen["shrinkage"],
        "max_features": chosen["columns"],
        "max_bins": 2,  # bits have no more values; with 255 bins the same trees take two to four times as long
        "early_stopping": False,
        "random_state": seed,
    }
    trees = HistGradientBoostingRegressor(max_iter=chosen["trees"], **common)
    trees.fit(rows[train], records.yields[train])
    every = max(1, chosen["trees"] // chosen["evaluations"])
    stages = [
        (number, values)
        for number, values in enumerate(trees.staged_predict(rows[asked]), start=1)
        if number % every == 0 or number == chosen["trees"]
    ]
    history, best = along(records, stages)
    aleatoric = None
    if chosen["quantile_trees"]:
        ends = []
        for quantile in QUANTILES:
            one = HistGradientBoostingRegressor(
                loss="quantile", quantile=quantile, max_iter=chosen["quantile_trees"], **common
            )
            ends.append(one.fit(rows[train], records.yields[train]).predict(rows[asked]))
        aleatoric = np.maximum(ends[1] - ends[0], 0) / 2
    facts = {"columns": rows.shape[1], "trees": chosen["trees"]}
    mean = stages[-1][1]
    return Predicted(mean, aleatoric, None, best["valid"], best["test"]), facts, history


def along(
    records: Records, stages: list[tuple[int, np.ndarray]]
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """What R2 was at each stage of a training: the history, and the means (M,) at the best one of valid and of test.

    Args:
        stages: `step, means (M,) of records.predicted`, in order. R2 is of means within 0-100, as scores have it.
    """
    rows, best = [], {}
    for part, wanted in _parts(records):
        truth = records.yields[records.predicted][wanted]
        spread = float(truth.var())
        explained = [
            1 - float(np.mean((np.clip(means[wanted], 0, 100) - truth) ** 2)) / spread if spread > 0 else 0.0
            for _, means in stages
        ]
        rows += [
            (step, "valid", f"{part}_r2", value) for (step, _), value in zip(stages, explained, strict=True)
        ]
        best[part] = stages[int(np.argmax(explained))][1]
    return pl.DataFrame(rows, schema=HISTORY_SCHEMA, orient="row"), best


def _parts(records: Records) -> Iterator[tuple[str, slice]]:
    """Where valid and test lie among the rows that are predicted."""
    held = len(records.rows_of("valid"))
    yield "valid", slice(0, held)
    yield "test", slice(held, None)
