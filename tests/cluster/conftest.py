"""A Slurm of one node, and the small builds of `tests/workflow`."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from ..workflow.conftest import built, untouched  # noqa: F401 - fixtures

SCRIPT = Path(__file__).with_name("slurm.sh")
# Where Debian has daemons.
SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


@pytest.fixture(scope="session")
def slurm():
    """The folder of a Slurm that is at work, whose `slurm.conf` leads there; it ends with the tests."""
    missing = [
        name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(name, path=SEARCHED)
    ]
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        missing.append("snakemake-executor-plugin-slurm")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; docs/cluster.md says how")
    # The path of a socket has 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    try:
        subprocess.run(["sh", SCRIPT, "start", folder], check=True)
        yield folder
    finally:
        subprocess.run(["sh", SCRIPT, "stop", folder], check=True)
        shutil.rmtree(folder)
