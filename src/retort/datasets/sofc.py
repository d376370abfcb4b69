"""SOFC-Exp: 45 open papers on solid oxide fuel cells, in whose sentences on experiments entities are annotated.

Friedrich et al., The SOFC-Exp Corpus and Neural Approaches to Information Extraction in the Materials Science Domain,
ACL 2020. Four types: MATERIAL, DEVICE, VALUE and EXPERIMENT.
"""

import csv
import io
import lzma
import tarfile
from collections.abc import Mapping
from pathlib import Path

from retort.datasets import documents, tagged
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import Prepared

PARTS = {"train": "train", "dev": "valid", "test": "test"}
FOLDER = "sofc-exp-corpus"


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read the papers; of each only the sentences that are annotated.

    Args:
        folder: holds the archive.
        settings: `archive`, its name.

    Raises:
        SchemaError: the archive is missing, damaged, or lacks a file.
    """
    path = folder / settings["archive"]
    files = _files(path)
    found = []
    rows = list(csv.reader(io.StringIO(_text(files, "SOFC-Exp-Metadata.csv", path)), delimiter="\t"))
    head = {name: column for column, name in enumerate(rows[0])}
    if missing := {"name", "set"} - set(head):
        raise SchemaError(
            f"{path}: its table of papers has no column {min(missing)!r}. Hint: download it again."
        )
    for number, row in enumerate(rows[1:]):
        name, part = row[head["name"]].strip(), row[head["set"]].strip()
        if part not in PARTS:
            raise SchemaError(
                f"{path}: paper {name!r} is of the set {part!r}, expected one of {', '.join(PARTS)}. "
                "Hint: download it again."
            )
        found.append((settings["archive"], number, _document(files, name, PARTS[part], path)))
    return documents.prepare(found)


def _document(files: Mapping[str, bytes], name: str, part: str, path: Path) -> dict:
    """A paper from its text, the places of its sentences, and its words with their tags by sentence."""
    text = _text(files, f"texts/{name}.txt", path)
    starts = {}
    for line in _text(files, f"annotations/sentences/{name}.csv", path).splitlines():
        sentence, _, start, _ = line.split("\t")
        starts[sentence] = int(start)
    words: dict[str, list[str]] = {}
    tags: dict[str, list[str]] = {}
    for line in _text(files, f"annotations/entity_types_and_slots/{name}.csv", path).splitlines():
        sentence, _, first, behind, tag, _ = line.split("\t")
        here = starts[sentence]
        words.setdefault(sentence, []).append(text[here + int(first) : here + int(behind)])
        tags.setdefault(sentence, []).append(tag)
    entities: list[dict] = []
    before = 0
    for each in tags.values():
        entities += tagged.entities(each, before)
        before += len(each)
    return documents.document(name, list(words.values()), published_part=part, entities=entities)


def _files(path: Path) -> dict[str, bytes]:
    try:
        with tarfile.open(fileobj=io.BytesIO(lzma.decompress(path.read_bytes()))) as archive:
            return {
                member.name: content.read()
                for member in archive
                if (content := archive.extractfile(member)) is not None
            }
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (lzma.LZMAError, EOFError, tarfile.TarError) as error:
        raise SchemaError(f"{path} is damaged: {error}. Hint: delete it and download it again.") from None


def _text(files: Mapping[str, bytes], name: str, path: Path) -> str:
    if f"{FOLDER}/{name}" not in files:
        raise SchemaError(f"{path} holds no {name}. Hint: delete it and download it again.")
    # Characters are counted as they are: no line end is translated.
    return files[f"{FOLDER}/{name}"].decode("utf-8")
