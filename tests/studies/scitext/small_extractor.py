"""A span model small enough for tests: pieces of a few words, a layer of eight, all tasks."""

import copy
from collections.abc import Iterable, Sequence
from pathlib import Path

from retort.studies.scitext.data import Document
from retort.studies.scitext.encoder import build
from retort.studies.scitext.examples import Reader, Schemes
from retort.studies.scitext.extractor import Extractor
from retort.studies.scitext.finetune import assembled
from retort.studies.scitext.pieces import Tokenizer
from tests.studies.scitext.documents import three

SCHEMES = Schemes(["Generic", "Material", "Method", "Task"], ["Compare", "Used-for"])
ALL = {"entities": 0.2, "relations": 1.0, "coreference": 1.0}
SETTINGS = {
    "method": "extract",
    "target": "entities",
    "encoder": {
        "kind": "deberta",
        "folder": None,
        "width": 8,
        "layers": 1,
        "heads": 2,
        "reach": 8,
        "longest": 64,
        "dropout": 0.0,
        "terms": ["c2p", "p2c"],
        "share": True,
    },
    "renew": {"layers": [], "scope": "none"},
    "spans": {
        "widest": 4,
        "width_embedding": 3,
        "hidden": 6,
        "layers": 2,
        "dropout": 0.0,
        "relation_share": 0.5,
        "keep_annotated": False,
        "coreference_share": 0.3,
        "antecedents": 4,
        "propagation": 1,
    },
    "weights": {
        "entities": {"entities": 1, "relations": 0, "coreference": 0},
        "relations": ALL,
        "coreference": {"entities": 0.5, "relations": 0.5, "coreference": 1},
    },
    "training": {
        "epochs": 4,
        "least_steps": 1,
        "most_steps": 1000,
        "batch": 2,
        "learning_rate": 1e-3,
        "head_rate": 1e-2,
        "weight_decay": 0.01,
        "optimiser": "adamw",
        "schedule": "slanted",
        "clip": 5.0,
        "evaluations": 2,
    },
}


def settings(**blocks: object) -> dict:
    """`SETTINGS` with some blocks changed in part, or replaced where they are no block."""
    chosen = copy.deepcopy(SETTINGS)
    for name, block in blocks.items():
        chosen[name] = chosen[name] | block if isinstance(block, dict) else block
    return chosen


def view(folder: Path, documents: Iterable[Document] = (), size: int = 120) -> Path:
    """A folder with a tokenizer of so many pieces, learned from the documents, or the three small ones."""
    from tokenizers import Tokenizer as Published
    from tokenizers import models, pre_tokenizers, trainers

    published = Published(models.BPE(unk_token="[UNK]"))
    published.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        initial_alphabet=list("abcdefghijklmnopqrstuvwxyz.Ġ"),
        show_progress=False,
    )
    texts = [" ".join(document.words) for document in documents or three()]
    published.train_from_iterator(texts, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    published.save(str(folder / "tokenizer.json"))
    return folder


def small(folder: Path, weights: dict | None = None, **blocks: object) -> tuple[Extractor, Reader]:
    """A model of random weights for the three small documents, and its reader."""
    chosen, tokenizer = settings(**blocks), Tokenizer(view(folder))
    encoder = build(chosen["encoder"], tokenizer.size)
    return assembled(encoder, tokenizer, SCHEMES, chosen["spans"], weights or ALL)


def read(reader: Reader, documents: Sequence[Document]):
    """Documents as a batch."""
    return reader.batch([reader.example(document) for document in documents])
