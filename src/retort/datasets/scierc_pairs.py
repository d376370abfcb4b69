"""The pairs of SciERC whose relation SciBERT names: given two spans that are related, how are they?

Beltagy, Lo, Cohan, SciBERT: A Pretrained Language Model for Scientific Text, EMNLP 2019. Each line is a sentence with
its two spans marked, `[[ head ]]` and `<< tail >>`, and numbers of the sentence's words; here they are relations of
SciERC's documents.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from retort.datasets import documents
from retort.datasets.annotated_documents import lines
from retort.datasets.documents import bounds, relation
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared
from retort.datasets.scierc import raw_documents

MARKS = frozenset({"[[", "]]", "<<", ">>"})


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read the pairs of each part beside SciERC's documents.

    Rejected are pairs that stand twice. Documents without pairs are kept, without relations.

    Args:
        folder: holds the files.
        settings: `parts`, SciERC's file of each of train, valid and test, and `pairs`, those of SciBERT.

    Raises:
        SchemaError: a file is missing or damaged, or a pair is of no sentence of SciERC.
    """
    found, rejects = [], []
    for part, name in settings["pairs"].items():
        rows = raw_documents(folder, {part: settings["parts"][part]})
        # Where each sentence is; the one sentence that several documents may share belongs to the first.
        place: dict[str, tuple[int, int]] = {}
        for index, (*_, raw) in enumerate(rows):
            for words, (start, _) in zip(raw["sentences"], bounds(raw["sentences"]), strict=True):
                place.setdefault(" ".join(words), (index, start))
        relations: list[list[dict]] = [[] for _ in rows]
        for number, text in lines(folder / name):
            sentence, ends, kind = _pair(folder / name, number, text)
            if sentence not in place:
                raise SchemaError(
                    f"{folder / name}: line {number} is of no sentence of SciERC: {sentence[:80]!r}. "
                    "Hint: download both files again."
                )
            index, start = place[sentence]
            first, last, third, fourth = ends
            one = relation((start + first, start + last + 1), (start + third, start + fourth + 1), kind)
            if one in relations[index]:
                rejects.append(
                    (name, number, f"{rows[index][-1]['doc_key']}: {text[:80]}", "it stands twice")
                )
            else:
                relations[index].append(one)
        for (*_, raw), each in zip(rows, relations, strict=True):
            document = documents.document(
                raw["doc_key"], raw["sentences"], published_part=part, relations=each
            )
            found.append((name, 0, document))
    return documents.prepare(found, rejects)


def _pair(file: Path, number: int, text: str) -> tuple[str, list[int], str]:
    """The sentence without its marks, the inclusive ends of head and tail in it, and the relation."""
    try:
        raw = json.loads(text)
        words = [word for word in raw["text"].split(" ") if word not in MARKS]
        ends = [int(end) for end in raw["metadata"]]
        if len(ends) != 4:
            raise ValueError(f"metadata has {len(ends)} numbers, expected 4")
        return " ".join(words), ends, raw["label"]
    except (ValueError, TypeError, KeyError) as error:
        raise SchemaError(f"{file}: line {number} is no pair: {error!r}. Hint: download it again.") from None
