"""A copy of the project in a scratch folder, in which the tests call Snakemake."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Two variants, one of which stands on the other, few steps, few reactions: real jobs, small ones.
SMALL = [
    "dataset.solid_state_generated.generator.settings.systems=300",
    "study.precursors.grid=[{dataset: solid_state_generated, split: family, "
    "variants: [selector, raw-mpc-first], seeds: 2}]",
    "study.precursors.run.training.steps=60",
    "study.precursors.run.training.evaluate_every=20",
    "study.precursors.run.training.log_every=20",
]


# One study's targets, whatever others there are.
RESULTS = "data/results/precursors/summary.parquet"
MEASURED = [f"data/results/precursors/measured/{table}.parquet" for table in ("costs", "timings")]


class Project:
    """A checkout in which to call Snakemake."""

    def __init__(self, folder: Path):
        self.folder = folder

    def copy(self, folder: Path) -> "Project":
        """This project with all that was made in it, once more."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)

    def snakemake(
        self,
        *arguments,
        overrides=SMALL,
        scale="smoke",
        check=True,
        cores=2,
        prefix=(),
        options=(),
        source="run",
        **environment,
    ):
        """Run Snakemake to the end; its combined output is in `.stdout`."""
        command = [
            *prefix,
            sys.executable,
            "-m",
            "snakemake",
            "--cores",
            str(cores),
            *options,
            "--config",
            f"scale={scale}",
            f"from={source}",
        ]
        command += [f"overrides={list(overrides)}", "--", *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout[-4000:]
        return done

    def environment(self, **changes):
        clean = {name: value for name, value in os.environ.items() if name != "RETORT_MIRRORS"}
        # The modules of a project are compiled by its first job only, whatever is set outside.
        return clean | {"PYTHONPATH": str(self.folder / "src"), "PYTHONDONTWRITEBYTECODE": ""} | changes

    def jobs(self, *targets, **options) -> dict[str, int]:
        """How often each rule would run for these targets."""
        output = self.snakemake(*targets, options=["--dry-run"], **options).stdout
        table = re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)
        return {rule: int(count) for rule, count in table if rule != "total"}


def program(name):
    """A program of workflow/, which is no package, as a module; it finds its neighbours as when it is run."""
    folder = ROOT / "workflow"
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


def copy_project(target: Path) -> Path:
    verify = program("verify")
    verify.copy(ROOT, verify.working_tree(ROOT), target)
    # A checkout of its own: the commit and its time must not be those of a folder above.
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C", target]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "copy"], check=True)
    return target
