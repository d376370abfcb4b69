"""GENIA as flat entities of five classes (the shared task JNLPBA), 2,000 abstracts and 404 more to test on.

Kim, Ohta, Tateisi, Tsujii, Bioinformatics 19 suppl. 1, i180 (2003); Kim et al., JNLPBA 2004; in standoff form by
S. Pyysalo. The nested GENIA of other papers has more entities and other parts.
"""

import itertools
import json
import lzma
from collections.abc import Mapping
from pathlib import Path

from retort.datasets import documents, plain_text
from retort.datasets.documents import entity
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared

VALID = 200  # the last training abstracts choose


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read both parts; rejected are training abstracts that the test part has as well.

    Words are those of `retort.datasets.plain_text`, cut where an entity begins or ends within one ("IL-2" of
    "IL-2-induced"), as the task's own words are.

    Args:
        folder: holds the files.
        settings: `train` and `test`, compressed JSON lines of `doc_id, text, entities`.

    Raises:
        SchemaError: a file is missing or damaged.
    """
    train, test = (_records(folder / settings[part]) for part in ("train", "test"))
    tested = {_key(raw["text"]) for raw in test}
    found, rejects = [], []
    for number, raw in enumerate(train):
        if _key(raw["text"]) in tested:
            rejects.append((settings["train"], number, raw["doc_id"], "the test part has the same abstract"))
            continue
        part = "valid" if number >= len(train) - VALID else "train"
        found.append((settings["train"], number, _document(raw, part)))
    found += [(settings["test"], number, _document(raw, "test")) for number, raw in enumerate(test)]
    return documents.prepare(found, rejects)


def _records(file: Path) -> list[dict]:
    try:
        with lzma.open(file, "rt", encoding="utf-8", newline="") as stream:
            return [json.loads(line) for line in stream]
    except FileNotFoundError:
        raise SchemaError(
            f"{file} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (lzma.LZMAError, EOFError, json.JSONDecodeError) as error:
        raise SchemaError(f"{file} is damaged: {error}. Hint: delete it and download it again.") from None


def _key(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def _document(raw: Mapping, part: str) -> dict:
    borders = {border for _, _, *ends in raw["entities"] for border in ends}
    sentences: list[list[str]] = []
    first, behind, count, end = {}, {}, 0, 0
    for sentence in plain_text.sentences(raw["text"]):
        # No sentence ends within an entity, where an unusual abbreviation seems to end one.
        if not any(start < sentence[0].start < stop and start < end for _, _, start, stop in raw["entities"]):
            sentences.append([])
        for word in sentence:
            cuts = sorted({word.start, word.end} | {cut for cut in borders if word.start < cut < word.end})
            for start, end in itertools.pairwise(cuts):
                first[start], behind[end] = count, count + 1
                count += 1
                sentences[-1].append(raw["text"][start:end])
    return documents.document(
        raw["doc_id"],
        sentences,
        published_part=part,
        entities=[entity(first[start], behind[end], kind) for _, kind, start, end in raw["entities"]],
    )
