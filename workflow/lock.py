"""Write requirements.lock: every package that pyproject.toml needs, pinned, with the hashes of its files.

Run by `make lock`. Versions of the old lock stay where pyproject.toml allows them; `python workflow/lock.py --upgrade`
takes the newest, and whatever else is said goes to `uv pip compile` as well. torch's CUDA companions are left out:
whichever build of torch is installed brings its own. No index address is written. Hashes of local builds (torch's CPU
wheel) are carried over from the old lock.
"""

import re
import subprocess
import sys
from pathlib import Path

HEAD = """\
# Every package the pipeline runs on, with the hashes of its files. Written by `make lock`; `make setup` installs it, or
#     pip install --no-deps --require-hashes -r requirements.lock && pip install torch==2.13.0
# torch's CUDA companions are left out on purpose: the second command brings those of the build that the first chose.
"""
# showyourwork 0.4.3 pins Snakemake 7, so it cannot be resolved beside Snakemake 9; only its stylesheet is used.
APART = ["showyourwork"]
ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==.*(?:\n    --hash=.*)*", re.MULTILINE)


def entries(text: str) -> dict[str, str]:
    """Each package's lines of a lock file, by name: several versions where one is for older Pythons only."""
    found = {}
    for match in ENTRY.finditer(text):
        found[match["name"]] = "\n".join([*filter(None, [found.get(match["name"])]), match[0]])
    return found


def main() -> None:
    lock = Path("requirements.lock")
    old = entries(lock.read_text(encoding="utf-8"))
    dropped = ["triton"]
    temporary = lock.with_suffix(".part")
    while True:
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
        command += ["--extra=dev", "--generate-hashes", "--no-header", "--no-annotate", "pyproject.toml"]
        command += [f"--no-emit-package={name}" for name in dropped]
        command += [f"--output-file={temporary}", *sys.argv[1:]]
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            temporary.unlink()
            sys.exit(
                "uv wrote no lock. Hint: it says why above; where it is missing, .venv/bin/pip install uv."
            )
        new = entries(temporary.read_text(encoding="utf-8"))
        companions = [name for name in new if name.startswith(("nvidia-", "cuda-"))]
        if not companions:
            break
        dropped += companions
    if old["torch"].splitlines()[0].split()[0] == new["torch"].splitlines()[0].split()[0]:
        known = set(re.findall(r"sha256:\w+", new["torch"]))
        extra = [digest for digest in re.findall(r"sha256:\w+", old["torch"]) if digest not in known]
        new["torch"] += "".join(f" \\\n    --hash={digest}" for digest in extra)
    new |= {name: old[name] for name in APART}
    temporary.write_text(HEAD + "".join(f"{new[name]}\n" for name in sorted(new)), encoding="utf-8")
    temporary.replace(lock)


if __name__ == "__main__":
    main()
