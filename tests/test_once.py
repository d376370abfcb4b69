"""What the processes of pytest-xdist share is made once, and whole."""

import subprocess
import sys

import pytest


def test_what_was_cut_short_is_made_anew_and_what_is_made_is_kept(once):
    def half(folder):
        (folder / "half").write_text("")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        once("cut", half)
    made = once("cut", lambda folder: (folder / "whole").write_text(""))
    assert once("cut", half) == made
    assert [path.name for path in made.iterdir()] == ["whole"]


TESTS = """
import os, signal, time

def build(folder):
    (folder / "at").write_text(os.environ["PYTEST_XDIST_WORKER"])
    with open({log!r}, "a") as log:
        log.write("begun\\n")
    if open({log!r}).read().count("begun") == 1:
        os.kill(os.getpid(), signal.SIGKILL)

def test_one(once):
    assert (once("shared", build) / "at").read_text()

def test_two(once):
    assert (once("shared", build) / "at").read_text()

def test_three(once):
    assert (once("shared", build) / "at").read_text()
"""


def test_a_process_that_dies_over_it_leaves_it_to_another(tmp_path):
    log = tmp_path / "log"
    log.write_text("")
    (tmp_path / "test_it.py").write_text(TESTS.format(log=str(log)))
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-n", "2", "-c", "/dev/null"]
    command += ["--rootdir", tmp_path, "--basetemp", tmp_path / "temp", tmp_path / "test_it.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "1 failed, 2 passed" in done.stdout, done.stdout
    assert log.read_text() == "begun\n" * 2
