"""Matscholar's sentences about inorganic materials with entities of seven types, in published parts.

Weston et al., J. Chem. Inf. Model. 59, 3692 (2019), in the parts of Gupta et al., npj Comput. Mater. 8, 102 (2022).
The files do not say which sentences are of one abstract, so that each is a document.
"""

from collections.abc import Mapping
from pathlib import Path

from retort.datasets import documents, tagged
from retort.datasets.prepared import Prepared


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read the three files; every sentence is a document.

    Args:
        folder: holds the files.
        settings: `parts`, the file of each of train, valid and test.

    Raises:
        SchemaError: a file is missing or damaged.
    """
    found = []
    for part, name in settings["parts"].items():
        for number, one in enumerate(tagged.sentences(folder / name)):
            document = documents.document(
                f"{part}-{number:04d}",
                [one.words],
                published_part=part,
                entities=tagged.entities(one.tags),
            )
            found.append((name, one.line, document))
    return documents.prepare(found)
