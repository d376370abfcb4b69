"""Files that know whether they are as they were written: each carries its own checksum, compared when it is read.

The checksum stands behind the name `retort.sha256`, which a table has in its footer, tensors in their header, JSON
among its keys and text in its last line. It is the sha256 of the whole file with zeros in its own place, so that a
file stays whole wherever it is copied, equal contents are equal bytes, and a bit that flips anywhere is noticed.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retort.files import MANIFEST, DamagedFile, write_whole

if TYPE_CHECKING:  # whoever reads JSON only need not wait for these
    import polars as pl
    from torch import Tensor

KEY = "retort.sha256"
BLANK = "0" * 64
# Between name and digest stand a few bytes of the format; none of them is a digit of the digest.
_SEAL = re.compile(rb'retort\.sha256[":= \\\x18@]{1,6}([0-9a-f]{64})')


def seal(content: bytes) -> bytes:
    """These bytes, which hold `KEY` and `BLANK` once, with their checksum in the place of the zeros.

    Raises:
        ValueError: they hold it not once.
    """
    found = list(_SEAL.finditer(content))
    if len(found) != 1:
        raise ValueError(f"the name {KEY} stands in these data {len(found)} times, expected once.")
    start, end = found[0].span(1)
    return content[:start] + _digest(content, start, end).encode() + content[end:]


def is_sealed(content: bytes) -> bool:
    """Whether these bytes hold a checksum, right or wrong."""
    return _SEAL.search(content) is not None


def again(path: Path) -> str:
    """What makes a file anew: a folder with a manifest is made as one."""
    folder = Path(path).parent
    whole = folder if (folder / MANIFEST).exists() else "it"
    return f"delete {whole}, and the command that needs it makes it again"


def opened(path: Path, hint: str | None = None) -> bytes:
    """The bytes of a sealed file.

    Raises:
        DamagedFile: they are not those that were written, or hold no checksum.
        FileNotFoundError: there is no such file.
    """
    content, hint = Path(path).read_bytes(), hint or again(path)
    found = list(_SEAL.finditer(content))
    if len(found) != 1:
        raise DamagedFile(
            f"{path}: holds no checksum ({KEY}): it is cut short, or something else than this version wrote it",
            hint,
        )
    digest, expected = _digest(content, *found[0].span(1)), found[0][1].decode()
    if digest != expected:
        raise DamagedFile(
            f"{path}: changed since it was written: its sha256 is {digest[:12]}.., expected {expected[:12]}..",
            hint,
        )
    return content


def _digest(content: bytes, start: int, end: int) -> str:
    whole = memoryview(content)
    digest = hashlib.sha256(whole[:start])
    digest.update(BLANK.encode())
    digest.update(whole[end:])
    return digest.hexdigest()


def write_generated(path: Path, content: str | bytes) -> None:
    """Write TeX, or a PDF; a last line that is a comment in both holds the checksum."""
    data = content.encode() if isinstance(content, str) else content
    write_whole(path, seal(data.rstrip(b"\n") + f"\n% {KEY}: {BLANK}\n".encode()))


def write_table(frame: "pl.DataFrame", path: Path) -> None:
    """Write a table as Parquet."""
    stream = io.BytesIO()
    frame.write_parquet(stream, metadata={KEY: BLANK})
    write_whole(path, seal(stream.getvalue()))


def read_table(path: Path, columns: list[str] | None = None) -> "pl.DataFrame":
    """The table that `write_table` wrote, or some columns of it. Raises as `opened` does."""
    import polars as pl

    return pl.read_parquet(io.BytesIO(opened(path)), columns=columns)


def write_tensors(
    tensors: "Mapping[str, Tensor]", path: Path, notes: Mapping[str, Any] | None = None
) -> None:
    """Write tensors as safetensors, and `notes`, any JSON object, in the header."""
    from safetensors.torch import save

    # A copy of each: safetensors refuses tensors that share memory, as tied weights do.
    copies = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    # One entry: safetensors writes several in an order that changes from call to call.
    metadata = {"retort": json.dumps({KEY: BLANK, **(notes or {})})}
    write_whole(path, seal(save(copies, metadata=metadata)))


def read_tensors(path: Path) -> "dict[str, Tensor]":
    """The tensors that `write_tensors` wrote, on the CPU. Raises as `opened` does."""
    return read_noted_tensors(path)[0]


def read_noted_tensors(path: Path) -> "tuple[dict[str, Tensor], dict]":
    """The tensors and the notes that `write_tensors` wrote. Raises as `opened` does."""
    from safetensors.torch import load

    content = opened(path)
    length = int.from_bytes(content[:8], "little")
    notes = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["retort"])
    del notes[KEY]
    return load(content), notes


def write_json(value: Mapping[str, Any], path: Path) -> None:
    """Write a JSON object, its keys sorted."""
    text = json.dumps({KEY: BLANK, **value}, indent=1, sort_keys=True) + "\n"
    write_whole(path, seal(text.encode()))


def read_json(path: Path) -> dict[str, Any]:
    """The object that `write_json` wrote. Raises as `opened` does."""
    value = json.loads(opened(path))
    del value[KEY]
    return value
