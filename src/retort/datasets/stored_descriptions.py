"""Descriptions of crystals that were made before, where a mirror has them.

They follow from the structures, and a test compares them with those that are made anew; so they have no address, and
a machine without them spends hours in their place. What is read here is a memory of results, no data set.
"""

import csv
import io
import json
import lzma
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from retort.datasets.archives import unpacked
from retort.files import sha256


class Stored(NamedTuple):
    """A file of texts below a mirror: where, its checksum, and how it is read."""

    path: str
    sha256: str
    read: Callable[[bytes], dict[str, str]]


def _lines(content: bytes) -> dict[str, str]:
    records = map(json.loads, content.decode("utf-8").splitlines())
    return {record["id"]: record["text"] for record in records}


def _of_two_dimensions(content: bytes) -> dict[str, str]:
    """The ids are those of `retort.datasets.jarvis_2d`."""
    table = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    return {f"2d-{record['id']}": record["description"] for record in table}


FILES = (
    Stored(
        "materials/text/robocrys_mp36k.jsonl.xz",
        "3609ff0cb230ac9c1473aa1b74704b331576060e20d81063d2e88cde0c1f1747",
        _lines,
    ),
    Stored(
        "materials/recommender/descriptions_robocrys.csv",
        "6f1ace713548fffb5797645dae8a912d0fe9aaf43e8c951080dac96a539d4c61",
        _of_two_dimensions,
    ),
)


def stored(mirrors: Iterable[Path]) -> dict[str, str]:
    """Raw texts by id of crystal, from the files that a mirror has with the declared checksum; empty without any."""
    texts: dict[str, str] = {}
    for mirror in mirrors:
        for file in FILES:
            path = mirror / file.path
            if not path.is_file() or sha256(path) != file.sha256:
                continue
            with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as stream:
                texts = file.read(unpacked(stream, path)) | texts
    return texts
