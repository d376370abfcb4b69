"""Span models of finished runs, made to read documents that nobody annotated."""

from collections.abc import Callable, Sequence
from pathlib import Path

from retort.runs import RunInputs
from retort.sealed import read_tensors
from retort.studies.scitext import finetune
from retort.studies.scitext.data import Annotations, Document
from retort.studies.scitext.extractor import predict
from retort.studies.scitext.pieces import tokenizer_of


def restored(
    folder: Path, record: dict, inputs: RunInputs
) -> Callable[[Sequence[Document]], list[Annotations]]:
    """What a finished run says of documents, on the CPU.

    Args:
        folder: of the run. `record`: its run.json. `inputs`: what it read, as paths that exist.

    Raises:
        KeyError, ValueError, RuntimeError, OSError: something lacks or is damaged.
    """
    settings = record["settings"]
    tokenizer = tokenizer_of(settings["encoder"], inputs.features)
    weights = read_tensors(folder / "model.safetensors")
    model, reader = finetune.restored(settings, record["facts"], weights, tokenizer)
    return lambda documents: predict(model, reader, documents)
