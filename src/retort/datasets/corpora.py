"""Texts without annotation to learn language from: general English, and abstracts of computer science.

General are the Brown corpus (Francis and Kucera, 1979) and the validation and test parts of WikiText-2 (Merity et al.,
ICLR 2017); scientific are the abstracts of 21 proceedings as Paper Copilot lists them.
"""

import json
import lzma
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from retort.datasets import plain_text
from retort.datasets.documents import words
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared
from retort.datasets.scierc import raw_documents

TEXTS = {"id": pl.String, "domain": pl.String, "text": pl.String}
LEAST = 20  # words of an abstract
SHARED = 12  # words in a row that no two abstracts have by chance
BRACKETS = ("-LRB-", "-RRB-", "-LSB-", "-RSB-", "-LCB-", "-RCB-")  # as SciERC writes them
REFETCH = "Hint: delete it and run the download rule of this data set again."

_HEADING = re.compile(r" = [^=].* = ")
_BROWN = re.compile(r"brown/(c[a-r]\d\d)")


def read(folder: Path, settings: Mapping) -> Prepared:
    """Read all texts: `id, domain, text`, where words and signs are separated by single blanks.

    Rejected are abstracts that another one repeats, that have fewer than `LEAST` words, and those that share
    `SHARED` words in a row with an abstract of SciERC: what judges must not have been read. Letters and digits are
    compared, nothing else. Words that WikiText-2 replaced by `<unk>`, whole or in part, are left out.

    Args:
        folder: holds the files.
        settings: `brown`, the archive; `wikitext`, files of WikiText-2; `proceedings`, compressed JSON lists of papers;
            `scierc`, SciERC's files.

    Raises:
        SchemaError: a file is missing or damaged.
    """
    rows = [(f"brown-{name}", "general", text) for name, text in _brown(folder / settings["brown"])]
    for name in settings["wikitext"]:
        stem = Path(name).stem.replace("_", "-")
        for number, text in enumerate(_articles(folder / name)):
            rows.append((f"{stem}-{number:02d}", "general", text))
    judged = _runs_of_scierc(folder, settings["scierc"])
    rejects: list[tuple[str, int, str, str]] = []
    seen: dict[str, str] = {}
    for name in settings["proceedings"]:
        stem = name.partition(".")[0]
        for number, (abstract, text) in enumerate(_abstracts(folder / name)):
            reason = _fault(abstract, text, judged, seen)
            if reason:
                rejects.append((name, number, text[:80], reason))
                continue
            seen[_key(abstract)] = f"{stem}-{number:04d}"
            rows.append((f"{stem}-{number:04d}", "science", text))
    return Prepared(
        pl.DataFrame(rows, schema=TEXTS, orient="row"),
        pl.DataFrame(rejects, schema=dict(REJECT_SCHEMA), orient="row"),
    )


def _fault(
    abstract: str, text: str, judged: Mapping[tuple[str, ...], str], seen: Mapping[str, str]
) -> str | None:
    """Why an abstract is no text to learn from."""
    if text.count(" ") + 1 < LEAST:
        return f"fewer than {LEAST} words"
    if _key(abstract) in seen:
        return f"the same as {seen[_key(abstract)]}"
    for run in _runs(text.split(" ")):
        if document := judged.get(run):
            return f"it shares {SHARED} words in a row with {document} of SciERC"
    return None


def _key(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def _runs(words: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """All that stand in a row, without signs."""
    plain = [key for word in words if word not in BRACKETS and (key := _key(word))]
    return zip(*(plain[start:] for start in range(SHARED)), strict=False)


def _runs_of_scierc(folder: Path, names: list[str]) -> dict[tuple[str, ...], str]:
    """The document of each run of words, within and across sentences."""
    return {
        run: raw["doc_key"]
        for *_, raw in raw_documents(folder, {name: name for name in names})
        for run in _runs(words(raw["sentences"]))
    }


def _brown(file: Path) -> Iterator[tuple[str, str]]:
    """Name and words of each of the 500 samples; `word/tag`, with double signs for quotation marks."""
    try:
        with zipfile.ZipFile(file) as archive:
            for member in sorted(archive.namelist()):
                if found := _BROWN.fullmatch(member):
                    tagged = archive.read(member).decode("ascii").split()
                    plain = [one.rpartition("/")[0] for one in tagged]
                    yield found[1], " ".join('"' if word in ("``", "''") else word for word in plain)
    except FileNotFoundError:
        raise SchemaError(
            f"{file} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise SchemaError(f"{file} is damaged: {error}. {REFETCH}") from None


def _articles(file: Path) -> Iterator[str]:
    """The articles of a file of WikiText-2, each from its heading to the next."""
    if not file.is_file():
        raise SchemaError(f"{file} does not exist. Hint: run the download rule of this data set first.")
    article: list[str] = []
    for line in [*file.read_text(encoding="utf-8").split("\n"), " = end = "]:
        if _HEADING.fullmatch(line):
            if article:
                yield " ".join(article)
            article = []
            continue
        # " @-@ " stands for a hyphen within a word, and so for the point and the comma of numbers.
        joined = re.sub(r" @(.)@ ", r"\1", line)
        article += [word for word in joined.split() if "<unk>" not in word and not set(word) <= {"="}]


def _abstracts(file: Path) -> Iterator[tuple[str, str]]:
    """The abstract of each paper as it is written and in words, its title before it; papers without one are skipped."""
    try:
        papers = json.loads(lzma.decompress(file.read_bytes()))
    except FileNotFoundError:
        raise SchemaError(
            f"{file} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (lzma.LZMAError, json.JSONDecodeError) as error:
        raise SchemaError(f"{file} is damaged: {error}. {REFETCH}") from None
    for paper in papers:
        abstract = (paper.get("abstract") or "").strip()
        if abstract:
            title = plain_text.tokenised((paper.get("title") or "").rstrip(" ."))
            yield (
                abstract,
                f"{title} . {plain_text.tokenised(abstract)}" if title else plain_text.tokenised(abstract),
            )
