"""One archive whose bytes follow from what is in it and from one date."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

from retort.files import whole

MANIFEST = "manifest-sha256.txt"
Contents = Mapping[str, bytes | Path]


def manifest(contents: Contents) -> bytes:
    """Checksums of all contents, as `sha256sum --check` reads them."""
    lines = (f"{digest(content)}  {name}\n" for name, content in sorted(contents.items()))
    return "".join(lines).encode()


def digest(content: bytes | Path) -> str:
    """sha256 of bytes, or of a file."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def size(content: bytes | Path) -> int:
    """How many bytes something has."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def pack(contents: Contents, target: Path, *, folder: str, epoch: int) -> None:
    """Write a tar.gz with everything below `folder`: sorted, of nobody, at one time; scripts may be executed."""
    with (
        whole(target) as part,
        part.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=epoch) as stream,
        tarfile.open(fileobj=cast(IO[bytes], stream), mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, content in sorted(contents.items()):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.mtime, entry.mode = epoch, 0o644
            if isinstance(content, Path) and content.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(content.readlink())
                tar.addfile(entry)
                continue
            data = content if isinstance(content, bytes) else content.read_bytes()
            entry.size = len(data)
            if data[:2] == b"#!":
                entry.mode = 0o755
            tar.addfile(entry, io.BytesIO(data))
