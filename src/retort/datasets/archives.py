"""The two packings in which published crystals come: a CSV table under xz, and labels by part and id in zipped JSON."""

import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import polars as pl

from retort.datasets.errors import SchemaError
from retort.datasets.prepared import check_schema

PARTS = {"train": "train", "val": "valid", "test": "test"}
REFETCH = "Hint: delete it and run the download rule of this data set again."

MOST, LEAST = 50, 1 << 24  # what a file may unpack to: 50 times its bytes, but 16 MiB in any case


class Readable(Protocol):
    """What unpacks a file: a member of an archive, or the whole."""

    def read(self, size: int, /) -> bytes: ...


class Gzip(gzip.GzipFile):
    """A gzip file that is refused once it unpacks to more than it may; read in blocks, so that no memory is spent."""

    def __init__(self, path: Path):
        super().__init__(path)
        self.file, self.count = path, 0

    def read1(self, size: int = -1) -> bytes:
        block = super().read1(size)
        self.count += len(block)
        check_size(self.count, self.file)
        return block


def most(path: Path) -> int:
    """The bytes that a file may unpack to."""
    return max(LEAST, MOST * path.stat().st_size)


def check_size(size: int, path: Path) -> None:
    """Refuse a file that unpacks to `size` bytes if that is more than it may.

    Raises:
        SchemaError: it is; the data sets that are known unpack to 25 times their size at most.
    """
    if size > most(path):
        raise SchemaError(
            f"{path} unpacks to more than {most(path):,} bytes, {MOST} times its own. "
            "Hint: is it the right file? Unpack it by hand if it is."
        )


def unpacked(stream: Readable, path: Path) -> bytes:
    """All that `stream`, which unpacks the file `path`, holds; `check_size` says the rest."""
    content = stream.read(most(path) + 1)
    check_size(len(content), path)
    return content


def read_table(path: Path, columns: Iterable[str]) -> pl.DataFrame:
    """The named columns of an xz-compressed CSV file as text, in file order.

    Raises:
        SchemaError: no such file, no xz file, no rows, a damaged row, or a column is missing.
    """
    try:
        with lzma.open(path) as stream:
            text = unpacked(stream, path)
        table = pl.read_csv(io.BytesIO(text), infer_schema=False)
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (lzma.LZMAError, EOFError) as error:
        raise SchemaError(f"{path} is no complete xz file: {error}. {REFETCH}") from None
    except pl.exceptions.PolarsError as error:
        raise SchemaError(f"{path} is no CSV table: {error}. {REFETCH}") from None
    columns = list(columns)
    check_schema(table, dict.fromkeys(columns, pl.String), str(path))
    if table.is_empty():
        raise SchemaError(f"{path} has a header but no rows. {REFETCH}")
    return table.select(columns)


def read_labels(path: Path) -> pl.DataFrame:
    """Labels of the JARVIS-Leaderboard: `id, part, value`, one line per id and part, in file order.

    The archive holds one JSON file `{train: {id: value}, val: {...}, test: {...}}`; `val` becomes `valid`. An id that
    occurs twice in one part counts once (the last value, as in any JSON reader); one that lies in two parts has two
    lines here, and the reader decides.

    Raises:
        SchemaError: no such file, no archive of one JSON file, an unknown part, or a value that is no number.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise SchemaError(f"{path} holds {len(names)} files, expected one JSON file. {REFETCH}")
            with archive.open(names[0]) as stream:
                table = json.loads(unpacked(stream, path))
    except FileNotFoundError:
        raise SchemaError(
            f"{path} does not exist. Hint: run the download rule of this data set first."
        ) from None
    except (zipfile.BadZipFile, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path} is no archive of one JSON file: {error}. {REFETCH}") from None
    if not isinstance(table, dict) or set(table) != set(PARTS):
        found = sorted(table) if isinstance(table, dict) else type(table).__name__
        raise SchemaError(f"{path} has the parts {found}, expected {sorted(PARTS)}. {REFETCH}")
    lines = pl.DataFrame(
        [
            (name, PARTS[part], str(value))  # some archives hold numbers, some hold them as text
            for part, values in table.items()
            for name, value in values.items()
        ],
        schema={"id": pl.String, "part": pl.String, "text": pl.String},
        orient="row",
    ).with_columns(value=pl.col("text").cast(pl.Float64, strict=False))
    for name, part, text, _ in (
        lines.filter(~pl.col("value").is_finite().fill_null(False)).head(1).iter_rows()
    ):
        raise SchemaError(f"{path}: id {name!r} of {part} has {text!r}, expected a number. {REFETCH}")
    return lines.drop("text")
