"""What the pipeline withstands: killed in the middle, wrong settings, folders that cannot be written, no network."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from .project import RESULTS, SMALL

OUTPUTS = "data/runs/precursors/solid_state_generated/family/selector/seed0"


def test_kill_9_in_the_middle_then_the_same_bytes(finished, tmp_path):
    """The whole process group dies in training; the next call goes on and gives what an undisturbed run gave."""
    project = finished.copy(tmp_path / "killed")
    folder = project.folder
    shutil.rmtree(folder / "data/runs")
    shutil.rmtree(folder / "data/results")
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--config", "scale=smoke", "from=run"]
    command += [f"overrides={SMALL}", "--", RESULTS]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not any(folder.glob("data/runs/**/*")):
        time.sleep(0.05)
    time.sleep(3.0)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert not (folder / "data/results/precursors/summary.parquet").exists()
    # No lock is left behind that someone would have to remove.
    project.snakemake(RESULTS)
    names = ("scores.parquet", "items/manifest.json", "history.parquet", "summary.parquet", "gains.parquet")
    for path in (f"data/results/precursors/{name}" for name in names):
        assert (folder / path).read_bytes() == (finished.folder / path).read_bytes(), path
    for name in ("model.safetensors", "predictions.parquet", "history.parquet"):
        assert (folder / OUTPUTS / name).read_bytes() == (finished.folder / OUTPUTS / name).read_bytes(), name


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scale": "laptp"}, ["scale='laptp'", "full, laptop, smoke"]),
        ({"overrides": ["study.precursors.run.training.batch=-1"]}, ["batch=-1", "at least 1"]),
        ({"overrides": ["study.precursors.run.training.bach=1"]}, ["bach", "Hint"]),
    ],
)
def test_a_wrong_setting_stops_before_any_job(untouched, options, words):
    done = untouched.snakemake(RESULTS, check=False, **options)
    assert done.returncode != 0
    for word in words:
        assert word in done.stdout
    assert "Traceback" not in done.stdout
    assert not (untouched.folder / "data/raw").exists()


def test_no_mirror_and_no_network_is_one_line_that_says_what_to_set(fresh):
    # A proxy that refuses every connection stands for a machine without network.
    done = fresh.snakemake(
        "data/raw/ceder/ceder_precursor_id.json",
        scale="laptop",
        overrides=[],
        check=False,
        https_proxy="http://127.0.0.1:9",
    )
    assert done.returncode != 0
    lines = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert lines
    assert all("RETORT_MIRRORS" in line for line in lines)


def test_a_read_only_output_folder_is_named_and_nothing_finished_is_lost(finished, tmp_path):
    project = finished.copy(tmp_path / "readonly")
    results = project.folder / "data/results/precursors"
    before = (results / "scores.parquet").read_bytes()
    (results / "summary.parquet").unlink()
    results.chmod(0o555)
    # Root may write anywhere; without this capability it is bound by the mode like everyone else.
    prefix = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    try:
        done = project.snakemake(RESULTS, check=False, prefix=prefix if os.geteuid() == 0 else ())
    finally:
        results.chmod(0o755)
    assert done.returncode != 0
    assert "data/results/precursors" in done.stdout
    assert "ermission denied" in done.stdout or "not writable" in done.stdout
    assert (results / "scores.parquet").read_bytes() == before
