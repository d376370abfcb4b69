"""Bring one file of a data set here, and believe nothing but its checksum.

Mirrors come first, then the raw files of the other data sets, then the public address with retries and resume. Where
the address sends something else, of which the file is a lossless re-encoding, it is rebuilt from that. Bytes that
differ from the declared ones never reach the destination.
"""

import http.client
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

from retort.datasets import rebuild
from retort.datasets.errors import ChecksumError, DataError, DownloadError
from retort.files import room, sha256, whole

MIRRORS_VARIABLE = "RETORT_MIRRORS"
CHUNK = 1 << 18
MOST = 1 << 32  # bytes of a file whose size nobody declares
WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}


def absent(mirrors: list[Path]) -> list[str]:
    """What to say of folders of `RETORT_MIRRORS` that are none: a misspelt one would be passed over in silence."""
    return [
        f"{MIRRORS_VARIABLE} names {folder}, which is no folder" for folder in mirrors if not folder.is_dir()
    ]


def mirrors_from(environment: Mapping[str, str]) -> list[Path]:
    """The folders named in `RETORT_MIRRORS`, colon-separated as in PATH; none when it is unset."""
    return [
        Path(folder).expanduser()
        for folder in environment.get(MIRRORS_VARIABLE, "").split(os.pathsep)
        if folder
    ]


def ensure(
    file: Mapping,
    destination: Path,
    mirrors: list[Path],
    *,
    dataset: str | None = None,
    progress: bool = True,
    attempts: int = 5,
    backoff: float = 1.0,
    timeout: float = 30.0,
) -> str:
    """Make `destination` hold the declared bytes of `file`; return where they came from.

    Args:
        file: `name, mirror, url, sha256, bytes`; `mirror` is the path below a mirror folder. A user's own file has
            its path as `local` instead of `mirror` and `url`. With
            `rebuild: {by, sha256, bytes}` the address sends an upstream file (of that checksum and size, where they
            are known), and the function `by` of `retort.datasets.rebuild` makes the file from it.
        destination: the file to write. One that already holds the right bytes is left alone. A file of the same name
            in a folder beside its own (another data set's) that holds the right bytes is copied.
        mirrors: folders searched for `<mirror>` and, given `dataset`, for `<dataset>/<name>`, so that another
            checkout's `data/raw` serves as a mirror.
        progress: show a progress bar (never when stderr is no terminal).
        attempts: tries at the address in a row without a new byte.
        backoff: seconds before the second try; doubles with each.
        timeout: seconds of silence after which a connection counts as lost.

    Returns:
        The path of the mirror file, the URL, or the destination itself.

    Raises:
        ChecksumError: a source answered, but no source had the right bytes or what makes them.
        DownloadError: no mirror holds the file and its address cannot be reached, or it cannot be written here.
        NoRoomError: the disk is full; neither mirror nor address is to blame.
    """
    with room(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
    complaints = absent(mirrors)
    if destination.exists():
        fault = _fault(file, destination)
        if fault is None:
            return str(destination)
        destination.unlink()
        complaints.append(f"{destination} {fault} and was deleted")

    here = [Path(file["local"])] if "local" in file else _candidates(file, mirrors, dataset)
    for source in [*here, *_siblings(file, destination)]:
        fault = _copy(file, source, destination)
        if fault is None:
            return str(source)
        complaints.append(f"mirror {source} {fault}")
    if "local" in file:
        raise DownloadError(
            f"{file['local']}: {'; '.join(complaints)}. Hint: it changed meanwhile; start again."
        )

    obtain = _make if "rebuild" in file else _fetch
    try:
        obtain(file, destination, progress=progress, attempts=attempts, backoff=backoff, timeout=timeout)
    except DownloadError as error:
        if complaints:
            raise type(error)(f"{'; '.join(complaints)}; {error}") from error
        raise
    return str(file["url"])


def demand_declared(files: Iterable[Mapping], folder: Path) -> None:
    """Refuse raw files that changed since they came.

    Raises:
        ChecksumError: naming the first.
    """
    for file in files:
        if fault := _fault(file, folder / file["name"]):
            raise ChecksumError(
                f"{folder / file['name']}: changed since it came: it {fault}. Hint: delete it, and it is fetched again."
            )


def _candidates(file: Mapping, mirrors: list[Path], dataset: str | None) -> list[Path]:
    paths = [mirror / file["mirror"] for mirror in mirrors]
    if dataset is not None:
        paths += [mirror / dataset / file["name"] for mirror in mirrors]
    return [path for path in paths if path.is_file()]


def _siblings(file: Mapping, destination: Path) -> list[Path]:
    """The same raw file where another data set has it already: sizes agree, the checksum decides."""
    paths = sorted(destination.parent.parent.glob(f"*/{destination.name}"))
    return [path for path in paths if path != destination and path.stat().st_size == int(file["bytes"])]


def _copy(file: Mapping, source: Path, destination: Path) -> str | None:
    """Copy a mirror's file into place, or say what is wrong with it. The mirror is never touched."""
    try:
        with whole(destination) as part:
            with source.open("rb") as reading, part.open("wb") as writing:
                while block := reading.read(CHUNK):
                    writing.write(block)
            _demand(file, part)
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    except ChecksumError as error:
        return str(error)
    return None


def _demand(file: Mapping, path: Path) -> None:
    fault = _fault(file, path)
    if fault is not None:
        raise ChecksumError(fault)


def _fault(file: Mapping, path: Path) -> str | None:
    """What distinguishes the bytes of `path` from the declared ones, or None; also where none are declared."""
    if "bytes" not in file:
        return None
    size, expected = path.stat().st_size, int(file["bytes"])
    if size < expected:
        return f"is truncated: {size:,} of {expected:,} bytes"
    if size > expected:
        return f"is too long: {size:,} bytes, expected {expected:,}"
    digest = sha256(path)
    if digest != file["sha256"]:
        return f"has sha256 {digest}, expected {file['sha256']}"
    return None


def _make(file: Mapping, destination: Path, **options: Any) -> None:
    """Download the upstream file to `<destination>.upstream`, rebuild, and move the result into place once it is right.

    A run that is stopped keeps the upstream file for the next one; it is deleted when it has served or proved useless.
    """
    declared = file["rebuild"]
    upstream = destination.with_name(destination.name + ".upstream")
    source = {key: declared[key] for key in ("sha256", "bytes") if key in declared}
    source |= {"name": f"the source of {file['name']}", "mirror": file["mirror"], "url": file["url"]}
    kept = upstream.exists() and _fault(source, upstream) is None
    if not kept:
        _fetch(source, upstream, **options)
    fault = None
    try:
        with whole(destination) as part:
            getattr(rebuild, declared["by"])(upstream, part)
            _demand(file, part)
    except ChecksumError as error:
        fault = str(error)
    except DataError as error:
        fault = f"cannot be made ({error})"
    upstream.unlink()
    if fault is None:
        return
    if kept:  # the remains of an earlier run were bad: once more from the start
        _make(file, destination, **options)
        return
    raise ChecksumError(
        f"{file['name']}: what was rebuilt from {file['url']} {fault}; it was deleted. Hint: upstream may have "
        f"changed, or this liblzma compresses differently; set {MIRRORS_VARIABLE} to a folder that holds "
        f"{file['mirror']}."
    )


def _fetch(
    file: Mapping, destination: Path, *, progress: bool, attempts: int, backoff: float, timeout: float
) -> None:
    """Download to `<destination>.part`, resuming what is there, and move it into place once it is right."""
    part = destination.with_name(destination.name + ".part")
    resumed = part.exists()
    failures = 0
    with tqdm(
        total=file.get("bytes"),
        unit="B",
        unit_scale=True,
        desc=file["name"],
        disable=None if progress else True,
    ) as bar:
        while True:
            before = part.stat().st_size if part.exists() else 0
            try:
                _receive(file, part, bar, timeout)
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                if isinstance(error, OSError) and error.filename == str(part):
                    raise DownloadError(
                        f"{part} cannot be written ({error.strerror}). Hint: it is no fault of {file['url']}; "
                        "see whose the folder is."
                    ) from error
                grown = "bytes" in file and part.exists() and part.stat().st_size > before
                failures = 1 if grown else failures + 1
                if not _may_pass(error) or failures >= attempts:
                    raise DownloadError(_unreachable(file, error)) from error
                time.sleep(backoff * 2 ** (failures - 1))
                continue
            fault = _fault(file, part)
            if fault is None:
                part.replace(destination)
                return
            part.unlink()
            if not resumed:
                raise ChecksumError(
                    f"{file['name']}: what {file['url']} sent {fault}; it was deleted. "
                    f"Hint: upstream may have changed; set {MIRRORS_VARIABLE} to a folder that holds {file['mirror']}."
                )
            resumed = False  # the remains of an earlier run were bad: once more from the start


def _receive(file: Mapping, part: Path, bar: tqdm, timeout: float) -> None:
    """One request for the bytes that `part` still lacks.

    Raises:
        OSError: the connection broke; `part` keeps what came.
    """
    expected = file.get("bytes")
    have = part.stat().st_size if part.exists() else 0
    if have == expected:
        return
    if expected is None or have > expected:  # what is not declared cannot be pieced together
        part.unlink(missing_ok=True)
        have = 0
    request = urllib.request.Request(
        str(file["url"]), headers={"User-Agent": "retort", "Accept-Encoding": "identity"}
    )
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the remains fit nothing upstream: start over at the next try
            part.unlink(missing_ok=True)
            raise ConnectionError("the server refused to resume") from error
        raise
    with response:
        continues = response.status == 206 and response.headers.get("Content-Range", "").startswith(
            f"bytes {have}-"
        )
        if not continues:
            have = 0
        if expected is None and "Content-Length" in response.headers:
            expected = int(response.headers["Content-Length"])
        bar.n = have
        bar.refresh()
        with room(part), part.open("ab" if continues else "wb") as stream:
            have += _pour(response, stream, bar, (MOST if expected is None else expected) - have)
    if expected is not None and have < expected:
        raise ConnectionError(f"the connection ended after {have:,} of {expected:,} bytes")


def _pour(response: http.client.HTTPResponse, stream: BinaryIO, bar: tqdm, limit: int) -> int:
    """Copy at most one byte more than `limit`: enough to notice that the file is too long."""
    received = 0
    while received <= limit and (block := response.read1(min(CHUNK, limit + 1 - received))):
        stream.write(block)
        received += len(block)
        bar.update(len(block))
    return received


def _may_pass(error: Exception) -> bool:
    """Whether another try could help: not for a missing page, nor where there is no network at all."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code in WORTH_RETRYING
    reason = getattr(error, "reason", error)
    return not isinstance(reason, socket.gaierror)


def _unreachable(file: Mapping, error: Exception) -> str:
    cause = (
        f"HTTP {error.code}" if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
    )
    return (
        f"cannot obtain {file['name']}: no folder of {MIRRORS_VARIABLE} holds a sound {file['mirror']} and "
        f"{file['url']} failed ({cause}). Hint: set {MIRRORS_VARIABLE} to a folder that holds {file['mirror']}, "
        "or connect to the network."
    )
