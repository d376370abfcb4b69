"""Fine-tuning of the span model on annotated documents, for one target, by which the best evaluation is chosen."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from retort.runs import RunInputs
from retort.studies.scitext.data import Document, predictions, read
from retort.studies.scitext.descent import descent
from retort.studies.scitext.encoder import Encoder, build
from retort.studies.scitext.encoding import started
from retort.studies.scitext.examples import Batch, Example, Reader, Schemes
from retort.studies.scitext.extractor import TASKS, Extractor, predict, said_of
from retort.studies.scitext.pieces import Tokenizer
from retort.studies.scitext.readings import f1_of
from retort.studies.scitext.steps import steps_of
from retort.training.batches import EvenBatches
from retort.training.loop import Budget, fit
from retort.training.memory import keep_freed, leave_unfilled
from retort.training.run import Outcome, RunContext

ORDER = 0  # what a generator of its own is for; 1 is the renewal


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
    weights = taught(settings["weights"][target], target, train)
    # The encoder is drawn first, so that its random weights are the same whatever is learned on it.
    encoder, tokenizer, renewed = started(inputs, settings, context.seed)
    schemes = Schemes(documents.entity_types, documents.relation_types)
    model, reader = assembled(encoder, tokenizer, schemes, settings["spans"], weights)
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


def assembled(
    encoder: Encoder, tokenizer: Tokenizer, schemes: Schemes, spans: Mapping, weights: Mapping[str, float]
) -> tuple[Extractor, Reader]:
    """The span model on an encoder, with random heads, and what reads documents for it.

    Args:
        spans: the block of the settings; `weights` of the losses by task.
    """
    model = Extractor(encoder, schemes, spans, weights)
    return model, Reader(tokenizer, schemes, encoder.longest, spans["widest"])


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
    encoder = build(settings["encoder"], tokenizer.size)
    model, reader = assembled(encoder, tokenizer, schemes, settings["spans"], facts["weights"])
    model.load_state_dict(dict(weights))
    return model.eval(), reader


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
