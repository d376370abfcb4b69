"""One build at a time in a checkout, for as long as one of its processes lives."""

import fcntl
import os
import signal
import subprocess
import sys

import pytest

from .project import ROOT, program

alone = program("alone")


def test_the_lock_lasts_as_long_as_the_last_job(tmp_path):
    holder = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT / "workflow")!r})
from alone import alone
from snakemake.shell import shell
alone(Path({str(tmp_path)!r}))
shell("echo held; sleep 60")
"""
    process = subprocess.Popen(
        [sys.executable, "-c", holder], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout.readline() == "held\n"
    with pytest.raises(alone.WorkflowError, match="another build is at work"):
        alone.alone(tmp_path)
    process.kill()
    process.wait()
    with pytest.raises(alone.WorkflowError, match="Hint"):  # its job is still there
        alone.alone(tmp_path)
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.read()  # until the last of its writers has gone
    alone.alone(tmp_path)


def test_a_plan_that_was_made_beside_another_build_is_not_carried_out(tmp_path):
    taken = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import alone
root = Path(sys.argv[2])
planned = alone.state(root)
print(planned.held, flush=True)
sys.stdin.readline()
alone.alone(root, planned)
print("begun", flush=True)
sys.stdin.readline()
"""

    def build():
        command = [sys.executable, "-c", taken, ROOT / "workflow", tmp_path]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, text=True, **pipes)

    def go_on(process):
        process.stdin.write("\n")
        process.stdin.flush()

    first, second = build(), build()  # both are planned; the first begins, and ends before the second begins
    assert first.stdout.readline() == second.stdout.readline() == "False\n"
    go_on(first)
    assert first.stdout.readline() == "begun\n"
    third = build()
    assert third.stdout.readline() == "True\n"
    go_on(first)
    first.communicate()
    for late in (second, third):
        assert "was at work in this folder while this one was planned" in late.communicate("\n")[1]
    fourth = build()
    assert fourth.communicate("\n\n")[0] == "False\nbegun\n"


def test_a_second_build_is_refused_and_a_look_is_not(finished):
    with (finished.folder / ".retort.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = finished.snakemake("precursors", options=["--forceall"], check=False)
        assert refused.returncode != 0
        assert "another build is at work in this folder" in refused.stdout
        assert "Traceback" not in refused.stdout
        finished.snakemake("precursors", options=["--dry-run"])
