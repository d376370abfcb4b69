"""A training step of the span model against a loop over spans: the same weights, documents and losses, one thread.

DyGIE++ itself cannot be installed any more (AllenNLP is archived). Theirs is the model as its definition reads
(`tests/studies/scitext/span_by_span.py`), which scores one span, one pair and one mention after the other and reads one
document a step; DyGIE++ loops over spans where they are propagated and batches the rest of a document. Ours is
measured with as many documents a step as asked for, and with one, which is what is gained by documents together.
Neither has dropout. Without an encoder of any size worth mentioning (`--width`, `--layers`) the heads are compared.
"""

import common  # isort: skip

import argparse
import copy
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1]))

from retort.studies.scitext.data import Annotations, Document, Entity, Relation, Span
from retort.studies.scitext.encoder import build
from retort.studies.scitext.examples import Schemes
from retort.studies.scitext.finetune import assembled
from retort.studies.scitext.pieces import Tokenizer
from retort.training.memory import keep_freed
from tests.studies.scitext.small_extractor import settings, view
from tests.studies.scitext.span_by_span import losses

SPANS = {
    "widest": 8,
    "width_embedding": 20,
    "hidden": 150,
    "layers": 2,
    "dropout": 0.0,
    "relation_share": 0.5,
    "keep_annotated": False,
    "coreference_share": 0.3,
    "antecedents": 100,
    "propagation": 1,
}
WEIGHTS = {"entities": 0.2, "relations": 1.0, "coreference": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("documents", type=Path, help="train.json of SciERC, as published")
    parser.add_argument("--count", type=int, default=8, help="documents of one pass of training")
    parser.add_argument("--batch", type=int, default=8, help="documents a step, of ours")
    parser.add_argument("--rounds", type=int, default=3, help="passes of each, taken in turns")
    parser.add_argument("--width", type=int, default=128, help="of the encoder")
    parser.add_argument("--layers", type=int, default=4, help="of the encoder")
    chosen = parser.parse_args()
    keep_freed()
    torch.manual_seed(0)
    every_document = read(chosen.documents)
    documents = every_document[: chosen.count]
    schemes = Schemes(
        sorted({each.type for document in documents for each in document.gold.entities}),
        sorted({each.type for document in documents for each in document.gold.relations}),
    )
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = Tokenizer(view(Path(folder), every_document, size=4000))
    sizes = settings(encoder={"width": chosen.width, "layers": chosen.layers, "heads": 4, "longest": 512})
    encoder = build(sizes["encoder"], tokenizer.size)
    model, reader = assembled(encoder, tokenizer, schemes, SPANS, WEIGHTS)
    loop = copy.deepcopy(model)
    examples = [reader.example(document) for document in documents]

    def theirs(row: int) -> torch.Tensor:
        terms = losses(loop, reader, documents[row], SPANS)
        return sum(WEIGHTS[task] * term for task, term in terms.items())

    def ours(rows: np.ndarray) -> torch.Tensor:
        return model.loss(reader.batch([examples[row] for row in rows]))["total"]

    with torch.no_grad():
        common.report_difference(ours(np.arange(1)), theirs(0))
    every = np.arange(len(documents))
    batches = np.array_split(every, -(-len(every) // chosen.batch))
    optimizers = [torch.optim.AdamW(each.parameters(), fused=True) for each in (model, loop)]
    passes = {
        f"ours, {chosen.batch} documents a step": common.plain_pass(optimizers[0], model, ours, batches),
        "ours, one document a step": common.plain_pass(
            optimizers[0], model, ours, np.split(every, len(every))
        ),
        "span by span": common.plain_pass(optimizers[1], loop, theirs, every),
    }
    common.compare(passes, {}, count=len(documents), rounds=chosen.rounds, unit="documents")


def read(path: Path) -> list[Document]:
    """The documents of SciERC as published, whose ends are inclusive."""
    documents = []
    for line in path.read_text(encoding="utf-8").splitlines():
        given = json.loads(line)
        entities = {(start, end + 1): type for each in given["ner"] for start, end, type in each}
        relations = {(a, b + 1, c, d + 1): type for each in given["relations"] for a, b, c, d, type in each}
        gold = Annotations(
            [Entity(*span, type) for span, type in entities.items()],
            [Relation(*pair, type) for pair, type in relations.items()],
            [[Span(start, end + 1) for start, end in cluster] for cluster in given["clusters"]],
        )
        documents.append(Document(given["doc_key"], given["sentences"], gold))
    return documents


if __name__ == "__main__":
    main()
