"""Write requirements.lock: every package that pyproject.toml needs, pinned, with the hashes of its files; and likewise
requirements-describe.txt, with what describes crystals, and requirements-cluster.txt, with what a Slurm cluster needs.

Run by `make lock`. Versions of the old files stay where pyproject.toml allows them; `python workflow/lock.py --upgrade`
takes the newest, and whatever else is said goes to `uv pip compile` as well. torch's CUDA companions are left out:
whichever build of torch is installed brings its own. So is what packages ask for and need for nothing that we do. No
index address is written. Hashes of local builds (torch's CPU wheel) are carried over from the old lock.
"""

import re
import subprocess
import sys
from pathlib import Path

from retort.chemistry import robocrystallographer

HEAD = """\
# Every package the pipeline runs on, with the hashes of its files. Written by `make lock`; `make setup` installs it, or
#     pip install --no-deps --require-hashes -r requirements.lock && pip install torch==2.13.0
# torch's CUDA companions are left out on purpose: the second command brings those of the build that the first chose.
"""
# showyourwork 0.4.3 pins Snakemake 7, so it cannot be resolved beside Snakemake 9; only its stylesheet is used.
APART = ["showyourwork"]
# Asked for by `tokenizers`, which imports it only to fetch a tokenizer by its name from the network. Nothing here does,
# and it would bring a dozen packages.
UNNEEDED = ["huggingface-hub"]
DESCRIBE_HEAD = """\
# What describes crystals (`descriptions`) and makes `site_fingerprints`. Written by `make lock`; `make setup` installs
# it after requirements.lock, or
#     pip install --no-deps -r requirements-describe.txt
# It stands apart, because matminer asks for pandas below 3, and the lock has pandas 3, with which it works too. All
# that the two import and the lock lacks is here; pymongo and pybtex, which they ask for, they import nowhere.
"""
# Sentences change from version to version of the package: another one comes with a change of the module that calls it.
DESCRIBE = [
    f"{robocrystallographer.PACKAGE}=={robocrystallographer.VERSION}",
    "matminer",
    "inflect",  # and what it imports
    "jaraco-functools",
    "more-itertools",
    "typeguard",
    "pubchempy",  # imported and not called
]
CLUSTER_LOCK = Path("requirements-cluster.txt")
CLUSTER_HEAD = """\
# What the profile of Slurm needs (docs/cluster.md), after `make setup`. Written by `make lock`.
#     .venv/bin/pip install --no-deps --require-hashes -r requirements-cluster.txt
"""
# The version is tried (tests/cluster), and workflow/rules/common.smk changes how it starts the jobs of a group.
CLUSTER = ["snakemake-executor-plugin-slurm==2.8.0", "snakemake-executor-plugin-slurm-jobstep"]
ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==.*(?:\n    --hash=.*)*", re.MULTILINE)


def entries(text: str) -> dict[str, str]:
    """Each package's lines of a lock file, by name: several versions where one is for older Pythons only."""
    found = {}
    for match in ENTRY.finditer(text):
        found[match["name"]] = "\n".join([*filter(None, [found.get(match["name"])]), match[0]])
    return found


def compiled(lock: Path, *arguments: str, given: str | None = None) -> dict[str, str]:
    """What uv makes of the old `lock` and of what is asked; `given` is its standard input."""
    temporary = lock.with_suffix(".part")
    # Where the file that it writes exists, uv keeps to its versions.
    temporary.write_text(lock.read_text(encoding="utf-8"), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version=3.11",
    ]
    command += ["--generate-hashes", "--no-header", "--no-annotate", f"--output-file={temporary}"]
    command += [*arguments, *sys.argv[1:]]
    # A marker that is true nowhere takes the place of every demand for such a package.
    overrides = lock.with_suffix(".overrides")
    overrides.write_text("".join(f"{name}; python_version < '3'\n" for name in UNNEEDED), encoding="utf-8")
    command.append(f"--override={overrides}")
    failed = subprocess.run(
        command, stdout=subprocess.DEVNULL, input=given, text=True, encoding="utf-8"
    ).returncode
    overrides.unlink()
    found = entries(temporary.read_text(encoding="utf-8"))
    temporary.unlink()
    if failed:
        sys.exit(
            f"uv wrote no {lock}. Hint: it says why above; where it is missing, .venv/bin/pip install uv."
        )
    return found


def write(lock: Path, head: str, packages: dict[str, str]) -> None:
    """The file at once, in the order of names."""
    temporary = lock.with_suffix(".part")
    temporary.write_text(head + "".join(f"{packages[name]}\n" for name in sorted(packages)), encoding="utf-8")
    temporary.replace(lock)


def main() -> None:
    lock = Path("requirements.lock")
    old = entries(lock.read_text(encoding="utf-8"))
    dropped = ["triton"]
    while True:
        without = [f"--no-emit-package={name}" for name in dropped]
        new = compiled(lock, "--extra=dev", *without, "pyproject.toml")
        companions = [name for name in new if name.startswith(("nvidia-", "cuda-"))]
        if not companions:
            break
        dropped += companions
    if old["torch"].splitlines()[0].split()[0] == new["torch"].splitlines()[0].split()[0]:
        known = set(re.findall(r"sha256:\w+", new["torch"]))
        extra = [digest for digest in re.findall(r"sha256:\w+", old["torch"]) if digest not in known]
        new["torch"] += "".join(f" \\\n    --hash={digest}" for digest in extra)
    new |= {name: old[name] for name in APART}
    describe = Path(robocrystallographer.NEEDS)
    beside = compiled(describe, "--no-deps", "-", given="\n".join(DESCRIBE))
    write(lock, HEAD, new)
    write(describe, DESCRIBE_HEAD, beside)
    write(CLUSTER_LOCK, CLUSTER_HEAD, compiled(CLUSTER_LOCK, "--no-deps", "-", given="\n".join(CLUSTER)))


if __name__ == "__main__":
    main()
