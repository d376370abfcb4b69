"""The record of a study: its results as they were committed, and the checksum of every file beside them."""

import io
import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from retort.files import DamagedFile, sha256, whole_folder, write_whole

if TYPE_CHECKING:
    import polars as pl

SUMS = "sha256.json"
# What stays of a study's results: tables, facts, folders of tables. The measurements of a machine come beside them.
PLAN = ("places", "systems", "metrics", "sources", "loans")
TABLES = ("scores", "history", "datasets", *PLAN)
FOLDERS = ("items", "details", "illustrations")
# Scores of the same runs on further machines, where sums round otherwise: a folder each, named by `machine_identity`.
MACHINES = "machines"
# Runs that commands of `retort` answer with, as they lie under data/runs.
MODELS = "models"
MODEL_FILES = ("model.safetensors", "run.json")
MEND = "git checkout it, or make record"


def sums(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder by its name there, sorted, `sha256.json` left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / SUMS)
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def edited(record: Path) -> list[str]:
    """What in a record is not as `make record` wrote it, a line each, by the checksums that it left."""
    file = record / SUMS
    try:
        expected = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(expected, dict):
            raise ValueError("no object")
    except (OSError, ValueError) as error:
        trouble = getattr(error, "strerror", None) or f"no JSON that makes sense ({error})"
        return [f"{file}: {trouble}, expected the checksums of the record"]
    found = sums(record)
    lines = [f"{record / name}: not in the record's {SUMS}" for name in sorted(found.keys() - expected)]
    lines += [f"{record / name}: missing" for name in sorted(expected.keys() - found)]
    both = sorted(found.keys() & expected.keys())
    changed = [name for name in both if found[name] != expected[name]]
    return lines + [f"{record / name}: changed since it was recorded" for name in changed]


def demand_unedited(record: Path) -> None:
    """Refuse a record that is not as `make record` wrote it.

    Raises:
        DamagedFile: naming the first file, and how many differ.
    """
    if faults := edited(record):
        more = f" ({len(faults)} files of the record differ)" if len(faults) > 1 else ""
        raise DamagedFile(faults[0] + more, MEND)


def unrecorded(config: dict, folder: Path) -> dict[str, str]:
    """The data sets that joined a study whose record has no run on them, and that study.

    Args:
        config: the resolved configuration.
        folder: of the records of its scale.
    """
    joined = {name: block["join"] for name, block in config["dataset"].items() if "join" in block}
    studies = {name: join if isinstance(join, str) else join["study"] for name, join in joined.items()}
    return {name: study for name, study in studies.items() if name not in _recorded_datasets(folder / study)}


def read_origin(record: Path) -> dict:
    """Where a record is from: its runs, machine and lock; `demand_unedited` compares the checksum."""
    return json.loads((record / "origin.json").read_text(encoding="utf-8"))


def _recorded_datasets(record: Path) -> set[str]:
    """The data sets of a record's runs; none where there is no record, or it is damaged, of which others tell."""
    try:
        runs = read_origin(record)["runs"]
    except (OSError, ValueError, KeyError):
        return set()
    return {folder.split("/")[3] for folder in runs}  # data/runs/<study>/<dataset>/..


def read_table(path: Path) -> "pl.DataFrame":
    """A table of a record, whole or not: `demand_unedited` and `make verify` tell of an edited one."""
    import polars as pl

    return pl.read_parquet(io.BytesIO(path.read_bytes()))


def hashes(origin: dict) -> dict[str, dict]:
    """All hashes of each run by its folder, those that several runs share among them; older records hold them apart."""
    shared, features = origin.get("inputs", {}), origin.get("features", {})
    found = {}
    for folder, run in origin["runs"].items():
        own = dict(run)
        common = shared.get(own.pop("inputs", None), {})
        if features:
            common = common | {"features": features[own.pop("features")]}
        found[folder] = own | common
    return found


def recall(record: Path, files: Iterable[Path], results: Path) -> None:
    """Put these files of a record in the place of a study's results. Raises as `demand_unedited` does."""
    demand_unedited(record)
    with ExitStack() as folders:
        for name in FOLDERS:
            folders.enter_context(whole_folder(results / name))
        for file in files:
            write_whole(results / file.relative_to(record), file.read_bytes())
