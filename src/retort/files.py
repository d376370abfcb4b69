"""Files appear whole or not at all, and folders say what is in them."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to, moved there once the block has ended; folders are made.

    If the block raises, nothing appears at `path`, and what was there stays. A process that is killed leaves the
    temporary file, `.<name>.<process>.part`, behind.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
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
    folder.mkdir(parents=True)
    yield folder
    write_manifest(folder)


def write_manifest(folder: Path) -> None:
    """Write `manifest.json` into `folder`: the sha256 of every other file below it, by its path there."""
    write_whole(folder / MANIFEST, json.dumps({"sha256": _contents(folder)}, indent=1) + "\n")


def read_manifest(folder: Path) -> dict[str, str]:
    """The sha256 of every file of `folder` by its path there, as its manifest has them."""
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sha256"]


def check_manifest(folder: Path) -> str:
    """One hash of what is in `folder`, that of its manifest, once every file there has been compared with it.

    Raises:
        ValueError: a file changed, is missing, or is not in the manifest; names the first.
    """
    expected, found = read_manifest(folder), _contents(folder)
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            state = "is missing" if name not in found else "changed" if name in expected else "is new"
            raise ValueError(
                f"{folder / name}: {state} since {MANIFEST} was written. Hint: delete {folder}, and it is made again."
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
