"""Fine-tuning of the span model on annotated documents, for one target, by which the best evaluation is chosen."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from retort.runs import RunInputs
from retort.studies.scitext import encoder as encoders
from retort.studies.scitext.data import Document, predictions, read
from retort.studies.scitext.descent import descent
from retort.studies.scitext.examples import Batch, Example, Reader, Schemes
from retort.studies.scitext.extractor import TASKS, Extractor, predict, said_of
from retort.studies.scitext.pieces import Tokenizer, tokenizer_of
from retort.studies.scitext.readings import f1_of
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, fit
from retort.training.memory import keep_freed, leave_unfilled
from retort.training.run import Outcome, RunContext

ORDER, RENEWAL = range(2)  # what random numbers are drawn for


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Train on train, keep what is best on valid by F1 of the target, and predict valid and test.

    The encoder starts from the weights of the run that plays `encoder`, else from random ones (a local one from its
    folder); then layers are renewed. Terms of the history are the tasks' losses per document, of valid `f1` and
    `negated_f1`, by which the evaluation is chosen.

    Raises:
        ValueError: train lacks what the target asks for, or the weights do not fit the encoder.
    """
    keep_freed()
    leave_unfilled()
    documents, training = read(inputs.prepared, inputs.split), settings["training"]
    target = settings["target"]
    train, valid = documents.of("train"), documents.of("valid")
    tokenizer = tokenizer_of(settings["encoder"], inputs.features)
    schemes = Schemes(documents.entity_types, documents.relation_types)
    weights = taught(settings["weights"][target], target, train)
    model, reader = build(settings, schemes, weights, tokenizer)
    for folder in inputs.uses.get("encoder", ()):
        encoders.load(model.encoder, folder)
    seed = int(np.random.default_rng([context.seed, RENEWAL]).integers(2**62))
    renewed = encoders.renew(model.encoder, settings["renew"], seed)
    model.to(context.device)

    examples, held_out = ([reader.example(document) for document in part] for part in (train, valid))
    batches = EvenBatches(len(train), training["batch"], [context.seed, ORDER])
    steps = steps_of(training, len(train))

    def batch(step: int) -> Batch:
        return reader.batch([examples[row] for row in batches(step)]).to(context.device)

    def validate(model: Extractor) -> dict[str, float]:
        f1 = f1_of(target, [document.gold for document in valid], said_of(model, reader, held_out))
        return {"f1": f1, "negated_f1": -f1}

    trained = fit(
        model=model,
        loss=lambda model, batch: model.loss(batch),
        batch=batch,
        validate=validate,
        descent=descent(model.encoder, model, training, steps),
        budget=Budget.of(steps, training["evaluations"]),
        select="negated_f1",
        context=context,
    )
    predicted = documents.predicted
    table = predictions(predicted, predict(model, reader, predicted), target)
    facts = (
        trained.facts | noted(model, reader, examples) | {"renewed": renewed, "train_documents": len(train)}
    )
    weights_of = {name: value.detach() for name, value in model.state_dict().items()}
    return Outcome(weights_of, table, trained.history, facts)


def taught(weights: Mapping[str, float], target: str, train: Sequence[Document]) -> dict[str, float]:
    """Weights of the tasks, 0 where no training document has what a task learns from.

    Raises:
        ValueError: the target is such a task, or none of the span model's.
    """
    has = {
        "entities": any(document.gold.entities for document in train),
        "relations": any(document.gold.relations for document in train),
        "coreference": any(document.gold.clusters for document in train),
    }
    if not has.get(target, False):
        raise ValueError(
            f"no training document has {target}, which is the target, expected one of {', '.join(TASKS)} that they "
            "have. Hint: look at the `target` of the split."
        )
    return {task: weights[task] if has[task] else 0 for task in TASKS}


def build(
    settings: Mapping, schemes: Schemes, weights: Mapping[str, float], tokenizer: Tokenizer
) -> tuple[Extractor, Reader]:
    """The span model with random weights, first the encoder's, so that these are the same whatever is learned on it."""
    encoder = encoders.build(settings["encoder"], tokenizer.size)
    model = Extractor(encoder, schemes, settings["spans"], weights)
    return model, Reader(tokenizer, schemes, encoder.longest, settings["spans"]["widest"])


def restored(
    settings: Mapping, facts: Mapping, weights: Mapping[str, Tensor], tokenizer: Tokenizer
) -> tuple[Extractor, Reader]:
    """The span model of a finished run, ready to `predict`.

    Args:
        settings: of the run, and `facts` that its run.json has.
        weights: of its model.safetensors.
        tokenizer: as `tokenizer_of` gives it for the run's settings and views.
    """
    schemes = Schemes(facts["entity_types"], facts["relation_types"])
    model, reader = build(settings, schemes, facts["weights"], tokenizer)
    model.load_state_dict(dict(weights))
    return model.eval(), reader


def steps_of(training: Mapping, documents: int) -> int:
    """So many epochs, no fewer steps than `least_steps` and no more than `most_steps`."""
    epochs = math.ceil(training["epochs"] * math.ceil(documents / training["batch"]))
    return max(min(epochs, training["most_steps"]), training["least_steps"])


def noted(model: Extractor, reader: Reader, examples: Sequence[Example]) -> dict:
    """For run.json: what the model was made for, and what of the training documents it does not see."""
    return {
        "entity_types": list(reader.schemes.entities),
        "relation_types": list(reader.schemes.relations),
        "weights": {task: model.weights.get(task, 0) for task in TASKS},
        "vocabulary": model.encoder.vocabulary,
        "spans": sum(len(example.first) for example in examples),
        "words_cut": sum(example.cut for example in examples),
        "entities_out_of_reach": sum(example.wide for example in examples),
    }
