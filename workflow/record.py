"""Keep the results of a scale as its record, after a run: `python workflow/record.py laptop [study]`."""

import json
import shutil
import sys
from pathlib import Path

from retort.training.run import sha256

FILES = ["scores.parquet", "items.parquet", "history.parquet", "datasets.parquet", "origin.json"]
LIMIT = 1_000_000  # bytes; larger files do not belong into git


def main(scale: str, study: str = "*") -> None:
    for results in sorted(path for path in Path("data/results").glob(study) if path.is_dir()):
        target = Path("data/record", scale, results.name)
        part = target.with_name(target.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(results / "details", part / "details", ignore=shutil.ignore_patterns(".*"))
        for name in FILES:
            shutil.copy(results / name, part / name)
        for name in ("costs.parquet", "timings.parquet"):
            shutil.copy(results / "measured" / name, part / name)
        for file in part.rglob("*"):
            if file.is_file() and (size := file.stat().st_size) > LIMIT:
                shutil.rmtree(part)
                sys.exit(f"{file}: {size} bytes, expected at most {LIMIT}. Hint: keep less per item.")
        files = sorted(file for file in part.rglob("*") if file.is_file())
        sums = {file.relative_to(part).as_posix(): sha256(file) for file in files}
        (part / "sha256.json").write_text(json.dumps(sums, indent=1) + "\n")
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        print(f"{target}: {sum(1 for file in target.rglob('*') if file.is_file())} files")


if __name__ == "__main__":
    main(*sys.argv[1:])
