"""Lossless re-encodings: make the declared bytes of a file from what its public address sends.

Some files of a mirror are compressed copies, one is a table made of thousands of upstream files. Each function here
repeats what was done, deterministically, and `retort.datasets.download` checks the result against its checksum.
"""

import csv
import io
import json
import lzma
import pickletools
import re
import shutil
import struct
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from retort.datasets.archives import check_size
from retort.datasets.errors import DataError

PRESET = 9 | lzma.PRESET_EXTREME  # `xz -9e`: 64 MiB dictionary, CRC64, some 700 MB of memory while it runs
MP36K = (
    "cif_index",
    "material_id",
    "formation_energy_per_atom",
    "band_gap",
    "efermi",
    "volume",
    "total_magnetization",
    "cif",
)

_ANNOTATION = re.compile(r"(T\d+)\t(\S+) (\d+) (\d+)\t(.*)")
_MEMBER = re.compile(r"[^/]+/data/(?:(?P<index>\d+)\.cif|(?P<table>id_prop|material_id_hash)\.csv)")


def xz(source: Path, destination: Path) -> None:
    """Compress one file.

    Raises:
        OSError: `source` cannot be read or `destination` not be written.
    """
    with source.open("rb") as plain, lzma.open(destination, "wb", preset=PRESET) as packed:
        shutil.copyfileobj(plain, packed)


def mp36k(source: Path, destination: Path) -> None:
    """Turn the archive of kdmsit/MEGNet into the compressed table of its crystals, one row per CIF.

    Read are `data/<i>.cif`, `data/id_prop.csv` (index and five properties) and `data/material_id_hash.csv` (index and
    Materials Project id), neither with a header. Numbers stay as they are written.

    Raises:
        DataError: no tar archive, a file is missing, or the tables and the CIFs do not number the same crystals.
    """
    with lzma.open(destination, "wt", preset=PRESET, encoding="utf-8", newline="") as packed:
        write_mp36k(source, packed)


def write_mp36k(source: Path, table: TextIO) -> None:
    """As `mp36k`, written to a text stream."""
    texts: dict[str, str] = {}
    cifs: dict[int, str] = {}
    size = 0
    try:
        with tarfile.open(source, "r|*") as archive:  # a stream: the archive is read once, front to back
            for member in archive:
                size += member.size
                check_size(size, source)
                found = _MEMBER.fullmatch(member.name)
                content = archive.extractfile(member) if member.isfile() else None
                if found is None or content is None:
                    continue
                text = content.read().decode("utf-8")
                if found["table"]:
                    texts[found["table"]] = text
                else:
                    cifs[int(found["index"])] = text
    except (tarfile.TarError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(f"{source} is no complete archive: {error}. Hint: download it again.") from error
    properties = _rows(source, texts, "id_prop", width=len(MP36K) - 2)
    ids = _rows(source, texts, "material_id_hash", width=2)
    if not set(properties) == set(ids) == set(cifs):
        raise DataError(
            f"{source} numbers {len(cifs)} CIFs, {len(properties)} rows of properties and {len(ids)} ids, expected the "
            "same crystals in each. Hint: upstream may have changed."
        )
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(MP36K)
    for index in sorted(cifs):
        writer.writerow([index, *ids[index], *properties[index], cifs[index]])


def train_test_rows(source: Path, destination: Path) -> None:
    """Turn a pickle of `{train_idx: {1: rows, 2: ..}, test_idx: {..}}`, NumPy arrays of row numbers, into JSON.

    The pickle is read as a list of its instructions, of which none is carried out: each array is eight bytes a number.

    Raises:
        DataError: no such pickle.
    """
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    try:
        for instruction, value, _ in pickletools.genops(source.read_bytes()):
            if instruction.name == "SHORT_BINUNICODE" and value in ("train_idx", "test_idx"):
                side = found.setdefault(value, {})
            elif instruction.name == "BINBYTES" and isinstance(value, bytes):
                side[str(len(side) + 1)] = struct.unpack(f"<{len(value) // 8}q", value)
    except (ValueError, struct.error, UnboundLocalError) as error:
        raise DataError(
            f"{source} is no pickle of rows by split: {error}. Hint: download it again."
        ) from error
    if set(found) != {"train_idx", "test_idx"}:
        raise DataError(
            f"{source} has {sorted(found)}, expected train_idx and test_idx. Hint: download it again."
        )
    destination.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


def genia_train(source: Path, destination: Path) -> None:
    """Turn the archive of spyysalo/jnlpba into compressed JSON lines of its training abstracts.

    Read are `standoff/train/<id>.txt` and `<id>.ann`, whose lines are `T<n>, type start end, words`.

    Raises:
        DataError: no tar archive, an abstract without its annotation, or an annotation of other words than the text's.
    """
    _genia(source, destination, "train")


def genia_test(source: Path, destination: Path) -> None:
    """As `genia_train`, of the test abstracts."""
    _genia(source, destination, "test")


def _genia(source: Path, destination: Path, part: str) -> None:
    texts: dict[str, str] = {}
    annotations: dict[str, str] = {}
    for name, content in _members(source):
        folder, _, file = name.rpartition("/")
        identifier, _, kind = file.rpartition(".")
        if folder.endswith(f"/standoff/{part}") and kind in ("txt", "ann"):
            (texts if kind == "txt" else annotations)[identifier] = content.decode("utf-8")
    if not texts or set(texts) != set(annotations):
        raise DataError(
            f"{source} has {len(texts)} texts and {len(annotations)} annotations in standoff/{part}, expected "
            "as many of both. Hint: upstream may have changed."
        )
    with lzma.open(destination, "wt", preset=PRESET, encoding="utf-8", newline="") as packed:
        for identifier in sorted(texts):
            entities = []
            for line in annotations[identifier].splitlines():
                found = _ANNOTATION.fullmatch(line)
                start, end = (int(found[3]), int(found[4])) if found else (0, 0)
                if found is None or texts[identifier][start:end] != found[5]:
                    raise DataError(
                        f"{source}: standoff/{part}/{identifier}.ann has {line!r}, expected words of the text with "
                        "their place. Hint: upstream may have changed."
                    )
                entities.append([found[1], found[2], start, end])
            record = {"doc_id": identifier, "text": texts[identifier], "entities": entities}
            packed.write(json.dumps(record, ensure_ascii=False) + "\n")


def sofc(source: Path, destination: Path) -> None:
    """Pack `sofc-exp-corpus/` of the archive of its repository again, without the guidelines (PDF) and without dates.

    Raises:
        DataError: no tar archive, or nothing of that folder in it.
    """
    found = {}
    for name, content in _members(source):
        _, folder, below = name.partition("/sofc-exp-corpus/")
        if folder and not below.endswith(".pdf"):
            found[f"sofc-exp-corpus/{below}"] = content
    if not found:
        raise DataError(f"{source} has no folder sofc-exp-corpus. Hint: upstream may have changed.")
    with (
        lzma.open(destination, "wb", preset=PRESET) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name in sorted(found):
            member = tarfile.TarInfo(name)
            member.size = len(found[name])
            archive.addfile(member, io.BytesIO(found[name]))


def _members(source: Path) -> Iterator[tuple[str, bytes]]:
    """The files of an archive, with their names.

    Raises:
        DataError: no tar archive, cut short, or one that unpacks without end.
    """
    size = 0
    try:
        with tarfile.open(source, "r|*") as archive:
            for member in archive:
                size += member.size
                check_size(size, source)
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield member.name, content.read()
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(f"{source} is no complete archive: {error}. Hint: download it again.") from error


def _rows(source: Path, texts: dict[str, str], name: str, *, width: int) -> dict[int, list[str]]:
    """The rows of a CSV file without a header, by their first number."""
    if name not in texts:
        raise DataError(f"{source} holds no data/{name}.csv. Hint: upstream may have changed.")
    found = {}
    for row in csv.reader(texts[name].splitlines()):
        if len(row) != width or not row[0].isdigit() or int(row[0]) in found:
            raise DataError(
                f"{source}: data/{name}.csv has the row {row}, expected {width} fields and a new index. "
                "Hint: upstream may have changed."
            )
        found[int(row[0])] = row[1:]
    return found
