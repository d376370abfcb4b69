"""Files appear whole or not at all, folders say what is in them, and a full disk is called one."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NoRoomError(Exception):
    """A file does not fit on its disk; the message names it and ends with a hint."""


class DamagedFile(ValueError):
    """A file is not what was written; the message is one line with file, expectation and hint.

    `fault` is the line without its hint.
    """

    def __init__(self, fault: str, hint: str):
        super().__init__(fault, hint)
        self.fault, self.hint = fault, hint

    def __str__(self) -> str:
        return f"{self.fault}. Hint: {self.hint}."


@contextmanager
def room(path: Path) -> Iterator[None]:
    """Say which file does not fit where a write in the block meets a full disk: what is raised there names none.

    Raises:
        NoRoomError: the disk, or what a user may use of it, is full. Every other error passes as it is.
    """
    try:
        yield
    except Exception as error:
        # polars and safetensors give the number in the text only.
        met = [
            code
            for code in FULL
            if code == getattr(error, "errno", None) or f"os error {code})" in str(error)
        ]
        if not met:
            raise
        raise NoRoomError(
            f"{path}: {os.strerror(met[0]).lower()}. Hint: make room there (`df -h {path.parent}`, `ulimit -f`) and "
            "start again; what is finished stays."
        ) from error


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to, moved there once the block has ended; folders are made.

    If the block raises, nothing appears at `path`, and what was there stays. A process that is killed leaves the
    temporary file, `.<name>.<process>.part`, behind. A full disk raises NoRoomError.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with room(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write `content`, text as UTF-8, to `path`."""
    with whole(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


MANIFEST = "manifest.json"


def sha256(path: Path) -> str:
    """Checksum of a file, or of all files below a folder in the order of their names."""
    digest = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """An empty `folder` to write to, which gets its manifest once the block has ended.

    Without the manifest a folder is unfinished. Jobs name the manifest among what they read and write: Snakemake
    compares folders by their time only, and files by what is in them.
    """
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    with room(folder):
        folder.mkdir(parents=True)
        yield folder
        write_manifest(folder)


def write_manifest(folder: Path) -> None:
    """Write `manifest.json` into `folder`: the sha256 of every other file below it, by its path there."""
    write_whole(folder / MANIFEST, json.dumps({"sha256": _contents(folder)}, indent=1) + "\n")


def read_manifest(folder: Path) -> dict[str, str]:
    """The sha256 of every file of `folder` by its path there, as its manifest has them.

    Raises:
        DamagedFile: the manifest is torn.
    """
    try:
        return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFile(
            f"{folder / MANIFEST}: no manifest ({error})", f"delete {folder}, and it is made again"
        ) from None


def check_manifest(folder: Path) -> str:
    """One hash of what is in `folder`, that of its manifest, once every file there has been compared with it.

    Raises:
        DamagedFile: a file changed, is missing, or is not in the manifest; names the first. Or the manifest is torn.
    """
    expected, found = read_manifest(folder), _contents(folder)
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            state = "is missing" if name not in found else "changed" if name in expected else "is new"
            raise DamagedFile(
                f"{folder / name}: {state} since {MANIFEST} was written",
                f"delete {folder}, and it is made again",
            )
    return sha256(folder / MANIFEST)


def _contents(folder: Path) -> dict[str, str]:
    """The sha256 of every visible file below `folder` but its manifest, by its path there, sorted."""
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    return {
        name: sha256(files[name])
        for name in sorted(files)
        if name != MANIFEST and not Path(name).name.startswith(".")
    }
