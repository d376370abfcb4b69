"""`python -m tests.faults [--only WORD] [--output docs/faults.md]`: inject every fault, print what followed.

Exit status 1 when one was survived less well than it should be.
"""

import argparse
import datetime
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from ..workflow.project import ROOT
from . import damaged, edited, hostile, interrupted, places, room, sources, together, written
from .suite import FAULTS, Bench, Seen, run, table

MODULES = (interrupted, sources, damaged, edited, room, written, together, hostile, places)

PAGE = """# Faults

What happens when something goes wrong: the printed result of `make faults`, which injects each fault into a scratch
copy of the project and checks what follows. "Then" is what the check demands, "seen" the line that a person reads.

{count} of {all} faults injected, {survived} survived, {open} open, {failed} not survived, in {minutes:.0f} minutes;
{date}, commit {commit}, {machine}{root}.

{table}"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description="Inject faults and see what follows.")
    parser.add_argument("--only", default="", help="faults whose function or module bears this word")
    parser.add_argument("--output", type=Path, help="write the page there as well")
    parser.add_argument("--keep", type=Path, help="a folder for the scratch projects, which then stay")
    arguments = parser.parse_args()
    order = [module.__name__ for module in MODULES]
    faults = sorted(FAULTS, key=lambda each: order.index(each.inject.__module__))
    chosen = [each for each in faults if arguments.only in f"{each.inject.__module__}.{each.inject.__name__}"]
    if not chosen:
        parser.error(f"--only {arguments.only}: no fault has this word in its name")
    # What a fault prints must not depend on who runs it.
    os.environ.update(OMP_NUM_THREADS="1", COLUMNS="200")
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        bench = Bench(folder)
        seen: list[Seen] = []
        for each in chosen:
            print(f"{each.title} ...", end=" ", flush=True)
            row = run(each, bench)
            seen.append(row)
            state = ("open: " if each.known else "NOT SURVIVED: ") if row.complaint else ""
            print(f"{row.seconds:.0f} s. {state}{row.complaint or row.message}", flush=True)
            if arguments.output:  # who stops it keeps what was seen
                arguments.output.write_text(report(seen), encoding="utf-8")
    print("\n" + report(seen))
    return int(any(row.fails for row in seen))


def report(seen: list[Seen]) -> str:
    """The page `docs/faults.md`."""
    commit = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--short", "HEAD"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return PAGE.format(
        count=len(seen),
        all=len(FAULTS),
        survived=sum(not row.complaint for row in seen),
        open=sum(bool(row.complaint and row.fault.known) for row in seen),
        failed=sum(row.fails for row in seen),
        minutes=sum(row.seconds for row in seen) / 60,
        date=datetime.date.today().isoformat(),
        commit=commit.stdout.strip() or "unknown",
        machine=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        root=", as root" if os.geteuid() == 0 else "",
        table=table(seen),
    )


if __name__ == "__main__":
    sys.exit(main())
