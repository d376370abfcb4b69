"""Molecules without labels, for pre-training; those that are judged elsewhere are left out."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

import joblib
import polars as pl
from tqdm import tqdm

from retort.chemistry import molecules
from retort.datasets import archives, delimited
from retort.datasets.errors import SchemaError
from retort.datasets.prepared import REJECT_SCHEMA, Prepared

CHUNK = 2_000
WORTH_WORKERS = 10_000  # molecules below which starting workers costs more than they save
JUDGES = "a structure of {}, which judges what is learned here"


def read(folder: Path, settings: dict) -> Prepared:
    """Read a corpus from `folder`: columns `id, row, smiles, standard, key`.

    Args:
        folder: holds the files.
        settings: `file` and its `format`: `tar`, an archive of one list of SMILES; `pairs`, lines of id, SMILES, id,
            SMILES with tabs between; `csv`, with the column `smiles`. And perhaps `without`, tables `{file, smiles}` of
            molecules that may not be in the corpus, whatever their stereochemistry.

    Rejected are strings that RDKit cannot read, structures that came before, and those of `without`; the reason names
    the file.

    Raises:
        SchemaError: a file is missing or damaged, or lacks the column of the structures.
    """
    reading = FORMATS.get(settings["format"])
    if reading is None:
        raise SchemaError(
            f"corpus format {settings['format']!r}, expected one of {', '.join(FORMATS)}. "
            "Hint: see the data set's YAML."
        )
    try:
        found = list(reading(_existing(folder / settings["file"])))
    except (OSError, EOFError, zlib.error, tarfile.TarError, UnicodeDecodeError) as error:
        raise SchemaError(
            f"{folder / settings['file']} cannot be read as {settings['format']}: {error}. Hint: download it again."
        ) from error
    held = held_out(folder, settings.get("without", []))
    rows, rejects, seen = [], [], set()
    # What broke while it was read is no string to be parsed.
    strings = [text for _, text in found if isinstance(text, str)]
    forms = iter(standardise(strings, title=settings["file"]))
    for number, smiles in found:
        if isinstance(smiles, delimited.Broken):
            rejects.append((settings["file"], number, *smiles))
            continue
        form = next(forms)
        if isinstance(form, str):
            reason = form
        elif form[1] in held:
            reason = JUDGES.format(held[form[1]])
        elif form[1] in seen:
            reason = "a structure that came before"
        else:
            seen.add(form[1])
            rows.append((f"{number:06d}", number, smiles, *form))
            continue
        rejects.append((settings["file"], number, smiles, reason))
    schema = {"id": pl.String, "row": pl.Int64, **dict.fromkeys(("smiles", "standard", "key"), pl.String)}
    return Prepared(
        pl.DataFrame(rows, schema=schema, orient="row"),
        pl.DataFrame(rejects, schema=REJECT_SCHEMA, orient="row"),
    )


def held_out(folder: Path, tables: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The structures of some tables `{file, smiles}` by their key, and the first file that has each.

    Strings that RDKit cannot read are left out.

    Raises:
        SchemaError: a file or its column is missing.
    """
    held: dict[str, str] = {}
    for table in tables:
        strings = _column(folder / table["file"], table["smiles"])
        for form in standardise(strings, title=table["file"]):
            if not isinstance(form, str):
                held.setdefault(form[1], table["file"])
    return held


def standardise(
    smiles: list[str], *, title: str = "", workers: int | None = None
) -> list[tuple[str, str] | str]:
    """Standard SMILES and structure key of each string, or why it has none; in parallel where there are many."""
    chunks = [smiles[start : start + CHUNK] for start in range(0, len(smiles), CHUNK)]
    if workers is None:
        workers = joblib.cpu_count() if len(smiles) >= WORTH_WORKERS else 1
    done = joblib.Parallel(n_jobs=workers, return_as="generator")(
        joblib.delayed(_some)(chunk) for chunk in chunks
    )
    forms = []
    with tqdm(total=len(smiles), unit="molecule", desc=title, disable=None) as bar:
        for chunk in done:
            forms += chunk
            bar.update(len(chunk))
    return forms


def _some(smiles: list[str]) -> list[tuple[str, str] | str]:
    found: list[tuple[str, str] | str] = []
    for one in smiles:
        try:
            mol = molecules.parse(one)
        except molecules.MoleculeError as error:
            found.append(str(error))
            continue
        plain = molecules.standardised(mol)
        found.append((molecules.canonical(plain), molecules.structure_key(plain)))
    return found


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise SchemaError(f"{file} does not exist. Hint: name it under `files` of the data set's YAML.")
    return file


def _tar(file: Path) -> Iterator[tuple[int, str]]:
    content = file.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        # Unpacked whole: tarfile stops before gzip's checksum, and would not notice damage.
        with gzip.open(file) as stream:
            content = archives.unpacked(stream, file)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = [archive.extractfile(member) for member in archive.getmembers() if member.isfile()]
        if len(files) != 1 or files[0] is None:
            raise tarfile.TarError(f"it holds {len(files)} files, expected one")
        lines = files[0].read().decode().split("\n")
    yield from ((row, line.strip()) for row, line in enumerate(lines) if line.strip())


def _pairs(file: Path) -> Iterator[tuple[int, str]]:
    """Each molecule once, by its id; what follows a space in a string is no part of the structure."""
    seen: set[str] = set()
    number = 0
    with io.TextIOWrapper(archives.Gzip(file), encoding="utf-8") as stream:
        for line in stream:
            cells = line.rstrip("\r\n").split("\t") if line.strip() else []
            # A line that breaks off gives an empty string, which is rejected.
            for name, smiles in zip_longest(cells[0::2], cells[1::2], fillvalue=""):
                if name not in seen:
                    seen.add(name)
                    yield number, smiles.split(" ")[0]
                    number += 1


def _csv(file: Path) -> Iterator[tuple[int, str | delimited.Broken]]:
    for row, record in delimited.records(file, ["smiles"]):
        yield row, record if isinstance(record, delimited.Broken) else record["smiles"].strip()


FORMATS = {"tar": _tar, "pairs": _pairs, "csv": _csv}


def _column(file: Path, name: str) -> list[str]:
    """A column of a table as strings; empty cells and broken rows, which its own reader rejects, are left out."""
    rows = (
        record for _, record in delimited.records(file, [name]) if not isinstance(record, delimited.Broken)
    )
    return [text for record in rows if (text := record[name].strip())]
