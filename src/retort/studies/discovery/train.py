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
        return _one_property(materials, inputs, settings, context)
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


def _one_property(materials: Materials, inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """A head on what the settings say that it reads, or the median of the training labels."""
    import numpy as np

    from retort.studies.discovery import heads
    from retort.studies.discovery.represent import arm

    target, asked = settings["target"], materials.predicted
    if settings["method"] == "median":
        columns = np.zeros((len(materials), 0))
    else:
        # Trees look at one column after the other, and have no use for components.
        width = None if settings["head"] == "boosting" else settings["width"]
        columns = arm(settings["reads"], materials, inputs, settings, context.seed, width=width)
    task = heads.Task(columns, materials.labels(), materials.train, materials.held(context.seed), target)
    if settings["method"] == "median":
        fitted = heads.median(task)
    else:
        fitted = heads.predict(settings["head"], task, settings, context)
    table = predictions(materials, asked, target, fitted.values[asked])
    return Outcome(fitted.model, table, fitted.history, fitted.facts)
