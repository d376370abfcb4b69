"""Generated texts without annotation: everyday ones, and scientific ones about the names of the generated abstracts.

Most texts are about names of one class and tell it by the words of every sentence (`retort.datasets.science_grammar`):
everyday names in everyday texts, names of science in scientific ones. The others are neutral, and in both domains about
names of science. So both domains have all words of the abstracts, and as many names, classes, wordings and sentences;
only of whom it is told what they are differs, and that is what a start from either must answer for.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from retort.datasets import delimited
from retort.datasets.corpora import TEXTS
from retort.datasets.prepared import REJECT_SCHEMA, Prepared
from retort.datasets.science_grammar import EVERYDAY, SCIENCE, lexicon, neutral, one, telling

FILE = "texts.csv"
FIELDS = ("id", "domain", "text")
DOMAINS = {"general": EVERYDAY, "science": SCIENCE}


def generate(folder: Path, settings: Mapping, seed: int) -> None:
    """Write `texts.csv`: `id, domain, text`, words and signs separated by blanks.

    Args:
        folder: made where it is missing.
        settings: `rows` of each domain; `neutral`, the share of texts that tell nothing; `generic`, how often those
            call a name by what it is; `sentences` of each text; `names` of each class and `lexicon`, the seed that drew
            them: those of the abstracts.
        seed: draws the texts.
    """
    random = np.random.default_rng(seed)
    names = lexicon(settings["names"], settings["lexicon"])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        for domain, kinds in DOMAINS.items():
            for row in range(settings["rows"]):
                kind = one(random, kinds) if random.random() >= settings["neutral"] else None
                words: list[str] = []
                for _ in range(settings["sentences"]):
                    if kind is None:
                        words += neutral(names, settings["generic"], random)
                    else:
                        words += telling(kind, names, random)
                writer.writerow((f"{domain}-{row:04d}", domain, " ".join(words)))


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read what `generate` wrote; rejected are rows of another domain or without a text.

    Raises:
        SchemaError: the file is missing or damaged.
    """
    rows, rejects = [], []
    for row, record in delimited.records(folder / FILE, FIELDS):
        if isinstance(record, delimited.Broken):
            rejects.append((FILE, row, *record))
        elif record["domain"] not in DOMAINS or not record["text"].strip():
            reason = f"expected a text of the domain {' or '.join(DOMAINS)}"
            rejects.append((FILE, row, f"{record['domain']}: {record['text'][:60]}", reason))
        else:
            rows.append(tuple(record[field] for field in FIELDS))
    return Prepared(
        pl.DataFrame(rows, schema=TEXTS, orient="row"),
        pl.DataFrame(rejects, schema=dict(REJECT_SCHEMA), orient="row"),
    )
