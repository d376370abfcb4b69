"""Where a result came from: the modules that a script imports, the commit, the lock."""

import ast
import functools
import hashlib
import subprocess
from contextlib import suppress
from pathlib import Path

from retort.files import DamagedFile, sha256
from retort.sealed import read_json, write_json

SOURCE = Path(__file__).parent.parent  # the folder that holds the package
PACKAGE = Path(__file__).parent.name


@functools.cache
def digest(*entries: str | Path) -> str:
    """One hash of all that a job's code consists of: the scripts among `entries`, and every module that they import.

    Snakemake does not look into imports; a job carries this digest among its parameters and so reruns when the content
    of one of these files changes, whatever their times are. Names count too: a module that moved is another one.
    """
    files = content(*entries)
    _imports.keep()
    return hashlib.sha256("".join(f"{name}\0{sha}\n" for name, sha in files.items()).encode()).hexdigest()


def content(*entries: str | Path) -> dict[str, str]:
    """The sha256 of the scripts among `entries` and of every module that they import, by name."""
    scripts = [entry for entry in entries if isinstance(entry, Path)]
    files = [*scripts, *imported_modules(*entries)]
    return {_name(path): _sha256(path) for path in files}


def _name(path: Path) -> str:
    return str(path.relative_to(SOURCE) if path.is_relative_to(SOURCE) else path.name)


_sha256 = functools.cache(sha256)


def imported_modules(*entries: str | Path) -> list[Path]:
    """All modules of this package that `entries` import, directly or through others, themselves included if ours.

    Imports inside functions count. What is imported by a computed name must be given as an entry.

    Args:
        entries: paths of scripts, or dotted names of modules of this package (one that does not exist is left out).

    Returns:
        Sorted absolute paths.
    """
    found: set[Path] = set()
    waiting: list[Path] = []
    for entry in entries:
        waiting.extend(_files(entry) if isinstance(entry, str) else _direct(entry))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_direct(path))
    return sorted(found)


class _Imports:
    """Which names a file imports, by the checksum of its content; kept in a file from one process to the next.

    Every job reads the rules, and so asks for the digests of all of them: parsing 200 modules takes half a second.
    """

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.file: Path | None = None
        self.new = False

    def of(self, path: Path) -> list[str]:
        content = _sha256(path)
        if content not in self.known:
            self.known[content], self.new = _imported_names(path), True
        return self.known[content]

    def keep(self) -> None:
        if self.new and self.file is not None:
            write_json(self.known, self.file)
            self.new = False


_imports = _Imports()


def remember_imports(file: Path) -> None:
    """Keep what files import in `file`, so that a later process need not parse those that have not changed."""
    _imports.file = file
    with suppress(FileNotFoundError, DamagedFile):
        _imports.known |= read_json(file)


@functools.cache
def _direct(path: Path) -> tuple[Path, ...]:
    return tuple(file for name in _imports.of(path) for file in _files(name))


def _imported_names(path: Path) -> list[str]:
    """Dotted names of this package that a file imports, inside functions too."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names.extend(f"{node.module}.{alias.name}" for alias in node.names)
    return [name for name in dict.fromkeys(names) if name.split(".")[0] == PACKAGE]


@functools.cache
def _files(module: str) -> tuple[Path, ...]:
    """The file of a dotted name and the `__init__` files that importing it runs; nothing for foreign names."""
    parts = module.split(".")
    if parts[0] != PACKAGE:
        return ()
    files: list[Path] = []
    for depth in range(1, len(parts) + 1):
        base = SOURCE.joinpath(*parts[:depth])
        candidates = [base / "__init__.py", base.with_suffix(".py")]
        files.extend(path for path in candidates if path.is_file())
    return tuple(files)


@functools.cache
def commit(folder: Path = SOURCE) -> str:
    """The commit that is checked out, or `unknown` outside a git checkout."""
    return _git(folder, "rev-parse", "HEAD") or "unknown"


@functools.cache
def commit_time(folder: Path = SOURCE) -> int:
    """Unix time of the commit, for SOURCE_DATE_EPOCH; a fixed day where git knows none."""
    return int(_git(folder, "log", "-1", "--format=%ct") or 1_767_225_600)


def repository_url(configured: str, folder: Path = SOURCE) -> str:
    """Where readers find the code: the remote `origin` when it is on the web, otherwise `configured`."""
    remote = _git(folder, "remote", "get-url", "origin") or ""
    if remote.startswith("git@"):
        remote = "https://" + remote.removeprefix("git@").replace(":", "/", 1)
    return remote.removesuffix(".git") if remote.startswith("https://") else configured


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments], capture_output=True, encoding="utf-8", check=False
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
