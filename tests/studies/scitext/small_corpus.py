"""A corpus of 120 texts of two domains, in a language so small that its rules are learned in seconds."""

from pathlib import Path

import numpy as np
import polars as pl

from retort.datasets.views import word_pieces
from retort.runs import RunInputs
from retort.sealed import write_table

# Who does it decides what is done, and what is done decides to whom: what is hidden follows from its neighbours.
SENTENCES = {
    "general": [("dogs", "chase", "cats"), ("cooks", "boil", "eggs"), ("boys", "kick", "stones")],
    "science": [
        ("networks", "minimise", "losses"),
        ("parsers", "build", "trees"),
        ("taggers", "label", "words"),
    ],
}
ENCODER = {
    "kind": "deberta",
    "folder": None,
    "width": 32,
    "layers": 2,
    "heads": 2,
    "reach": 8,
    "longest": 32,
    "dropout": 0.1,
    "terms": ["c2p", "p2c"],
    "share": True,
}
PRETRAINING = {
    "objective": "masked",
    "domain": "science",
    "pieces": 16 * 8 * 20,
    "length": 16,
    "batch": 8,
    "learning_rate": 3e-3,
    "warmup": 0.1,
    "weight_decay": 0.01,
    "hidden": 0.15,
    "ngram": 0,
    "decoder": "enhanced",
    "evaluations": 2,
}


def settings(encoder: dict | None = None, **pretraining) -> dict:
    """Of a run of the method `pretrain`, changed as asked."""
    return {
        "method": "pretrain",
        "encoder": ENCODER | (encoder or {}),
        "pretraining": PRETRAINING | pretraining,
    }


def rows() -> pl.DataFrame:
    """The prepared table: `id, domain, text`."""
    rng = np.random.default_rng(0)
    found = []
    for domain, sentences in SENTENCES.items():
        for number in range(60):
            chosen = rng.choice(len(sentences), 6)
            text = " ".join(f"the {' '.join(sentences[one])} ." for one in chosen)
            found.append({"id": f"{domain}-{number}", "domain": domain, "text": text})
    return pl.DataFrame(found)


def inputs(folder: Path, **uses: list[Path]) -> RunInputs:
    """The files that a run reads; of each domain six documents are in valid and six in test."""
    folder, table = Path(folder), rows()
    view = folder / "word_pieces"
    if not view.exists():
        word_pieces.build(table, view)
        part = [
            "test" if row % 10 == 9 else "valid" if row % 10 == 8 else "train" for row in range(len(table))
        ]
        write_table(table, folder / "prepared.parquet")
        write_table(table.select("id", part=pl.Series(part)), folder / "split.parquet")
    return RunInputs(folder / "prepared.parquet", folder / "split.parquet", {"word_pieces": view}, uses)
