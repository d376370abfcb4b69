"""One run of the study: a baseline, the pre-training of a backbone, or its evaluation, tuned or frozen."""

from dataclasses import replace

import numpy as np
import polars as pl
import torch

from retort.nn.backbone import Backbone
from retort.nn.molecular_graphs import MoleculeStore
from retort.runs import RunInputs
from retort.sealed import read_table
from retort.studies.molecules import baselines, frozen
from retort.studies.molecules.backbones import GraphSource, SmilesSource, Source, load, make
from retort.studies.molecules.data import NOTHING, Records, predictions, read
from retort.studies.molecules.finetune import Whole, predict, tune
from retort.training.run import Outcome, RunContext

# Whom a run may stand on, as the `uses` of its variant name them.
ROLES = ("encoder",)
VIEW = "molecular_graphs"
COMPUTED = "descriptors"  # the view of the corpus, which only the pretext of that name reads


def run(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    """Do what the variant's `method` says; all but `pretrain` predict the molecules of valid and test.

    The facts of every run that predicts name its `labels` and their `kind`.

    Raises:
        ValueError: an unknown method, or an encoder that does not fit the backbone.
    """
    method = settings["method"]
    if method == "pretrain":
        return _pretrain(inputs, settings, context)
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown. Hint: see settings.schema.yaml.")
    records = read(inputs.prepared, inputs.split, settings["text"])
    outcome = METHODS[method](inputs, records, settings, context)
    return replace(outcome, facts=outcome.facts | {"labels": list(records.names), "kind": records.kind})


def _pretrain(inputs: RunInputs, settings: dict, context: RunContext) -> Outcome:
    # Here, because only these runs need all of it.
    from retort.studies.molecules import targets
    from retort.studies.molecules.pretrain import pretrain

    store, told = MoleculeStore(inputs.features[VIEW]), None
    if settings["pretext"] == "descriptors":
        told = targets.computed(inputs.features[COMPUTED], store.ids)
    elif settings["pretext"] == "supervised":
        told = targets.measured(read_table(inputs.prepared), store.ids)
    model, history, facts = pretrain(store, read_table(inputs.split), settings, context, told)
    return Outcome(model=model, predictions=NOTHING, history=history, facts=facts)


def _classical(inputs: RunInputs, records: Records, settings: dict, context: RunContext) -> Outcome:
    vectors, origin = None, {}
    if settings["method"] == "forest" and settings["forest"]["reads"] == "vectors":
        vectors, pretrained = _vectors(inputs, records, settings, context.device)
        origin = {"pretrained": pretrained, "width": vectors.shape[1]}
    values, facts = baselines.run(records, settings, vectors, seed=context.seed, progress=context.progress)
    return Outcome(model={}, predictions=predictions(records, values), facts=facts | origin)


def _dmpnn(inputs: RunInputs, records: Records, settings: dict, context: RunContext) -> Outcome:
    from retort.studies.molecules import dmpnn

    values, trained, model = dmpnn.train(records, settings, context)
    return Outcome(model, predictions(records, values), trained.history, trained.facts)


def _finetune(inputs: RunInputs, records: Records, settings: dict, context: RunContext) -> Outcome:
    backbone, pretrained = start(inputs, settings)
    whole = reader(inputs, records, settings, context.device)
    model, trained = tune(
        backbone.to(context.device), records, whole, settings, context, pretrained=pretrained
    )
    center, scale = records.scaling()
    return Outcome(
        model=trained.best,
        predictions=predictions(records, predict(model, records, whole, records.predicted)),
        history=trained.history,
        facts=trained.facts | {"pretrained": pretrained, "center": center.tolist(), "scale": scale.tolist()},
    )


def _frozen(inputs: RunInputs, records: Records, settings: dict, context: RunContext) -> Outcome:
    """Both heads on the vectors of one backbone. The model kept is the probe: its backbone is the encoder's."""
    vectors, pretrained = _vectors(inputs, records, settings, context.device)
    features, center, scale = frozen.standardised(vectors, records.rows_of("train"))
    rows = records.predicted
    values, weights, biases, strength = frozen.probe(features, records)
    votes = frozen.nearest(features, records, rows, **settings["frozen"])
    kept = {"probe.weight": weights, "probe.bias": biases, "features.center": center, "features.scale": scale}
    label_center, label_scale = records.scaling()
    return Outcome(
        model={name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in kept.items()},
        predictions=pl.concat(
            [
                predictions(records, values[rows], "probe", embeddings=vectors[rows]),
                predictions(records, votes, "knn"),
            ]
        ),
        facts={
            "pretrained": pretrained,
            "strength": strength,
            "width": vectors.shape[1],
            "center": label_center.tolist(),
            "scale": label_scale.tolist(),
        },
    )


METHODS = {
    **dict.fromkeys(("forest", "svm", "ngram"), _classical),
    "dmpnn": _dmpnn,
    "finetune": _finetune,
    "frozen": _frozen,
}


def _vectors(
    inputs: RunInputs, records: Records, settings: dict, device: torch.device
) -> tuple[np.ndarray, bool]:
    """(N, W) of all molecules by the backbone as the run finds it, and whether it was pre-trained."""
    backbone, pretrained = start(inputs, settings)
    return frozen.vectors(backbone.to(device), records, reader(inputs, records, settings, device)), pretrained


def start(inputs: RunInputs, settings: dict) -> tuple[Backbone, bool]:
    """The backbone as the run finds it, and whether it was pre-trained.

    Raises:
        ValueError: the weights of the encoder are those of another backbone.
    """
    if not inputs.uses.get("encoder"):
        return make(settings), False
    (encoder,) = inputs.uses["encoder"]
    return load(encoder, settings), True


def reader(inputs: RunInputs, records: Records, settings: dict, device: torch.device) -> Whole:
    """`whole(rows, rng=None)`: the batch of some molecules of the records, as the run's backbone reads it."""
    if settings["backbone"] == "smiles":
        places = np.arange(len(records))
        source: Source = SmilesSource(records.texts, settings)
    else:
        store = MoleculeStore(inputs.features[VIEW])
        places = store.rows(records.ids)
        source = GraphSource(store)
    return lambda rows, rng=None: source.whole(places[rows], rng).to(device)
