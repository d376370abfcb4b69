"""One run of the study: a baseline, a head on vectors, an encoder, a ranker, polymorphs in order, or a recall."""

from retort.runs import RunInputs
from retort.studies.discovery.data import Materials, predictions, read
from retort.training.run import Outcome, RunContext

# Whom a run may stand on, as the `uses` of its variant name them.
ROLES = ("encoder", "tasks")
METHODS = ("median", "head", "encoder", "ranker", "task", "order", "recall")
# By this column a head knows that the question of a place is the order of polymorphs.
PAIR = "pair"


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Do what the variant's `method` says.

    Raises:
        ValueError: an unknown method.
    """
    method = settings["method"]
    if method not in METHODS:
        raise ValueError(
            f"method {method!r}, expected one of {', '.join(METHODS)}. Hint: see settings.schema.yaml."
        )
    materials = read(inputs.prepared, inputs.split, settings.get("target"))
    # Each imported where it is used: what one method needs, another does not wait for.
    if method in ("median", "head") and PAIR not in materials.table.columns:
        return _properties(materials, inputs, settings, context)
    if method == "encoder":
        from retort.studies.discovery import encoder

        return encoder.pretrain(materials, inputs, settings, context)
    if method == "recall":
        from retort.studies.discovery import recall

        return recall.run(materials, inputs, settings, context)
    if method in ("median", "head", "order"):
        from retort.studies.discovery import polymorphs

        if method == "order":
            return polymorphs.ordered(materials, inputs, settings)
        return polymorphs.run(materials, inputs, settings, context)
    from retort.studies.discovery import ranker

    if method == "task":
        return ranker.told(materials, inputs, settings["target"])
    return ranker.run(materials, inputs, settings, context)


def _properties(materials: Materials, inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """A head on what the settings say that it reads, or the median of the training labels.

    Of the one property that is the target; without a target of all, one after the other, each as if it were alone.

    Raises:
        ValueError: several properties and a head that is trained in steps: a run keeps the state of one training.
    """
    import numpy as np
    import polars as pl

    from retort.studies.discovery import heads
    from retort.studies.discovery.represent import arm, reads_of

    asked, kind = materials.predicted, settings["head"]
    if settings["method"] == "median":
        columns = np.zeros((len(materials), 0))
    else:
        # Trees look at one column after the other, and have no use for components.
        width = None if kind == "boosting" else settings["width"]
        columns = arm(reads_of(materials, settings), materials, inputs, settings, context.seed, width=width)

    def fitted(target: str) -> heads.Fitted:
        labels = materials.labels(target)
        task = heads.Task(columns, labels, materials.train, materials.held(context.seed), target)
        if settings["method"] == "median":
            return heads.median(task)
        return heads.predict(kind, task, settings, context)

    target = settings.get("target")
    if target is not None:
        one = fitted(target)
        return Outcome(
            one.model, predictions(materials, asked, target, one.values[asked]), one.history, one.facts
        )
    if settings["method"] == "head" and kind == "mlp":
        raise ValueError(
            f"head {kind!r} without a target, expected boosting or ridge. "
            "Hint: `method: ranker` learns several at once."
        )
    every = {name: fitted(name) for name in materials.properties}
    return Outcome(
        {f"{name}.{key}": value for name, each in every.items() for key, value in each.model.items()},
        pl.concat([predictions(materials, asked, name, each.values[asked]) for name, each in every.items()]),
        facts={f"{name}_{key}": value for name, each in every.items() for key, value in each.facts.items()},
    )
