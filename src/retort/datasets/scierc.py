"""SciERC: 500 abstracts of computer science with entities, relations and coreference, in their published parts.

Luan, He, Ostendorf, Hajishirzi, Multi-Task Identification of Entities, Relations, and Coreference for Scientific
Knowledge Graph Construction, EMNLP 2018.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from retort.datasets import documents
from retort.datasets.annotated_documents import lines
from retort.datasets.documents import entity, mentions, relation
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared

KEYS = ("doc_key", "sentences", "ner", "relations", "clusters")


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read the three files.

    Their spans end with their last word; here they end before the next one. Rejected are relations and mentions
    that stand twice, the second time.

    Args:
        folder: holds the files.
        settings: `parts`, the file of each of train, valid and test.

    Raises:
        SchemaError: a file is missing, or a line is no document.
    """
    found, rejects = [], []
    for part, file, number, raw in raw_documents(folder, settings["parts"]):
        identifier = raw["doc_key"]
        relations, clusters, seen = [], [], set()
        for first, last, third, fourth, kind in (one for sentence in raw["relations"] for one in sentence):
            one = relation((first, last + 1), (third, fourth + 1), kind)
            if one in relations:
                value = f"{identifier}: relation {[first, last, third, fourth, kind]}"
                rejects.append((file, number, value, "it stands twice"))
            else:
                relations.append(one)
        for cluster in raw["clusters"]:
            kept = []
            for first, last in cluster:
                span = first, last + 1
                if span in seen:
                    value = f"{identifier}: mention {list(span)}"
                    rejects.append((file, number, value, "it stands twice among the clusters"))
                else:
                    seen.add(span)
                    kept.append(span)
            clusters.append(mentions(kept))
        document = documents.document(
            identifier,
            raw["sentences"],
            published_part=part,
            entities=[
                entity(first, last + 1, kind) for sentence in raw["ner"] for first, last, kind in sentence
            ],
            relations=relations,
            clusters=clusters,
        )
        found.append((file, number, document))
    return documents.prepare(found, rejects)


def raw_documents(folder: Path, parts: Mapping[str, str]) -> list[tuple[str, str, int, dict]]:
    """`(part, file, line, document)` of each line of the files, the documents as they are written.

    Raises:
        SchemaError: a file is missing, or a line is no document.
    """
    found = []
    for part, name in parts.items():
        for number, text in lines(folder / name):
            try:
                raw = json.loads(text)
                missing = [key for key in KEYS if key not in raw]
            except (json.JSONDecodeError, TypeError) as error:
                raise SchemaError(
                    f"{folder / name}: line {number} is no document: {error}. Hint: download it again."
                ) from None
            if missing:
                raise SchemaError(
                    f"{folder / name}: line {number} has no key {missing[0]!r}, expected {', '.join(KEYS)}. "
                    "Hint: is it a file of SciERC's processed data?"
                )
            found.append((part, name, number, raw))
    return found
