"""The Slurm profile on a live Slurm: the results of a local build, also where the scheduler ends a training."""

import re
import subprocess
import sys
import time

import yaml

from ..workflow.project import RESULTS, ROOT, SMALL

PROFILE = ["--workflow-profile", "profiles/slurm"]
# For a Slurm without accounting, on two cores, and in less time than the queue of a cluster needs.
HERE = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"]
HERE += ["--cores", "2", "--latency-wait", "10"]
RUNS = "data/runs/precursors/solid_state_generated/family"
# Trainings last seconds, keep a checkpoint of each step and say from which one they go on.
WATCHED = {
    "    saved = checkpoint.read(path, context.fingerprint)\n": (
        "    saved = checkpoint.read(path, context.fingerprint)\n"
        "    context.folder.mkdir(parents=True, exist_ok=True)\n"
        '    with (context.folder / "begun").open("a") as file:\n'
        '        file.write(f"{saved.step if saved else 0}\\n")\n'
    ),
    "            step += 1\n": "            step += 1\n            time.sleep(0.1)\n",
    "checkpoint_seconds: float = 20.0": "checkpoint_seconds: float = 0.0",
}


def settings(profile: str) -> dict:
    return yaml.safe_load((ROOT / "workflow/profiles" / profile / "config.yaml").read_text(encoding="utf-8"))


def test_the_profile_is_the_usual_one_and_a_scheduler():
    usual, slurm = settings("default"), settings("slurm")
    # Its failed jobs do not stop those that do not stand on them.
    assert {name for name in usual if slurm.get(name) != usual[name]} == {"cores", "keep-going"}


def test_every_rule_that_takes_seconds_has_a_group():
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("workflow/rules/*.smk"))
    rules = set(re.findall(r"^ *rule (\w+):", text, re.MULTILINE))
    grouped = {entry.partition("=")[0] for entry in settings("slurm")["groups"]}
    # The first runs where Snakemake does, the second times on all cores, the others need LaTeX.
    assert rules - grouped == {"download", "measure", "compile_paper", "bundle_arxiv"}
    assert grouped <= rules


def test_a_training_that_the_scheduler_ends_goes_on_and_all_is_as_in_a_local_build(
    slurm, untouched, built, tmp_path
):
    project = untouched.copy(tmp_path / "retort")
    folder, loop = project.folder, project.folder / "src/retort/training/loop.py"
    text = loop.read_text(encoding="utf-8")
    for old, new in WATCHED.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    loop.write_text(text, encoding="utf-8")
    environment = project.environment(SLURM_CONF=str(slurm / "slurm.conf"))

    def ask(*command: str) -> str:
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    command = [sys.executable, "-m", "snakemake", *PROFILE, *HERE, "--config", "scale=smoke"]
    command += [f"overrides={SMALL}", "--", RESULTS]
    with (tmp_path / "output").open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            while not (started := list(folder.glob(f"{RUNS}/*/*/checkpoint.safetensors"))):
                assert process.poll() is None, (tmp_path / "output").read_text(encoding="utf-8")[-4000:]
                time.sleep(0.1)
            (number,) = ask("squeue", "--noheader", "--states=RUNNING", "--format=%i").split()
            ask("scancel", number)
            assert process.wait() == 0, (tmp_path / "output").read_text(encoding="utf-8")[-4000:]
        finally:
            process.kill()
            process.wait()

    began = [int(step) for step in (started[0].parent / "begun").read_text(encoding="utf-8").split()]
    assert len(began) == 2
    assert began[0] == 0 < began[1] < 60

    results = ("scores.parquet", "history.parquet", "items/manifest.json", "summary.parquet", "gains.parquet")
    compared = [f"data/results/precursors/{name}" for name in results]
    runs = sorted(path.parent.relative_to(folder) for path in folder.glob(f"{RUNS}/**/run.json"))
    compared += [
        f"{run}/{n}.{e}" for run in runs for n, e in (("model", "safetensors"), ("predictions", "parquet"))
    ]
    assert len(runs) == 4
    for path in compared:
        assert (folder / path).read_bytes() == (built.folder / path).read_bytes(), path

    # One place in the queue for the data, one for all runs and one more after the end of that, one for the results.
    ended = (slurm / "completed.txt").read_text(encoding="utf-8")
    states = re.findall(r"JobState=(\w+)", ended)
    assert sorted(states) == ["CANCELLED", "COMPLETED", "COMPLETED", "COMPLETED"], ended

    for run in runs:
        place = str(run).removeprefix("data/runs/")
        assert (folder / f"data/logs/train/{place}.log").read_text(encoding="utf-8")
        assert len((folder / f"data/benchmarks/{place}.tsv").read_text(encoding="utf-8").splitlines()) == 2
