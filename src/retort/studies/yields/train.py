"""One run of the study: a baseline, a network, or the pre-training of a network's encoders."""

from retort.runs import RunInputs
from retort.studies.yields.data import NOTHING, predictions, read
from retort.training.run import Outcome, RunContext

# Whom a run may stand on, as the `uses` of its variant name them.
ROLES = ("encoder",)
CLASSICAL = ("constant", "forest", "boosting", "neighbours", "kernels", "mlp")
METHODS = (*CLASSICAL, "network", "pretrain")


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Do what the variant's `method` says; all but `pretrain` predict the reactions of valid and test.

    Raises:
        ValueError: an unknown method.
    """
    method = settings["method"]
    if method not in METHODS:
        raise ValueError(
            f"method {method!r}, expected one of {', '.join(METHODS)}. Hint: see settings.schema.yaml."
        )
    records = read(inputs.prepared, inputs.split)
    # Each imported where it is used: baselines need scikit-learn, networks do not.
    if method in CLASSICAL:
        from retort.studies.yields import baselines

        predicted, model, facts, history = baselines.run(records, inputs, settings, context)
        return Outcome(model, predictions(records, predicted), history, facts)
    if method == "pretrain":
        from retort.studies.yields.pretrain import pretrain

        model, history, facts = pretrain(records, inputs, settings, context)
        return Outcome(model, NOTHING, history, facts)
    from retort.studies.yields.finetune import finetune

    predicted, model, facts, history = finetune(records, inputs, settings, context)
    return Outcome(model, predictions(records, predicted), history, facts)
