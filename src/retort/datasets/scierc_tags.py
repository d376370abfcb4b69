"""SciERC as SciBERT tags it: one tag a word, so that of entities within others only the outer or the inner one is left.

Beltagy, Lo, Cohan, SciBERT: A Pretrained Language Model for Scientific Text, EMNLP 2019. The files have no borders of
documents; those are SciERC's own, whose sentences are the same in the same order.
"""

from collections.abc import Mapping
from pathlib import Path

from retort.datasets import documents, tagged
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared
from retort.datasets.scierc import raw_documents


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read the tags of each part beside SciERC's documents.

    Args:
        folder: holds the files.
        settings: `parts`, SciERC's file of each of train, valid and test, and `tags`, those of SciBERT.

    Raises:
        SchemaError: a file is missing or damaged, or the two do not have the same sentences.
    """
    found = []
    sentences = {part: tagged.sentences(folder / name) for part, name in settings["tags"].items()}
    for part, _, _, raw in raw_documents(folder, settings["parts"]):
        entities, start, line = [], 0, 0
        for words in raw["sentences"]:
            one = next(sentences[part], None)
            if one is None or one.words != words:
                where = "ends too soon" if one is None else f"has {' '.join(one.words)!r} in line {one.line}"
                raise SchemaError(
                    f"{folder / settings['tags'][part]} {where}, expected {' '.join(words)!r} of {raw['doc_key']}. "
                    "Hint: download both files again."
                )
            line = line or one.line
            entities += tagged.entities(one.tags, start)
            start += len(words)
        document = documents.document(
            raw["doc_key"], raw["sentences"], published_part=part, entities=entities
        )
        found.append((settings["tags"][part], line, document))
    for part, rest in sentences.items():
        if (one := next(rest, None)) is not None:
            raise SchemaError(
                f"{folder / settings['tags'][part]}: line {one.line} belongs to no document of SciERC. "
                "Hint: download both files again."
            )
    return documents.prepare(found)
