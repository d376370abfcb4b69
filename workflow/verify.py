"""Rerun a scale from nothing and compare with the record: `make verify SCALE=smoke`.

The working tree is copied to build/verify/<scale> and run there, so that nothing existing is touched. An interrupted
verification goes on where it was as long as the tree is the same. With `--here` (`FROM=here`) the runs of this folder
are compared instead, and what is missing is made first: a fresh clone that has just built the paper, which is what CI
has, then trains nothing twice. On the machine and lock of the record every result file must be equal to the byte, on a
further machine whose scores were recorded (`make machine`) every score; elsewhere every score must lie within the
tolerance that the study declares. Own data sets that the record does not have are left out, which is said: of the copy,
or of the scores of this folder.
Exit status: 0 reproduced, 1 not, 2 there is no record.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import polars as pl

from retort.configuration import ConfigurationError, load
from retort.files import DamagedFile, sha256
from retort.record import MACHINES, MEND, MODELS, edited, read_origin, unrecorded
from retort.record import read_table as read_recorded
from retort.recorded_claims import CLAIMS, changed, judged
from retort.recorded_claims import MEND as ACCEPT
from retort.sealed import read_table
from retort.statistics.agreement import compare
from retort.training.run import machine_identity

ROOT = Path(__file__).resolve().parent.parent


def working_tree(root: Path) -> list[str]:
    """The files and links of a checkout, sorted, ignored ones and deleted ones left out."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(
            f"{root}: git lists no files here ({done.stderr.strip()}). "
            "Hint: make verify needs the clone with its .git folder; FROM=here compares without it."
        )
    names = sorted(filter(None, done.stdout.split("\0")))
    return [name for name in names if (root / name).is_symlink() or (root / name).is_file()]


def copy(root: Path, names: list[str], target: Path) -> None:
    """Copy these files of a checkout, links as links."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target / name, follow_symlinks=False)


def snapshot(target: Path, without: Collection[str] = ()) -> None:
    """Copy the working tree to `target`, `without` some data sets; keep a copy of the same contents as it is."""
    # The record is what the rerun is compared with, and no part of it.
    left = {f"workflow/config/dataset/{name}.yaml" for name in without}
    files = [name for name in working_tree(ROOT) if not name.startswith("data/record/") and name not in left]
    digest = hashlib.sha256()
    for name in files:
        path = ROOT / name
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        digest.update(name.encode() + b"\0" + content)
    stamp = target / ".snapshot"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return
    shutil.rmtree(target, ignore_errors=True)
    copy(ROOT, files, target)
    stamp.write_text(digest.hexdigest(), encoding="utf-8")


def rerun(target: Path, scale: str, cores: int, study: str | None) -> None:
    """Run the workflow up to its results in `target`, all or one study's; raw files come from here or the mirrors."""
    mirrors = [str(ROOT / "data/raw"), *os.environ.get("RETORT_MIRRORS", "").split(":")]
    absolute = [str(Path(mirror).resolve()) for mirror in mirrors if mirror]
    environment = os.environ | {"RETORT_MIRRORS": ":".join(absolute), "PYTHONPATH": str(target / "src")}
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
    command += ["--quiet", "rules", "--config", f"scale={scale}", "from=run", "--"]
    command += [f"{study}_results" if study else "results"]
    if subprocess.run(command, cwd=target, env=environment, check=False).returncode:
        sys.exit(
            f"the rerun in {target} failed; the lines above say where. Hint: mend it and run make verify again."
        )


def differences(
    record: Path, results: Path, tolerance: dict[str, float], same_place: bool, guests: Collection[str] = ()
) -> list[str]:
    """What differs between a study's record and its rerun, a line each; scores of `guests` are left out."""
    moved = compare(
        read_recorded(record / "scores.parquet"), _scores(results, guests), {} if same_place else tolerance
    )
    # Files that hold guests, too, cannot be those of the record.
    if same_place and not moved and not guests:
        measured = {"costs.parquet", "timings.parquet"}  # of a machine and a day
        files = {str(path.relative_to(record)) for path in record.rglob("*.parquet")}
        # Models may be of another machine than scores; that they are whole, their checksums say.
        files = {name for name in files if not name.startswith((f"{MACHINES}/", f"{MODELS}/"))}
        for name in sorted(files - measured):
            made = results / name
            if not made.exists() or made.read_bytes() != (record / name).read_bytes():
                moved.append(f"{name}: not the same bytes as the record")
    return moved


def _scores(results: Path, guests: Collection[str]) -> pl.DataFrame:
    """The scores of a rerun without those of `guests`."""
    return read_table(results / "scores.parquet").filter(~pl.col("dataset").is_in(list(guests)))


def _made(record: Path, lock: str) -> tuple[bool, bool]:
    """Whether a record is of this machine, and of a lock with this sha256."""
    origin = read_origin(record)
    return origin["machine"] == [machine_identity()], origin["lock"] == lock


def judge(
    record: Path, results: Path, tolerance: dict[str, float], lock: str, guests: Collection[str] = ()
) -> tuple[list[str], str]:
    """What differs between a study's record and its rerun but for the data sets `guests`, a line each, and how they
    were compared.

    Where the scores of this machine were recorded beside those of another one, they are what the rerun is held to.
    """
    here, same_lock = _made(record, lock)
    own = record / MACHINES / machine_identity()
    if here or not own.exists():
        same = here and same_lock
        exactly = "every score" if guests else "byte for byte"
        how = exactly if same else "within the declared tolerance (another machine or lock)"
        return differences(record, results, tolerance, same, guests), how
    _, same_lock = _made(own, lock)
    how = "every score" if same_lock else "within the declared tolerance (another lock)"
    scores = read_recorded(own / "scores.parquet")
    moved = compare(scores, _scores(results, guests), {} if same_lock else tolerance)
    return moved, f"{how} with those that were recorded on this machine"


def turned_verdicts(config: dict, recorded: Path, results: Path, study: str | None) -> list[str]:
    """The verdicts, of one study or of all, that are otherwise than recorded and not accepted, a line each."""
    try:
        return changed(recorded, judged(config, results, study), config["acknowledged"])
    except (OSError, DamagedFile) as error:
        return [str(error)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Rerun a scale and compare it with its record.")
    parser.add_argument("scale")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--study", help="compare this study only")
    parser.add_argument("--here", action="store_true", help="compare the runs of this folder")
    arguments = parser.parse_args()
    try:
        config = load(ROOT / "workflow/config", arguments.scale)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    folder = ROOT / "data/record" / arguments.scale
    records = sorted(
        path for path in folder.glob(arguments.study or "*") if path.is_dir() and path.suffix != ".part"
    )
    if not records:
        missing = (folder / (arguments.study or "")).relative_to(ROOT)
        print(f"{missing}: no record. Hint: make record SCALE={arguments.scale}", file=sys.stderr)
        return 2
    edits = [line for record in records for line in edited(record)]
    # The rerun goes on all the same: it names the numbers.
    print("".join(f"{line}. Hint: {MEND}.\n" for line in edits), end="", file=sys.stderr)
    if own := unrecorded(config, folder):
        print(f"left out: own data, {', '.join(own)} (not in {folder.relative_to(ROOT)})", file=sys.stderr)
    target = ROOT if arguments.here else ROOT / "build/verify" / arguments.scale
    if not arguments.here:
        snapshot(target, own)
    rerun(target, arguments.scale, arguments.cores, arguments.study)
    failed = bool(edits)
    for record in records:
        tolerance = config["study"][record.name]["tolerance"]
        how = "in no way"
        try:
            results = target / "data/results" / record.name
            lock = sha256(ROOT / "requirements.lock")
            guests = [name for name, study in own.items() if study == record.name and arguments.here]
            moved, how = judge(record, results, tolerance, lock, guests)
        except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
            # Of the record it was said above what is wrong with it.
            moved = [str(error) if isinstance(error, DamagedFile) else f"{record}: cannot be read ({error})"]
        for line in moved:
            print(f"{record.name}: {line}", file=sys.stderr)
        print(f"{record.name}: {'NOT reproduced' if moved else 'reproduced'}, compared {how}")
        failed = failed or bool(moved)
    for line in (
        turned := turned_verdicts(config, folder / CLAIMS, target / "data/results", arguments.study)
    ):
        print(f"{line}. Hint: {ACCEPT}.", file=sys.stderr)
    failed = failed or bool(turned)
    if not failed and not arguments.here:
        shutil.rmtree(target)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
